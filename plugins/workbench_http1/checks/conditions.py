"""Checks about conditional requests (RFC 9110 section 13). They need a page with an entity tag or a date of its last change."""

from collections.abc import Callable

from workbench.api import Check, CheckFailed, CheckSkipped, Peer
from workbench_http1.checks.answers import Answer
from workbench_http1.checks.asking import Client, ask, expect, in_step, page, should

__all__ = ["CHECKS"]

_LONG_AGO = b"Sat, 01 Jan 2000 00:00:00 GMT"
_FUTURE = b"Fri, 01 Jan 2100 00:00:00 GMT"


def tag_of(answer: Answer) -> bytes:
    """The strong entity tag of the page, with its quotation marks; skips the check where there is none."""
    tag = answer.get(b"etag")
    if tag is None or tag.startswith(b"W/"):
        raise CheckSkipped("the page has no strong ETag")
    return tag


def _opaque(answer: Answer) -> bytes:
    tag = answer.get(b"etag")
    if tag is None:
        raise CheckSkipped("the page has no ETag")
    return tag.removeprefix(b"W/")


def _changed(answer: Answer) -> bytes:
    changed = answer.get(b"last-modified")
    if changed is None:
        raise CheckSkipped("the page has no Last-Modified")
    return changed


def literal(value: bytes) -> bytes:
    """`value` for a template: percent signs stay what they are."""
    return value.replace(b"%", b"%%")


def asked(fields: Callable[[Answer], bytes], *statuses: int, method: bytes = b"GET") -> Callable[[Peer], None]:
    """A check: with these field lines, made from the plain answer, the page is answered with one of the statuses (0: the plain one's)."""

    def run(peer: Peer) -> None:
        plain = page(peer)
        lines = literal(fields(plain))
        client = Client(peer)
        client.send(method + b" %(path)s HTTP/1.1\r\nHost: %(host)s\r\n" + lines + b"\r\n")
        wanted = [status or plain.status for status in statuses]
        expect(in_step(client, method), *wanted, of=lines.split(b"\r\n")[0].decode("latin-1"))

    return run


def _same_tag(peer: Peer) -> None:
    plain = page(peer)
    tag = _opaque(plain)
    answer = ask(peer, b"GET %(path)s HTTP/1.1\r\nHost: %(host)s\r\nIf-None-Match: " + literal(tag) + b"\r\n\r\n")
    for name in (b"etag", b"vary", b"cache-control", b"content-location", b"expires"):
        if answer.status == 304 and plain.get(name) is not None and answer.get(name) is None:
            raise CheckFailed(f"expected {name.decode()} in the 304 as in the 200, it is missing")
    expect(answer, 304)


def _only_for_success(peer: Peer) -> None:
    plain = ask(peer.again(), b"GET %(missing)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n")
    if not plain.refused:
        raise CheckSkipped(f"the resource `missing` is answered with {plain.status}")
    answer = ask(peer, b'GET %(missing)s HTTP/1.1\r\nHost: %(host)s\r\nIf-Match: "x"\r\nIf-None-Match: *\r\n\r\n')
    expect(answer, plain.status, of="a missing resource, whatever the conditions")


CHECKS = (
    Check(
        name="if-none-match",
        section="RFC 9110 13.1.2",
        rule="GET with If-None-Match of the present entity tag is answered with 304",
        run=asked(lambda plain: b"If-None-Match: " + _opaque(plain) + b"\r\n", 304),
    ),
    Check(
        name="if-none-match-head",
        section="RFC 9110 13.1.2",
        rule="HEAD with If-None-Match of the present entity tag is answered with 304",
        run=asked(lambda plain: b"If-None-Match: " + _opaque(plain) + b"\r\n", 304, method=b"HEAD"),
    ),
    Check(
        name="if-none-match-any",
        section="RFC 9110 13.1.2",
        rule="If-None-Match: * is false where there is a representation: 304",
        run=asked(lambda plain: _opaque(plain) and b"If-None-Match: *\r\n", 304),
    ),
    Check(
        name="if-none-match-list",
        section="RFC 9110 13.1.2",
        rule="If-None-Match is a list of entity tags, one of which may be the present one",
        run=asked(lambda plain: b'If-None-Match: "x", ' + _opaque(plain) + b', W/"y"\r\n', 304),
    ),
    Check(
        name="if-none-match-weak",
        section="RFC 9110 13.1.2",
        rule="If-None-Match compares weakly: W/ in front does not matter",
        run=asked(lambda plain: b"If-None-Match: W/" + _opaque(plain) + b"\r\n", 304),
    ),
    Check(
        name="if-none-match-other",
        section="RFC 9110 13.1.2",
        rule="With another entity tag the representation is sent",
        run=asked(lambda plain: _opaque(plain) and b'If-None-Match: "another"\r\n', 0),
    ),
    Check(
        name="if-none-match-before-date",
        section="RFC 9110 13.1.3",
        rule="If-Modified-Since is ignored where there is If-None-Match",
        run=asked(lambda plain: _opaque(plain) and b'If-None-Match: "another"\r\nIf-Modified-Since: ' + _FUTURE + b"\r\n", 0),
    ),
    Check(
        name="not-modified-fields",
        section="RFC 9110 15.4.5",
        rule="304 has the ETag, Vary and cache fields that 200 would have",
        run=_same_tag,
    ),
    should(
        "if-modified-since",
        "RFC 9110 13.1.3",
        "If-Modified-Since of the date of the last change is answered with 304",
        asked(lambda plain: b"If-Modified-Since: " + _changed(plain) + b"\r\n", 304),
    ),
    Check(
        name="if-modified-since-invalid",
        section="RFC 9110 13.1.3",
        rule="If-Modified-Since that is no date is ignored",
        run=asked(lambda _: b"If-Modified-Since: yesterday\r\n", 0),
    ),
    Check(
        name="if-match-other",
        section="RFC 9110 13.1.1",
        rule="If-Match of another entity tag is answered with 412",
        run=asked(lambda plain: _opaque(plain) and b'If-Match: "another"\r\n', 412),
    ),
    Check(
        name="if-match",
        section="RFC 9110 13.1.1",
        rule="If-Match of the present entity tag is true",
        run=asked(lambda plain: b"If-Match: " + tag_of(plain) + b"\r\n", 0),
    ),
    Check(
        name="if-match-any",
        section="RFC 9110 13.1.1",
        rule="If-Match: * is true where there is a representation",
        run=asked(lambda plain: _opaque(plain) and b"If-Match: *\r\n", 0),
    ),
    Check(
        name="if-match-weak",
        section="RFC 9110 13.1.1",
        rule="If-Match compares strongly: a weak tag is not the present one",
        run=asked(lambda plain: b"If-Match: W/" + tag_of(plain) + b"\r\n", 412),
    ),
    Check(
        name="if-unmodified-since",
        section="RFC 9110 13.1.4",
        rule="If-Unmodified-Since of a date before the last change is answered with 412",
        run=asked(lambda plain: _changed(plain) and b"If-Unmodified-Since: " + _LONG_AGO + b"\r\n", 412),
    ),
    Check(
        name="if-match-before-date",
        section="RFC 9110 13.1.4",
        rule="If-Unmodified-Since is ignored where there is If-Match",
        run=asked(lambda plain: b"If-Match: " + tag_of(plain) + b"\r\nIf-Unmodified-Since: " + _LONG_AGO + b"\r\n", 0),
    ),
    Check(
        name="conditions-only-for-success",
        section="RFC 9110 13.2.1",
        rule="Conditions are ignored where the answer without them would be an error",
        run=_only_for_success,
    ),
)
