import pytest

from workbench.api import Severity
from workbench_socks5.grammar import GRAMMARS, Kind
from workbench_socks5.rules import remarks

CASES = [
    (Kind.GREETING, b"\5\0", Severity.ERROR, "no method", "RFC 1928 3"),
    (Kind.GREETING, b"\5\2\0\0", Severity.NOTE, "twice", "RFC 1928 3"),
    (Kind.GREETING, b"\5\1\xff", Severity.WARN, "X'FF'", "RFC 1928 3"),
    (Kind.SELECTION, b"\5\xff", Severity.NOTE, "must close", "RFC 1928 3"),
    (Kind.PASSWORD, b"\2\1a\1b", Severity.ERROR, "version 2", "RFC 1929 2"),
    (Kind.PASSWORD, b"\1\0\1b", Severity.ERROR, "user name is empty", "RFC 1929 2"),
    (Kind.PASSWORD, b"\1\1a\0", Severity.ERROR, "password is empty", "RFC 1929 2"),
    (Kind.PASSWORD, b"\1\1a\1b", Severity.NOTE, "readable", "RFC 1929 3"),
    (Kind.STATUS, b"\1\1", Severity.NOTE, "denied", "RFC 1929 2"),
    (Kind.REQUEST, b"\5\1\7\1\0\0\0\0\0\0", Severity.WARN, "reserved", "RFC 1928 4"),
    (Kind.REQUEST, b"\5\x09\0\1\0\0\0\0\0\0", Severity.WARN, "command 9", "RFC 1928 4"),
    (Kind.REQUEST, b"\5\1\0\3\0\0\0", Severity.WARN, "name is empty", "RFC 1928 5"),
    (Kind.REQUEST, b"\5\1\0\3\1\0\0\0", Severity.WARN, "no host name has", "RFC 1123 2.1"),
    (Kind.REPLY, b"\5\x09\0\1\0\0\0\0\0\0", Severity.WARN, "unassigned", "RFC 1928 6"),
    (Kind.REPLY, b"\4\0\0\1\0\0\0\0\0\0", Severity.ERROR, "version 4", "RFC 1928 4"),
    (Kind.REQUEST4, b"\4\3\0\0\0\0\0\0\0", Severity.WARN, "CONNECT (1) and BIND (2) only", "SOCKS4"),
    (Kind.REPLY4, b"\4\x5a\0\0\0\0\0\0", Severity.WARN, "should be 0", "SOCKS4"),
    (Kind.REPLY4, b"\0\x01\0\0\0\0\0\0", Severity.WARN, "unassigned", "SOCKS4"),
    (Kind.GSSAPI, b"\2\1\0\0", Severity.ERROR, "version 2", "RFC 1961 3.2"),
    (Kind.GSSAPI, b"\1\x09\0\0", Severity.WARN, "type 9", "RFC 1961 3.2"),
    (Kind.DATAGRAM, b"\0\1\0\1\0\0\0\0\0\0", Severity.WARN, "reserved", "RFC 1928 7"),
    (Kind.DATAGRAM, b"\0\0\x80\1\0\0\0\0\0\0", Severity.WARN, "number 0", "RFC 1928 7"),
]


@pytest.mark.parametrize(("kind", "data", "severity", "text", "section"), CASES)
def test_each_remark_with_its_rule_and_place(kind, data, severity, text, section):
    found = [note for note in remarks(kind, GRAMMARS[kind].parse(data)) if text in note.text]
    assert [(note.severity, note.section) for note in found] == [(severity, section)]
    assert 0 <= found[0].start <= found[0].end <= len(data)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Kind.GREETING, b"\5\3\0\1\2"),
        (Kind.SELECTION, b"\5\0"),
        (Kind.STATUS, b"\1\0"),
        (Kind.REQUEST, b"\5\1\0\3\1a\0\x50"),
        (Kind.REPLY, b"\5\0\0\1\0\0\0\0\0\0"),
        (Kind.REQUEST4, b"\4\1\0\x50\0\0\0\1u\0name\0"),
        (Kind.REPLY4, b"\0\x5b\0\0\0\0\0\0"),
        (Kind.GSSAPI, b"\1\xff"),
        (Kind.DATAGRAM, b"\0\0\0\1\0\0\0\0\0\0x"),
    ],
)
def test_nothing_is_said_about_what_is_right(kind, data):
    assert list(remarks(kind, GRAMMARS[kind].parse(data))) == []
