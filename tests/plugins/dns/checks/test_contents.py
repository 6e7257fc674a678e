import pytest

from support.conformance import results
from support.dns import fails, patched
from workbench.conformance import Verdict
from workbench_dns.checks import CHECKS
from workbench_dns.checks.contents import ROWS
from workbench_dns.message import read_message
from workbench_dns.server import serve_datagrams


def _code(wanted: int, instead: int):
    def run(data: bytes) -> bytes:
        return data[:3] + bytes((data[3] & 0xF0 | instead,)) + data[4:] if data[3] & 15 == wanted else data

    return run


def _without(section: int, kind: int | None = None):
    """The answer without records of a section (of one type)."""

    def run(data: bytes) -> bytes:
        parsed = read_message(data)
        dropped = [it for it in parsed.records if it.section == section and kind in (None, it.type)]
        for record in reversed(dropped):
            data = data[: record.start] + data[record.end :]
        at = 6 + 2 * section
        return data[:at] + (parsed.counts[section + 1] - len(dropped)).to_bytes(2, "big") + data[at + 2 :]

    return run


def _record_changed(change):
    """The answer with one byte string of its first answer changed."""

    def run(data: bytes) -> bytes:
        parsed = read_message(data)
        return change(data, parsed.records[0]) if parsed.records and parsed.records[0].section == 0 else data

    return run


def _other_ttl(data: bytes, record) -> bytes:
    at = record.name.end + 4
    return data[:at] + (record.ttl ^ 0x80000001).to_bytes(4, "big") + data[at + 4 :]


def _other_owner(data: bytes, record) -> bytes:
    """The parent's name."""
    if record.name.pointer != 12:
        return data
    at = 13 + data[12]
    return data[: record.start] + bytes((0xC0, at)) + data[record.start + 2 :]


def _twice(data: bytes, record) -> bytes:
    count = int.from_bytes(data[6:8], "big") + 1
    return data[:6] + count.to_bytes(2, "big") + data[8 : record.end] + data[record.start : record.end] + data[record.end :]


def _with_txt(data: bytes, record) -> bytes:
    count = int.from_bytes(data[6:8], "big") + 1
    more = b"\0\0\x10\0\1\0\0\0\0\0\1\0"
    return data[:6] + count.to_bytes(2, "big") + data[8 : record.end] + more + data[record.end :]


def _short_address(data: bytes, record) -> bytes:
    if record.type != 1:
        return data
    at = record.name.end + 8
    return data[:at] + b"\0\3" + data[at + 2 : at + 5] + data[at + 6 :]


def _compressed_target(data: bytes, record) -> bytes:
    if record.type != 33:
        return data
    at = record.name.end + 8
    return data[:at] + b"\0\x08" + data[at + 2 : at + 8] + b"\xc0\x0c" + data[record.end :]


def _plain_alias(data: bytes) -> bytes:
    """Asked for CNAME, it looks for A."""
    return data[:-4] + b"\0\1\0\1" if data[-4:-2] == b"\0\5" else data


def _everything_at_once(data: bytes) -> bytes:
    return data[:-4] + b"\0\x11\0\1" if data[-4:-2] == b"\0\xff" else data


def _star_unknown(data: bytes) -> bytes:
    return data.replace(b"\7made-up\4wild", b"\7made-up\4wild" if data[-4:-2] == b"\0\1" else b"\7made-up\4tame")


def _star_shown(data: bytes) -> bytes:
    return _record_changed(_other_owner)(data) if b"\4wild" in data else data


MUTANTS = {
    "has no authority": ({"after": patched(2, clear=4)}, {"authority-marked"}),
    "is always an authority": ({"after": patched(2, put=4)}, {"referral-not-authoritative"}),
    "gives short addresses": ({"after": _record_changed(_short_address)}, {"address-given"}),
    "answers with the parent's name": ({"after": _record_changed(_other_owner)}, {"owner-is-the-question", "soa-in-place"}),
    "adds what nobody wants": ({"after": _record_changed(_with_txt)}, {"only-what-was-asked"}),
    "knows every name": ({"after": _code(3, 0)}, {"name-missing", "name-missing-soa", "name-missing-no-answers", "any-missing"}),
    "knows no name without records": (
        {"after": lambda data: _code(0, 3)(data) if data[6:8] == b"\0\0" else data},
        {"type-missing", "name-between"},
    ),
    "brings no SOA": ({"after": _without(1, 6)}, {"type-missing-soa", "name-missing-soa", "negative-ttl"}),
    "hides aliases": ({"after": _without(0, 5)}, {"alias-shown", "dname-with-alias"}),
    "does not follow aliases": ({"after": lambda data: _without(0, 1)(data) if b"\5alias" in data else data}, {"alias-followed"}),
    "follows aliases that are asked for": ({"before": _plain_alias}, {"alias-itself"}),
    "knows a wildcard for one type": ({"before": _star_unknown}, {"wildcard-without-type"}),
    "shows wildcards": ({"after": _star_shown}, {"wildcard-matches"}),
    "has two TTLs": ({"after": _record_changed(_other_ttl)}, {"one-ttl", "ttl-positive"}),
    "says things twice": ({"after": _record_changed(_twice)}, {"no-duplicates"}),
    "has nothing for ANY": ({"before": _everything_at_once}, {"any-is-answered"}),
    "compresses everything": ({"after": _record_changed(_compressed_target)}, {"target-not-compressed"}),
    "keeps its children to itself": ({"after": _without(1, 2)}, {"referral-names-servers"}),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    bend, expected = MUTANTS[name]
    assert fails(**bend) >= expected


def test_who_has_no_children_is_not_asked_about_them():
    found = results(CHECKS, serve_datagrams, {"child": "missing.workbench.test."})
    names = ("referral-not-authoritative", "referral-names-servers")
    assert {found[name].verdict for name in names} == {Verdict.SKIPPED}


def test_each_check_has_a_server_that_fails_it():
    assert {row[0] for row in ROWS} == set().union(*(expected for _, expected in MUTANTS.values()))
