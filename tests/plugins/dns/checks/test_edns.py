import pytest

from support.dns import fails
from workbench_dns.checks.edns import DATAGRAM_ROWS, ROWS, STREAM_ROWS
from workbench_dns.message import read_message
from workbench_dns.queries import opt_record


def _opt(data: bytes):
    return read_message(data).opt if len(data) >= 12 else None


def _without(data: bytes) -> bytes:
    opt = _opt(data)
    if opt is None:
        return data
    count = int.from_bytes(data[10:12], "big") - 1
    return data[:10] + count.to_bytes(2, "big") + data[12 : opt.start] + data[opt.end :]


def _with(*options: tuple[int, bytes], **facts):
    """The answer with an OPT record like this instead of its own, or with one more."""

    def run(data: bytes) -> bytes:
        bare = _without(data)
        count = int.from_bytes(bare[10:12], "big") + 1
        return bare[:10] + count.to_bytes(2, "big") + bare[12:] + opt_record(options, **facts)

    return run


def _where_asked(change):
    """Only where the answer had OPT, and no error."""
    return lambda data: change(data) if _opt(data) is not None and read_message(data).rcode == 0 else data


def _code(wanted: int, instead: int):
    def run(data: bytes) -> bytes:
        return data[:3] + bytes((data[3] & 0xF0 | instead,)) + data[4:] if data[3] & 15 == wanted else data

    return run


def _old_version(data: bytes) -> bytes:
    """Takes every version for the one it knows."""
    opt = _opt(data)
    return data if opt is None else data[: opt.name.end + 5] + b"\0" + data[opt.name.end + 6 :]


def _first_opt(data: bytes) -> bytes:
    opts = [record for record in read_message(data).records if record.type == 41] if len(data) >= 12 else []
    return data[:11] + bytes((data[11] - 1,)) + data[12 : opts[1].start] if len(opts) == 2 else data


def _strict(*codes: int):
    """Calls queries with these options broken."""

    def run(data: bytes) -> bytes:
        opt = _opt(data)
        return data[:-1] if opt is not None and set(codes) & set(opt.edns.codes) else data

    return run


def _strict_flags(data: bytes) -> bytes:
    opt = _opt(data)
    return data[:-1] if opt is not None and data[opt.name.end + 7] & 1 else data


def _strict_size(data: bytes) -> bytes:
    opt = _opt(data)
    return data[:-1] if opt is not None and opt.edns.size < 512 else data


def _short_lengths(data: bytes) -> bytes:
    """Believes no option's length."""
    return data.replace(b"\xfd\xe9\0\xc8", b"\xfd\xe9\0\4")


def _named(data: bytes) -> bytes:
    opt = _opt(data)
    return data if opt is None else data[: opt.start] + b"\1x\0" + data[opt.start + 1 :]


def _any_cookie(data: bytes) -> bytes:
    opt = _opt(data)
    return _without(data) if opt is not None and 10 in opt.edns.codes and opt.size != 12 else data


def _lenient_subnet(data: bytes) -> bytes:
    """Ignores subnets that cannot be."""
    return _without(data) if b"\0\1\x21\0" in data else data


SUBNET = bytes.fromhex("00011800c00002")

MUTANTS = {
    "knows no EDNS": ({"after": _without}, {"edns-answered", "edns-size", "edns-root"}),
    "always speaks EDNS": ({"after": _with()}, {"edns-not-unasked"}),
    "takes every version": ({"before": _old_version}, {"edns-version", "edns-version-no-answers"}),
    "claims to be of another version": ({"after": _with(version=3)}, {"edns-version-named"}),
    "reads the first OPT": ({"before": _first_opt}, {"edns-twice"}),
    "refuses what it does not know": ({"before": _strict(65_001)}, {"option-unknown"}),
    "repeats what it does not know": ({"after": _where_asked(_with((65_001, b"who knows")))}, {"option-not-repeated"}),
    "believes no length": ({"before": _short_lengths}, {"option-too-long"}),
    "refuses flags": ({"before": _strict_flags}, {"edns-flags-ignored"}),
    "sets flags": ({"after": _where_asked(_with(flags=0x4000))}, {"edns-flags-zero"}),
    "never says DO": ({"after": _where_asked(_with())}, {"do-repeated"}),
    "always says DO": ({"after": _where_asked(_with(dnssec=True))}, {"do-not-made-up"}),
    "names its OPT": ({"after": _where_asked(_named)}, {"edns-root"}),
    "has little room": ({"after": _where_asked(_with(size=100))}, {"edns-size"}),
    "introduces itself": ({"after": _where_asked(_with((3, b"me")))}, {"nsid-not-unasked"}),
    "has cookies of its own": ({"after": _where_asked(_with((10, bytes(16))))}, {"cookie-repeated"}),
    "gives half a cookie back": ({"after": _where_asked(_with((10, bytes.fromhex("0011223344556677"))))}, {"cookie-server"}),
    "takes any cookie": ({"before": _any_cookie}, {"cookie-malformed"}),
    "thinks of another network": ({"after": _where_asked(_with((8, bytes.fromhex("00011000c000"))))}, {"subnet-repeated"}),
    "tells networks to everybody": ({"after": _where_asked(_with((8, SUBNET)))}, {"subnet-not-unasked"}),
    "takes any prefix": ({"before": _lenient_subnet}, {"subnet-malformed"}),
    "always pads": ({"after": _where_asked(_with((12, bytes(8))))}, {"padding-not-unasked"}),
    "keeps datagrams alive": ({"after": _where_asked(_with((11, b"\0\x64")))}, {"keepalive-not-over-udp"}),
    "insists on sizes": ({"before": _strict_size}, {"edns-size-small"}),
    "never pads": ({"after": _where_asked(_with()), "stream": True}, {"padding"}),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    bend, expected = MUTANTS[name]
    assert fails(**bend) >= expected


def test_each_check_has_a_server_that_fails_it():
    assert {row[0] for row in (*ROWS, *DATAGRAM_ROWS, *STREAM_ROWS)} == set().union(
        *(expected for _, expected in MUTANTS.values())
    )
