"""What field sections must be: every rule with its section, and what breaks none (RFC 9114 4.2 to 4.6, RFC 9220 3)."""

import pytest

from workbench.api import Severity
from workbench_http3.qpack import UNKNOWN
from workbench_http3.rules import Kind, breaches, read_list

ASK = {b":method": b"GET", b":scheme": b"https", b":authority": b"h", b":path": b"/"}
OK = {b":status": b"200"}


def found(kind, *pairs, base=None):
    pairs = [*(base or {}).items(), *pairs]
    return [(breach.text, breach.section, breach.severity) for breach in breaches(read_list(pairs), kind)]


def without(*names, **other):
    return {name: value for name, value in ASK.items() if name.decode().strip(":") not in names} | {
        f":{name}".encode(): value for name, value in other.items()
    }


@pytest.mark.parametrize(
    ("kind", "base", "pairs"),
    [
        (Kind.REQUEST, ASK, [(b"te", b"trailers"), (b"content-length", b"5"), (b"host", b"H")]),
        (Kind.REQUEST, {b":method": b"CONNECT", b":authority": b"h:443"}, []),
        (Kind.REQUEST, without(method=b"CONNECT", protocol=b"websocket"), []),
        (Kind.REQUEST, without(method=b"OPTIONS", path=b"*"), []),
        (Kind.REQUEST, {b":method": b"GET", b":scheme": b"other", b":path": b"x"}, []),
        (Kind.RESPONSE, OK, [(b"content-length", b"5"), (b"content-length", b"5")]),
        (Kind.TRAILERS, {}, [(b"x-sum", b"1")]),
        (Kind.PROMISE, ASK, []),
        (Kind.REQUEST, ASK, [(UNKNOWN, UNKNOWN), (b"x", b"y")]),
        (Kind.RESPONSE, {}, [(UNKNOWN, UNKNOWN)]),
    ],
)
def test_nothing_to_say(kind, base, pairs):
    assert found(kind, *pairs, base=base) == []


@pytest.mark.parametrize(
    ("kind", "base", "pairs", "why", "rule"),
    [
        (Kind.REQUEST, ASK, [(b"Upper", b"")], "an upper-case letter", "RFC 9114 4.2"),
        (Kind.REQUEST, ASK, [(b"a b", b"")], "an octet that names must not have", "RFC 9114 10.3"),
        (Kind.REQUEST, ASK, [(b"", b"")], "a field without a name", "RFC 9114 10.3"),
        (Kind.REQUEST, ASK, [(b"a:b", b"")], "a colon", "RFC 9114 10.3"),
        (Kind.REQUEST, ASK, [(b"connection", b"close")], "connection-specific", "RFC 9114 4.2"),
        (Kind.RESPONSE, OK, [(b"transfer-encoding", b"chunked")], "connection-specific", "RFC 9114 4.2"),
        (Kind.REQUEST, ASK, [(b"te", b"gzip")], "TE other than", "RFC 9114 4.2"),
        (Kind.REQUEST, ASK, [(b"x", b"a\r\nb")], "NUL, CR or LF", "RFC 9114 10.3"),
        (Kind.REQUEST, ASK, [(b":path", b"/")], "a second :path", "RFC 9114 4.3"),
        (Kind.REQUEST, ASK, [(b"x", b"y"), (b":late", b"")], "':late' is no pseudo-header field", "RFC 9114 4.3"),
        (Kind.REQUEST, {b"x": b"y", **ASK}, [], ":method behind a regular field", "RFC 9114 4.3"),
        (Kind.TRAILERS, {}, [(b":status", b"200")], "in trailers", "RFC 9114 4.3"),
        (Kind.RESPONSE, OK, [(b":path", b"/")], "no pseudo-header field of a response", "RFC 9114 4.3"),
        (Kind.REQUEST, without("method"), [], "without :method", "RFC 9114 4.3.1"),
        (Kind.REQUEST, without("scheme"), [], "without :scheme", "RFC 9114 4.3.1"),
        (Kind.REQUEST, without("path"), [], "without :path", "RFC 9114 4.3.1"),
        (Kind.REQUEST, without(path=b""), [], "an empty :path", "RFC 9114 4.3.1"),
        (Kind.REQUEST, without(path=b"x"), [], "does not begin with '/'", "RFC 9114 4.3.1"),
        (Kind.REQUEST, without("authority"), [], "neither :authority nor host", "RFC 9114 4.3.1"),
        (Kind.REQUEST, without(authority=b""), [], "an empty :authority", "RFC 9114 4.3.1"),
        (Kind.REQUEST, without(authority=b"u@h"), [], "userinfo", "RFC 9114 4.3.1"),
        (Kind.REQUEST, ASK, [(b"host", b"other")], ":authority and host differ", "RFC 9114 4.3.1"),
        (Kind.REQUEST, without(method=b"G T"), [], "the method is no token", "RFC 9110 9.1"),
        (Kind.REQUEST, without(method=b"CONNECT"), [], "CONNECT with :scheme", "RFC 9114 4.4"),
        (Kind.REQUEST, {b":method": b"CONNECT"}, [], "CONNECT without :authority", "RFC 9114 4.4"),
        (Kind.REQUEST, without(protocol=b"websocket"), [], ":protocol with a method other than CONNECT", "RFC 9220 3"),
        (Kind.RESPONSE, {}, [(b"x", b"y")], "without :status", "RFC 9114 4.3.2"),
        (Kind.RESPONSE, {b":status": b"2OO"}, [], "not three digits", "RFC 9114 4.3.2"),
        (Kind.RESPONSE, {b":status": b"101"}, [], "101 Switching Protocols", "RFC 9114 4.5"),
        (Kind.RESPONSE, OK, [(b"content-length", b"5"), (b"content-length", b"6")], "that differ", "RFC 9110 8.6"),
        (Kind.REQUEST, ASK, [(b"content-length", b"-1")], "is no number", "RFC 9110 8.6"),
        (Kind.PROMISE, without("authority"), [], "a promised request without :authority", "RFC 9114 4.6"),
    ],
)
def test_every_rule(kind, base, pairs, why, rule):
    wrong = [(text, section) for text, section, severity in found(kind, *pairs, base=base) if severity is Severity.ERROR]
    assert any(why in text and section == rule for text, section in wrong)


@pytest.mark.parametrize(
    ("kind", "base", "pairs", "why"),
    [
        (Kind.REQUEST, ASK, [(b"x", b" y")], "white space"),
        (Kind.REQUEST, ASK, [(b"a(b", b"")], "is no token"),
        (Kind.PROMISE, without(method=b"POST"), [], "not safe"),
        (Kind.PROMISE, ASK, [(b"content-length", b"5")], "with content"),
    ],
)
def test_what_is_only_odd(kind, base, pairs, why):
    ((text, _, severity),) = found(kind, *pairs, base=base)
    assert why in text
    assert severity is Severity.WARN


def test_what_a_head_says():
    head = read_list([(b":status", b"200"), (b"content-length", b"12"), (b"vary", b"A, b"), (b"vary", b"c")])
    assert (head.status, head.length, head.members(b"vary"), head.first(b"vary"), head.first(b"x")) == (
        200,
        12,
        [b"a", b"b", b"c"],
        b"A, b",
        None,
    )
    assert read_list([(b":status", b"2000")]).status is None
