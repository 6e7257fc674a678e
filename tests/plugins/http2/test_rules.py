"""Header sections: everything RFC 9113 8.2 and 8.3 forbid, and what is allowed."""

import pytest

from workbench.api import Severity
from workbench_http2.rules import Kind, breaches, read_list

GET = ((b":method", b"GET"), (b":scheme", b"https"), (b":path", b"/"), (b":authority", b"h"))
OK = ((b":status", b"200"),)
NO_PATH = (GET[0], GET[1], GET[3])


def found(pairs, kind=Kind.REQUEST):
    return [(breach.text, breach.section) for breach in breaches(read_list(pairs), kind) if breach.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("pairs", "kind"),
    [
        (GET, Kind.REQUEST),
        ((*GET, (b"te", b"trailers"), (b"cookie", b"a"), (b"cookie", b"b")), Kind.REQUEST),
        (((b":method", b"OPTIONS"), GET[1], (b":path", b"*"), GET[3]), Kind.REQUEST),
        (((b":method", b"CONNECT"), (b":authority", b"h:1")), Kind.REQUEST),
        (((b":method", b"CONNECT"), *GET[1:], (b":protocol", b"websocket")), Kind.REQUEST),
        (OK, Kind.RESPONSE),
        (((b"a", b"b"),), Kind.TRAILERS),
        (GET, Kind.PROMISE),
    ],
)
def test_nothing_to_say(pairs, kind):
    assert found(pairs, kind) == []


@pytest.mark.parametrize(
    ("pairs", "kind", "text", "section"),
    [
        (GET[1:], Kind.REQUEST, "without :method", "8.3.1"),
        ((GET[0], *GET[2:]), Kind.REQUEST, "without :scheme", "8.3.1"),
        (NO_PATH, Kind.REQUEST, "without :path", "8.3.1"),
        ((*NO_PATH, (b":path", b"")), Kind.REQUEST, "empty :path", "8.3.1"),
        ((*NO_PATH, (b":path", b"x")), Kind.REQUEST, "does not begin with '/'", "8.3.1"),
        ((*GET[:3], (b":authority", b"u@h")), Kind.REQUEST, "userinfo", "8.3.1"),
        ((*GET, (b":path", b"/")), Kind.REQUEST, "a second :path", "8.3"),
        ((*GET, (b":status", b"200")), Kind.REQUEST, "no pseudo-header field of a request", "8.3"),
        ((*GET, (b":new", b"x")), Kind.REQUEST, "no pseudo-header field", "8.3"),
        (((b"a", b"b"), *GET), Kind.REQUEST, ":method behind a regular field", "8.3"),
        ((*GET, (b"Upper", b"x")), Kind.REQUEST, "upper-case", "8.2.1"),
        ((*GET, (b"a b", b"x")), Kind.REQUEST, "must not have", "8.2.1"),
        ((*GET, (b"a:b", b"x")), Kind.REQUEST, "a colon", "8.2.1"),
        ((*GET, (b"", b"x")), Kind.REQUEST, "without a name", "8.2.1"),
        ((*GET, (b"a", b"x\r\ny")), Kind.REQUEST, "NUL, CR or LF", "8.2.1"),
        ((*GET, (b"a", b" x")), Kind.REQUEST, "white space", "8.2.1"),
        ((*GET, (b"a", b"x\t")), Kind.REQUEST, "white space", "8.2.1"),
        ((*GET, (b"connection", b"x")), Kind.REQUEST, "connection-specific", "8.2.2"),
        ((*GET, (b"transfer-encoding", b"x")), Kind.REQUEST, "connection-specific", "8.2.2"),
        ((*GET, (b"te", b"gzip")), Kind.REQUEST, "TE other", "8.2.2"),
        (((b":method", b"CONNECT"), (b":authority", b"h"), (b":path", b"/")), Kind.REQUEST, "CONNECT with :path", "8.5"),
        (((b":method", b"CONNECT"),), Kind.REQUEST, "CONNECT without :authority", "8.5"),
        ((), Kind.RESPONSE, "without :status", "8.3.2"),
        (((b":status", b"20"),), Kind.RESPONSE, "three digits", "8.3.2"),
        (((b":status", b"101"),), Kind.RESPONSE, "101", "8.6"),
        ((*OK, (b":path", b"/")), Kind.RESPONSE, "no pseudo-header field of a response", "8.3"),
        (OK, Kind.TRAILERS, ":status in trailers", "8.1"),
        (((b":method", b"POST"), *GET[1:]), Kind.PROMISE, "not safe", "8.4"),
        ((*GET, (b"content-length", b"3")), Kind.PROMISE, "with content", "8.4"),
    ],
)
def test_malformed(pairs, kind, text, section):
    (breach, *_) = [breach for breach in found(pairs, kind) if text in breach[0]]
    assert breach[1] == f"RFC 9113 {section}"


@pytest.mark.parametrize(
    ("pairs", "text", "section"),
    [
        (((b":method", b"GET"), *GET[1:], (b":protocol", b"websocket")), "other than CONNECT", "RFC 8441 4"),
        ((*GET, (b"content-length", b"1"), (b"content-length", b"2")), "differ", "RFC 9110 8.6"),
        ((*GET, (b"content-length", b"x")), "no number", "RFC 9110 8.6"),
        (((b":method", b"G T"), *GET[1:]), "no token", "RFC 9110 9.1"),
    ],
)
def test_other_specifications(pairs, text, section):
    assert next(one for one in found(pairs) if text in one[0])[1] == section


def test_host_and_authority_that_differ_are_odd():
    breach = next(breaches(read_list((*GET, (b"host", b"other"))), Kind.REQUEST))
    assert (breach.severity, breach.text) == (Severity.WARN, ":authority and host differ")


def test_what_a_list_says():
    head = read_list((*OK, (b"content-length", b"12"), (b"content-encoding", b"gzip, BR")))
    assert (head.status, head.length, head.members(b"content-encoding")) == (200, 12, [b"gzip", b"br"])
    assert read_list(((b"content-length", b"9" * 30),)).length is None
