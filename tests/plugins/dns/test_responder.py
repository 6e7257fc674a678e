import dns.edns
import dns.message
import dns.rcode
import pytest

from support.dns import asked
from workbench.api import ServerOptions
from workbench_dns.message import read_message
from workbench_dns.queries import opt_record, query
from workbench_dns.responder import PAYLOAD, PLAIN, Responder
from workbench_dns.seeds import SEEDS
from workbench_dns.server import responder_of
from workbench_dns.vocabulary import rcode_name
from workbench_dns.zone_file import read_zone
from workbench_dns.zone_text import ZONE

Z = "workbench.test."
RESPONDER = responder_of(ServerOptions())


def said(raw: bytes, *, stream: bool = False) -> bytes:
    [answer] = RESPONDER.respond(raw, stream=stream)
    return answer


@pytest.mark.parametrize(
    ("name", "kind", "code", "counts"),
    [
        (f"www.{Z}", "A", "noerror", (2, 0, 0)),
        (f"www.{Z}", "MX", "noerror", (0, 1, 0)),
        (f"missing.{Z}", "A", "nxdomain", (0, 1, 0)),
        (Z, "MX", "noerror", (2, 0, 2)),
        (Z, "NS", "noerror", (2, 0, 3)),
        (f"shop._http._tcp.{Z}", "SRV", "noerror", (1, 0, 3)),
        (f"chain1.{Z}", "A", "noerror", (5, 0, 0)),
        (f"www.sub.{Z}", "A", "noerror", (0, 1, 1)),
        (f"leaf.tree.{Z}", "A", "noerror", (3, 0, 0)),
        ("www.example.com.", "A", "refused", (0, 0, 0)),
        (f"www.{Z}", "IXFR", "refused", (0, 0, 0)),
        (f"www.{Z}", "OPT", "formerr", (0, 0, 0)),
        (f"c.deep.{Z}", "A", "noerror", (0, 1, 0)),
    ],
)
def test_what_is_known(name, kind, code, counts):
    parsed = asked(query(name, kind))
    assert (rcode_name(parsed.rcode), parsed.counts[1:]) == (code, counts)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
@pytest.mark.parametrize("stream", [False, True])
def test_dnspython_reads_every_answer(seed, stream):
    for raw in seed.messages:
        for answer in RESPONDER.respond(raw, stream=stream):
            message = dns.message.from_wire(answer)
            assert message.id == int.from_bytes(raw[:2], "big")


def test_rfc_8482_any():
    [record] = asked(query(f"www.{Z}", "ANY")).section(0)
    assert (record.type, record.text) == (13, "RFC8482 ")
    assert asked(query(f"missing.{Z}", "ANY")).rcode == 3
    assert asked(query(f"c.deep.{Z}", "ANY")).counts[1] == 0


def test_the_question_keeps_its_spelling():
    assert asked(query(f"wWw.{Z}")).questions[0].name.text.startswith("wWw.")


@pytest.mark.parametrize("size", [512, 600, 1000, 1232, 4096])
def test_answers_fit_what_the_client_announces(size):
    answer = said(query(f"big.{Z}", "TXT", records=[opt_record(size=size)]))
    assert len(answer) <= min(size, PAYLOAD)
    assert read_message(answer).flags & 0x0200
    assert read_message(answer).opt is not None


def test_answers_without_edns_have_512_bytes():
    answer = said(query(f"big.{Z}", "TXT"))
    assert len(answer) <= PLAIN
    assert read_message(answer).flags & 0x0200


def test_streams_bring_it_whole():
    parsed = read_message(said(query(f"big.{Z}", "TXT"), stream=True))
    assert (parsed.counts[1], parsed.flags & 0x0200) == (14, 0)


def test_what_only_helps_is_left_out_before_anything_is_cut():
    answer = said(query(Z, "NS", records=[opt_record(size=512)]))
    assert not read_message(answer).flags & 0x0200


@pytest.mark.parametrize(
    "raw",
    [
        query(f"www.{Z}")[:-1],
        query(f"www.{Z}") + b"?",
        query(f"www.{Z}", more=[(Z, "A")]),
        query(f"www.{Z}", records=[opt_record(), opt_record()]),
        query(f"www.{Z}", records=[b"\1a" + opt_record()]),
        query(f"www.{Z}", records=[opt_record([(10, b"short")])]),
        query(f"www.{Z}", records=[opt_record([(8, bytes.fromhex("00012100c000020101"))])]),
        query(f"www.{Z}", records=[opt_record([(8, bytes.fromhex("00011700c00002ff"))])]),
        bytes.fromhex("123401000001000000000000") + b"\xc0\x0c\0\1\0\1",
        bytes.fromhex("123401000001000000000000") + (b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1",
    ],
)
def test_what_is_no_query_is_a_format_error(raw):
    parsed = asked(raw)
    assert (parsed.id, parsed.rcode, parsed.response) == (0x1234, 1, True)


@pytest.mark.parametrize("raw", [b"", b"\x12\x34", query("a.")[:11], query("a.", flags=0x8000)])
def test_what_deserves_no_answer(raw):
    assert RESPONDER.respond(raw, stream=False) == []


@pytest.mark.parametrize(("opcode", "code"), [(1, 4), (2, 4), (3, 4), (4, 4), (5, 4), (6, 4), (15, 4)])
def test_other_opcodes_are_not_implemented(opcode, code):
    parsed = asked(query(Z, "SOA", flags=opcode << 11))
    assert (parsed.rcode, parsed.opcode) == (code, opcode)


def test_another_version_of_edns():
    parsed = asked(query(Z, "SOA", records=[opt_record(version=1)]))
    assert (parsed.rcode, parsed.counts[1]) == (16, 0)
    assert parsed.opt.edns.version == 0


def test_options_are_answered_where_they_are_asked():
    options = [(3, b""), (10, b"12345678"), (8, bytes.fromhex("00011800c00002")), (12, b""), (11, b"")]
    message = dns.message.from_wire(said(query(Z, "SOA", records=[opt_record(options)]), stream=True))
    found = {int(option.otype): option for option in message.options}
    assert found[3].nsid == b"workbench"
    assert found[10].client == b"12345678"
    assert len(found[10].server) == 8
    assert (found[8].address, found[8].srclen, found[8].scopelen) == ("192.0.2.0", 24, 0)
    assert int.from_bytes(found[11].data, "big") == 600
    assert len(said(query(Z, "SOA", records=[opt_record(options)]), stream=True)) % 468 == 0


def test_broken_options_are_not_repeated():
    """Found by mutation: the FORMERR about a client subnet brought it back."""
    parsed = asked(query(Z, records=[opt_record([(8, bytes.fromhex("0002420020010470"))])]))
    assert (parsed.rcode, parsed.opt.edns.codes) == (1, ())


def test_cookies_depend_on_the_client():
    first, second = (said(query(Z, "SOA", records=[opt_record([(10, cookie)])])) for cookie in (b"12345678", b"12345679"))
    assert first[-8:] != second[-8:]


def test_padding_and_keepalive_are_for_streams():
    codes = asked(query(Z, "SOA", records=[opt_record([(12, b""), (11, b"")])])).opt.edns.codes
    assert codes == ()


def test_refusals_say_why():
    message = dns.message.from_wire(said(query("example.com.", records=[opt_record()])))
    assert [int(option.code) for option in message.options] == [20]


def test_a_transfer_has_every_record():
    answers = [read_message(answer) for answer in RESPONDER.respond(query(Z, "AXFR"), stream=True)]
    kinds = [record.type for answer in answers for record in answer.section(0)]
    assert len(kinds) == len(list(read_zone(ZONE).everything()))
    assert kinds[0] == kinds[-1] == 6


def test_a_long_transfer_comes_in_pieces():
    lines = "".join(f'n{number} TXT "{"x" * 200}"\n' for number in range(400))
    responder = Responder(read_zone(f"$ORIGIN z.\n$TTL 60\n@ SOA . . 1 2 3 4 5\n{lines}"))
    answers = responder.respond(query("z.", "AXFR"), stream=True)
    assert len(answers) > 3
    assert all(len(answer) < 32_768 for answer in answers)


def test_transfers_are_not_for_datagrams():
    assert asked(query(Z, "AXFR")).rcode == 5


def test_who_it_is():
    [record] = asked(query("version.bind.", "TXT", klass=3)).section(0)
    assert record.text == "workbench"
    assert asked(query("other.bind.", "TXT", klass=3)).rcode == 5


def test_names_of_newer_types_are_not_compressed():
    [record] = asked(query(f"shop._http._tcp.{Z}", "SRV")).section(0)
    assert [name.pointer for name in record.names] == [-1]


def test_a_name_made_too_long_by_a_dname():
    """`branch` is longer than `tree`: names of up to 253 bytes below it become longer than 255."""
    rest = len("tree.workbench.test.") + 1
    room = 255 - rest
    labels = []
    while room > 1:
        size = min(63, room - 1)
        labels.append("x" * size)
        room -= size + 1
    parsed = asked(query(f"{'.'.join(labels)}.tree.{Z}"))
    assert parsed.rcode == 6
    assert [record.type for record in parsed.section(0)] == [39]


def test_equal_queries_have_equal_answers():
    raw = query(Z, "SOA", records=[opt_record([(10, b"12345678")])])
    assert responder_of(ServerOptions()).respond(raw, stream=False) == RESPONDER.respond(raw, stream=False)
    assert dns.edns.OptionType.COOKIE in {option.otype for option in dns.message.from_wire(said(raw)).options}
    assert dns.message.from_wire(said(raw)).rcode() == dns.rcode.NOERROR
