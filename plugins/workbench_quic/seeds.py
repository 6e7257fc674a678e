"""Client sides of real handshakes, recorded on a loopback interface, and a few made from them: what the fuzzer starts from.

What was recorded is kept without its protection: protecting it again gives the same bytes, for all that it depends on is in the packet.
"""

from workbench.api import Hints, Secret, Seed, list_on_demand, varint
from workbench_quic.frame_types import Type
from workbench_quic.protection import TAG, initial_protection
from workbench_quic.versions import V1, V2, Kind, Version, version_of

__all__ = ["GREASED", "HINTS", "SECRET", "SEEDS", "initial", "other_version"]

V2_DRAFT = 0x709A50C4
GREASED = 0x1A2A3A4A
SMALLEST = 1200
"""Bytes of a datagram with a client's Initial packet (RFC 9000 14.1)."""

# ngtcp2 0.12 with GnuTLS, version 1: server name, ALPN h3
_NGTCP2_IDS = "73bc4cb9987493c8802235f35f278e444194", "e022a3573c7fed4209a375992eceaca0b8"
_NGTCP2 = """
0100016f030396eff69a125fcdf43183f4f003c08416dec4101febecbce1edcbad09e4c0410d00000813011302130313040100013e003900480f11e022a3573c
7fed4209a375992eceaca0b8050480600000060480600000070480600000040480f00000090240640104800075300e01076ab20080ff73db0800000001000000
01000500050100000000000a000a0008001d001700180019000b00020100000d00220020040108090804040308070501080a0805050308080601080b08060603
020102030010000500030268330016000000170000002300000033006b0069001d002055fd78d67c6a2fbdb098d2135a28d6a986d5c4f5848d76969e832936c8
8ed60e001700410433b7e563e559a4ccfc28f88237f54721485f200e97b4d7932a2f36c83ea50739a19ed927a17d6fdb2f050fa84ab4240b0ae4112fb7f60600
c639295927b65d10002b0003020304ff010001000000000e000c0000096c6f63616c686f7374002d0003020100001c00024001
"""

# the same with the last draft of version 2
_NGTCP2_DRAFT_IDS = "8a06730164c6ccd42f2c6d2033eabf82b743", "6fd79ff185e70d0efa86b615d78b2fb8fa"
_NGTCP2_DRAFT = """
0100016f0303b2352b61257c6f234990e45dd85266903e3831cea45d3b38d702de876d5c743100000813011302130313040100013e003900480f116fd79ff185
e70d0efa86b615d78b2fb8fa050480600000060480600000070480600000040480f00000090240640104800075300e01076ab20080ff73db08709a50c4709a50
c4000500050100000000000a000a0008001d001700180019000b00020100000d00220020040108090804040308070501080a0805050308080601080b08060603
020102030010000500030268330016000000170000002300000033006b0069001d00206f5c8e0196ead9bd450b83e093521c98fd18e3d53ddfb3fd573ab8d51d
9c582a001700410412779f64f71a7281851d3fb46ae08c7ef6ac55d96fb148886ea18f76ebd00c845e52a14a974467759aa3160b2f10947816e14ba2f42043d2
c52074cd76b977a2002b0003020304ff010001000000000e000c0000096c6f63616c686f7374002d0003020100001c00024001
"""

# aioquic 1.7, version 2
_AIOQUIC_IDS = "4966e2df733d57e1", "fa39eea28dc02a2c"
_AIOQUIC = """
010001d20303797a18e3550e4129fc2caa18918f5e926e58ca99ea8f2e757aace1c088be985c000006130213011303010001a30033010c010a00170041044076
6b2cf454f277a059636169be7a57735bab5a65cf9f8eee1e6c6e2f3d4632513c8fec32f56a51dbbd63ae43f327bc68c8d2d0f8a4f7bc1a6d69369eed71880018
006104b55ce491e64e820a41b63e33880b48318c4a11b3f493c606be4357ea4b450add106caea156eb5b459db810bab34e0cdc18686c6fcb79c1257878fd66f3
900a69fd476d659ae112ca69a15835641a7b35c366785c9e442b7e13ee3554dc070d6b001d0020c54c57884014229cb7de5ad9ef715eac879e3b6a6ae420095e
9fbd17804a7712001e0038e65e363a77dbac2f0b19dd99f2e5050bd620b741af6e6e8e46fc66d9d6e0d838b22de7505c0aaa6c965d8c31714bd53578a1a9613b
488023002b0003020304000d00140012040308040401050308050501020108070808000a000a000800170018001d001e0000000e000c0000096c6f63616c686f
73740010000500030268330039004701048000ea6004048010000005048010000006048010000007048010000008024080090240800a01030b01190e01080f08
fa39eea28dc02a2c110c6b3343cf6b3343cf00000001
"""

# Chromium, version 1: a hello with post-quantum keys in shuffled pieces, in two packets, whose payloads these are
_CHROMIUM_IDS = "3d28c0134b060942", ""
_CHROMIUM_1 = """
010106463a407a7aa69720552c86bfba27450fc7a2f100138d160912d35525c331f4ac1da78b5438b8cac8e91a8d532787935658497319b64eaf2a1907f673b8
17c23160216a495eb234acb47612bb95999275bcd0186d245c5e53d70bdd71355ceb3738f88022030db3ebc2174c743d1b88d6a13f6b74fb0d4023a5cae3f900
0106442841d12ba1d91a8dc79ac5055c558a6d48a97fa08ccc7a371eb09983002754003ccc42b279f8d4b899b54122cbbda9c6cef4e8c96be2897a55ae9a1909
6bc7730f287f859b60a0ca121a652fbecc36c3133b69c833541c329898ca51e738b2e11369f593b9675a303464718b093c9662030b16546ba68fe86349e36ee4
23962021401c86b1b64c354ea8a50b1560f42c4af952011bb710f5a49d98736d9429449dc6b3ba4388590c088c95120b791f41cc04522031f4e07dd981a45a30
3c04909bf159826c241b14511987b4381e30ce6bf322771a4c321bced63ca76d6a4f4f0824a317512dfb234da47cf3937f8d483ec155bd82796db55c06d27188
4bf28709f71368c69a3e662bb3f00a034acbb6828794886ceb55946161c1e26583133010b0aace4edb7547c4a023e058c345431551136837796fe4751668cae7
a3b35e44b72b175798b6c5634282995c7fdd82827116cdcf9948be7540a93a78970026e5d7317e6c050b49a1b28824f363c4171aca830a9cdd40a620e9bba967
a19b6a2ab0694261702c6e5a5b3cf7957e2a028932939a52339dbac12945c0b6965dcd1a0d2256a34c03461d006ada86a3b5c074612443e821c17941b4dd7c62
4f5b4a47859f9021ac39438fd8475196185ec979ce75b20000000000000000000000000000000000000000000000000000000000000001000000000000000000
00000646fe4053af2ae045d29248f44e3006151a48001b0003020002002d000201010000000e000c0000096c6f63616c686f7374000a000a000811ec001d0017
0018000d0014001204030804040105030805050108060601020101010646b4404a5cbcc76e39d8ed5398113e3252f34686f63662e15e550f86b7881ec2c53a8c
33fedbd730d0023ca6a704c606886b5a96eb2b9f72001d002098c52070c18464b35772a0c6dfd8ae2d4ce700000000000000000000000000000000010643ff29
d188453284729a3b1c92832ae11abb3e89b62ab4cbd98587f262ba70272a9cca36225417b9e0ab4dc600000000000000000000000000000000000000000645f9
4041bb6b7992fe2c7c165ca520b307f1658b07c62076c34f212871dba5c75011950472b48a8280dffa214320827844651cb800aaecbbce12acbae6147c1a6c54
544220060040540100074d03036156793988f4a499aeaf7a4dbed9a30ce675baa4ab134f29119bbbff1ed6915b0000061301130213030100071e002b00030203
04003900520f0006048060000009024067040480f00000c5779a4a00000000000000000000000000000000000000000000000000000000000000000000000000
00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
"""
_CHROMIUM_2 = """
01000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
00000000000000000000000000000000000000000000000000000000000000000001010000000000000000000000000000000000000000000000000000000640
5441529b98867a02457408024064110c000000014a2a2aaa00000001030245c00504806000000104800075302004800100000704806000007128044f52494700
1000050003026833ca3400ba00b80582df1302010582df1302060582df13020d0582df13020e0582df13020f0582df1302120582df1302130582df1302140883
9a648c9b2d010708839a648c9b2d010808839a648c9b2d010908839a648c9b2d010a08839a648c9b2d010b08839a648c9b2d010c08839a648c9b2d010d08839a
648c9b2d011208839a648c9b2d011304d679090104d679090404d679090504d679090604d679090704d679090804d679090a04d679090b04d679090c04d67909
0d04d679090ffe0d00ba00000100018d0020ff34a1a459b0d8c09f478aaa080a077e5b17c1f8362d28a6ab2e7e1f10a0fc4200905ea6cf275b9e1f9049f134b2
6d0a9fb7cb1edb13597c0dbdab948c8812fcac1f9001010006426a409aecd040b3ccb52c5c45d647710b812f34f91e5e910bbd48ba065aa255ab781374a49bbb
283cc39fad1227f134854574a68b7609ee3c27a8b45ab34b9e6fd1b7c2297c5b92c3ada0c09f03ccf7a32b0cc921db3931df43a99c962d551292c325a513d868
da513e9d128bcb919d87eb684ab543fb46807136988f21aead2c370511581889a478525ca0fa7c7c8c3142b0343a880c83205ba2a1c03506430440fb81aa1ec7
16aa6453245c56ed3670859564361215853148cdcaa6d6564c47a104af28283f2b01bc486897857c99f141eb548f8e169a19460373ac7a6659647cc513492060
d7c9082733a30dc9cfd2558aba629ff6fa8fce70b329e82fd663585fc0489df21d24800b38c175b4d387c4ab6c987529def6c9d314537bd175de4a035b3ca082
e7787f46c2ec8c72a7c44aa26999be201d1d5676f8117bc91963450b0617419ddd3577faf07f7448000e871d33f61eaa5b33f2e95596e4b4ee3ab6d9061e51f1
62e324931439983065a86748b3bcd8332ee9c7d9a278ffb72ff7cb33ad01ab9156c3d676244825472be189d6e579fff61423221ad1149e0641a640c401395150
8d770dc14a89442a6f6bb081a96935ed14b9fbd640aa8e2cb9887211f4913a9e44db59fb9ed9d0a5bce327fd9a66cdf224ffcf08d88b0af780bb536b7c9b5246
44c3d5d4de2a87e090cd952cf482c4ebd28cf595882207883b049f51b83e745ea2e24b7610f6f9b23ef84044cd00050003026833003304ea04e811ec04c0f3b5
75f681bc7594bd2db598e14b235f734622d7bfd548beb07b53baf782b00542c6219c56b08e4442b17e881cd2e2352725aa6d408535a4bbd6986d47b44fdff31b
00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001
"""


def _packet(
    version: Version,
    ids: tuple[str, str],
    payload: bytes,
    number: int = 0,
    *,
    number_size: int = 1,
    length_size: int = 4,
    token: bytes = b"",
    size: int = SMALLEST,
) -> bytes:
    """A client's Initial packet as the only one of a datagram of `size` bytes."""
    dcid, scid = map(bytes.fromhex, ids)
    first = 0xC0 | version.type_of(Kind.INITIAL) << 4 | number_size - 1
    head = bytes((first,)) + version.number.to_bytes(4, "big") + bytes((len(dcid),)) + dcid + bytes((len(scid),)) + scid
    head += varint(len(token)) + token
    rest = size - len(head) - length_size
    length = (rest | {2: 1, 4: 2}[length_size] << (8 * length_size - 2)).to_bytes(length_size, "big")
    client, _ = initial_protection(version, dcid)
    payload = payload.ljust(rest - number_size - TAG, b"\0")
    return client.seal(head + length + number.to_bytes(number_size, "big"), number, payload)


def _crypto(data: bytes, offset: int = 0) -> bytes:
    return varint(Type.CRYPTO) + varint(offset) + varint(len(data)) + data


def _known(number: int) -> Version:
    version = version_of(number)
    if version is None:
        raise ValueError(f"0x{number:08x} is a version of which the keys are not known")
    return version


def initial(payload: bytes, number: int = 0, *, token: bytes = b"") -> bytes:
    """A datagram of the recorded connection with other frames, as its only packet."""
    return _packet(_known(V1), _NGTCP2_IDS, payload, number, token=token)


def _hello(number: int, ids: tuple[str, str], hello: str) -> bytes:
    return _packet(_known(number), ids, _crypto(bytes.fromhex(hello)))


def _late(kind: Kind, rest: bytes) -> bytes:
    """A packet of a later level, which only the two sides could open."""
    dcid, scid = map(bytes.fromhex, _NGTCP2_IDS)
    first = 0xC0 | _known(V1).type_of(kind) << 4
    head = bytes((first,)) + V1.to_bytes(4, "big") + bytes((len(dcid),)) + dcid + bytes((len(scid),)) + scid
    return head + varint(len(rest)) + rest


def other_version(number: int) -> bytes:
    """The recorded hello with another version number: what it is protected with no longer matters."""
    packet = _hello(V1, _NGTCP2_IDS, _NGTCP2)
    return packet[:1] + number.to_bytes(4, "big") + packet[5:]


_V1 = _known(V1)
_HELLO = bytes.fromhex(_NGTCP2)
_OPENING = _hello(V1, _NGTCP2_IDS, _NGTCP2)
_SEALED = bytes(range(7, 7 + 64))
"""Stands for what was protected with keys of later levels."""

SEEDS = (
    Seed("ngtcp2: hello", (_OPENING,)),
    Seed("ngtcp2: hello in version 2", (_hello(V2, _NGTCP2_IDS, _NGTCP2),)),
    Seed("ngtcp2: hello in the last draft of version 2", (_hello(V2_DRAFT, _NGTCP2_DRAFT_IDS, _NGTCP2_DRAFT),)),
    Seed("aioquic: hello in version 2", (_packet(_known(V2), _AIOQUIC_IDS, _crypto(bytes.fromhex(_AIOQUIC)), number_size=2),)),
    Seed(
        "chromium: hello in two packets",
        (
            _packet(_V1, _CHROMIUM_IDS, bytes.fromhex(_CHROMIUM_1), 1, length_size=2, size=1250),
            _packet(_V1, _CHROMIUM_IDS, bytes.fromhex(_CHROMIUM_2), 2, number_size=2, length_size=2, size=1250),
        ),
    ),
    Seed(
        "hello in three packets, the last part first",
        (
            _packet(_V1, _NGTCP2_IDS, _crypto(_HELLO[200:], 200), 0),
            _packet(_V1, _NGTCP2_IDS, _crypto(_HELLO[:100]), 1),
            _packet(_V1, _NGTCP2_IDS, _crypto(_HELLO[90:210], 90), 2),
        ),
    ),
    Seed("hello twice", (_OPENING, _packet(_V1, _NGTCP2_IDS, _crypto(_HELLO), 1))),
    Seed("hello with a token of another server", (_packet(_V1, _NGTCP2_IDS, _crypto(_HELLO), token=b"a token from elsewhere"),)),
    Seed("hello, then a ping", (_OPENING, _packet(_V1, _NGTCP2_IDS, varint(Type.PING), 1))),
    Seed("hello, then an acknowledgement", (_OPENING, _packet(_V1, _NGTCP2_IDS, bytes((Type.ACK, 0, 0, 0, 0)), 1))),
    Seed(
        "hello, then giving up",
        (_OPENING, _packet(_V1, _NGTCP2_IDS, bytes((Type.CONNECTION_CLOSE, 0x0C, 0x06, 4)) + b"wait", 1)),
    ),
    Seed("hello and early data", (_OPENING, _late(Kind.EARLY, _SEALED))),
    Seed("hello and a packet of the handshake", (_OPENING, _late(Kind.HANDSHAKE, _SEALED))),
    Seed("hello and a short header", (_OPENING, b"\x40" + bytes.fromhex(_NGTCP2_IDS[0]) + _SEALED)),
    Seed("a version that nobody speaks", (other_version(GREASED),)),
    Seed("a version that nobody speaks, then one that is known", (other_version(GREASED), _OPENING)),
)
"""Each message is one datagram with one packet."""

_PRIVATE = b"sesame-60d2e8b5-for-alice"
SECRET = Secret(Seed("a hello with a private token", (initial(_crypto(_HELLO), token=_PRIVATE),)), _PRIVATE)
"""Tokens are the only content of a client that no key protects."""

HINTS = Hints(
    tokens=(
        V1.to_bytes(4, "big"),
        V2.to_bytes(4, "big"),
        GREASED.to_bytes(4, "big"),
        bytes(4),
        b"\x02h3",
        bytes((0x40, 0x00)),
        varint((1 << 62) - 1),
    ),
    keep=("version", "dcid", "number"),
    secret=SECRET,
    mutators=list_on_demand("workbench_quic.mutators:MUTATORS"),
)
