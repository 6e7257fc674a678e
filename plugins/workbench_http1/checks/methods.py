"""Checks about methods and the responses they get (RFC 9110 sections 8, 9 and 15, RFC 9112 section 6)."""

import re
from typing import TYPE_CHECKING

from workbench.api import Check, CheckFailed, CheckSkipped, Peer
from workbench_http1.checks.answers import Answer
from workbench_http1.checks.asking import PLAIN, Client, ask, expect, in_step, page, should

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["CHECKS"]

_HEAD = b"HEAD %(path)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n"
_IMF_FIXDATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT"
)
_ENTITY_TAG = re.compile(rb'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')

SAME_IN_HEAD = (b"content-type", b"etag", b"last-modified", b"content-encoding", b"accept-ranges")
"""Fields that do not depend on making the content."""


def _general_purpose(peer: Peer) -> None:
    for template, method in ((PLAIN, b"GET"), (_HEAD, b"HEAD")):
        answer = ask(peer.again(), template, method)
        if answer.status in (405, 501):
            raise CheckFailed(f"expected {method.decode()} to be supported, got {answer.status}")


def _head_has_no_content(peer: Peer) -> None:
    client = Client(peer)
    client.send(_HEAD)
    in_step(client, b"HEAD")


def _head_of_missing(peer: Peer) -> None:
    client = Client(peer)
    client.send(b"HEAD %(missing)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n")
    in_step(client, b"HEAD")


def _head_fields(peer: Peer) -> None:
    plain, head = page(peer), ask(peer, _HEAD, b"HEAD")
    expect(head, plain.status, of="HEAD")
    for name in SAME_IN_HEAD:
        if head.all(name) != plain.all(name):
            raise CheckFailed(f"{name.decode()} is {plain.all(name)} for GET and {head.all(name)} for HEAD")


def _head_length(peer: Peer) -> None:
    plain, head = page(peer), ask(peer, _HEAD, b"HEAD")
    length = head.get(b"content-length")
    if length is not None and int(length) != len(plain.body):
        raise CheckFailed(f"HEAD says Content-Length {int(length)}, GET gives {len(plain.body)} bytes")


def _length_is_right(peer: Peer) -> None:
    client = Client(peer)
    client.send(PLAIN)
    in_step(client, b"GET")


def _missing_is_an_answer(peer: Peer) -> None:
    client = Client(peer)
    client.send(b"GET %(missing)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n")
    in_step(client, b"GET")


def _allow(peer: Peer) -> None:
    # nothing that could change a target which does allow it: no PUT, and DELETE only of what is not there
    for method, path in ((b"POST", b"%(path)s"), (b"DELETE", b"%(missing)s")):
        request = method + b" " + path + b" HTTP/1.1\r\nHost: %(host)s\r\nContent-Length: 0\r\n\r\n"
        answer = ask(peer.again(), request, method)
        if answer.status == 405:
            if answer.get(b"allow") is None:
                raise CheckFailed(f"expected Allow in the 405 to {method.decode()}, there is none")
            return
    raise CheckSkipped("nothing was answered with 405")


def _options(peer: Peer) -> None:
    answer = ask(peer, b"OPTIONS %(path)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n", b"OPTIONS")
    if not answer.good:
        raise CheckSkipped(f"OPTIONS is answered with {answer.status}")
    if answer.get(b"allow") is None:
        raise CheckFailed("expected Allow, there is none")


def _trace(peer: Peer) -> None:
    answer = ask(peer, b"TRACE %(path)s HTTP/1.1\r\nHost: %(host)s\r\nCookie: secret=1\r\nX-Test: seen\r\n\r\n", b"TRACE")
    if not answer.good:
        raise CheckSkipped(f"TRACE is answered with {answer.status}")
    if not (answer.get(b"content-type") or b"").startswith(b"message/http") or b"X-Test: seen" not in answer.body:
        raise CheckFailed("expected the request back as message/http, got something else")


def _trace_keeps_secrets(peer: Peer) -> None:
    answer = ask(peer, b"TRACE %(path)s HTTP/1.1\r\nHost: %(host)s\r\nCookie: secret=1\r\n\r\n", b"TRACE")
    if not answer.good:
        raise CheckSkipped(f"TRACE is answered with {answer.status}")
    if b"secret=1" in answer.body:
        raise CheckFailed("expected the cookie to be left out, it is sent back")


def _no_content(peer: Peer) -> None:
    client = Client(peer)
    client.send(b"GET %(empty)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n")
    answer = in_step(client, b"GET")
    if answer.status != 204:
        raise CheckSkipped(f"the resource `empty` is answered with {answer.status}, not with 204")
    for name in (b"content-length", b"transfer-encoding"):
        if answer.get(name) is not None:
            raise CheckFailed(f"expected no {name.decode()} in a 204, there is one")


def _streamed(peer: Peer) -> None:
    client = Client(peer)
    client.send(b"GET %(stream)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n")
    answer = in_step(client, b"GET")
    if answer.framing != "chunked":
        raise CheckSkipped(f"the resource `stream` is not sent in chunks (its end: {answer.framing})")
    if not answer.body and answer.good:
        raise CheckFailed("expected content in the chunks, there is none")


def _not_chunked_in_old_version(peer: Peer) -> None:
    for path in (b"%(stream)s", b"%(path)s"):
        answer = ask(peer.again(), b"GET " + path + b" HTTP/1.0\r\nHost: %(host)s\r\n\r\n")
        if answer.get(b"transfer-encoding") is not None:
            raise CheckFailed("expected no Transfer-Encoding in an answer to HTTP/1.0, there is one")


def _date(answer: Answer, name: bytes) -> "datetime":
    from email.utils import parsedate_to_datetime  # costs every command several milliseconds

    value = answer.get(name)
    if value is None:
        raise CheckSkipped(f"the page has no {name.decode()}")
    text = value.decode("latin-1")
    if not _IMF_FIXDATE.fullmatch(text):
        raise CheckFailed(f"expected a date like Sun, 06 Nov 1994 08:49:37 GMT, got {text!r}")
    return parsedate_to_datetime(text)


def _date_form(peer: Peer) -> None:
    # a server without a clock must send none (RFC 9110 6.6.1), and nobody can see whether it has one
    _date(page(peer), b"date")


def _date_of_errors(peer: Peer) -> None:
    if page(peer).get(b"date") is None:
        raise CheckSkipped("the server has no clock")
    _date_present(ask(peer, b"GET %(missing)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n"))


def _date_present(answer: Answer) -> None:
    if answer.status < 500 and answer.get(b"date") is None:
        raise CheckFailed(f"expected Date in every answer below 500, there is none in a {answer.status}")


def _last_modified(peer: Peer) -> None:
    answer = page(peer)
    if _date(answer, b"last-modified") > _date(answer, b"date"):
        raise CheckFailed("Last-Modified lies in the future of Date")


def _entity_tag(peer: Peer) -> None:
    tag = page(peer).get(b"etag")
    if tag is None:
        raise CheckSkipped("the page has no ETag")
    if not _ENTITY_TAG.fullmatch(tag):
        raise CheckFailed(f'expected an entity tag like "abc" or W/"abc", got {tag!r}')


CHECKS = (
    Check(name="get-and-head", section="RFC 9110 9.1", rule="GET and HEAD are supported", run=_general_purpose),
    Check(name="head-no-content", section="RFC 9110 9.3.2", rule="The answer to HEAD has no content", run=_head_has_no_content),
    Check(
        name="head-no-content-of-errors",
        section="RFC 9110 9.3.2",
        rule="The answer to HEAD has no content, whatever its status",
        run=_head_of_missing,
    ),
    should("head-fields", "RFC 9110 9.3.2", "HEAD is answered with the same fields as GET", _head_fields),
    Check(
        name="head-length",
        section="RFC 9110 8.6",
        rule="Content-Length in the answer to HEAD is that of GET",
        run=_head_length,
    ),
    Check(
        name="response-length",
        section="RFC 9110 8.6",
        rule="A response is as long as it says: the next one follows where it ends",
        run=_length_is_right,
    ),
    Check(
        name="response-length-of-errors",
        section="RFC 9110 8.6",
        rule="An error, too, is as long as it says",
        run=_missing_is_an_answer,
    ),
    Check(
        name="response-204",
        section="RFC 9110 8.6",
        rule="204 has no content, no Content-Length and no Transfer-Encoding",
        run=_no_content,
    ),
    Check(name="response-chunked", section="RFC 9112 7.1", rule="Chunks of a response are well formed", run=_streamed),
    Check(
        name="response-to-http-1-0",
        section="RFC 9112 6.1",
        rule="An answer to HTTP/1.0 has no Transfer-Encoding",
        run=_not_chunked_in_old_version,
    ),
    Check(name="date-form", section="RFC 9110 5.6.7", rule="Date is sent in the one preferred form", run=_date_form),
    Check(
        name="date-of-errors",
        section="RFC 9110 6.6.1",
        rule="A server with a clock sends Date in all 2xx, 3xx and 4xx responses",
        run=_date_of_errors,
    ),
    Check(
        name="last-modified-not-later",
        section="RFC 9110 8.8.2.1",
        rule="Last-Modified is not later than Date",
        run=_last_modified,
    ),
    Check(name="etag-form", section="RFC 9110 8.8.3", rule="An entity tag stands in quotation marks", run=_entity_tag),
    Check(name="allow-in-405", section="RFC 9110 15.5.6", rule="405 comes with Allow", run=_allow),
    should("options-allow", "RFC 9110 9.3.7", "A successful answer to OPTIONS tells what is allowed", _options),
    should("trace-reflects", "RFC 9110 9.3.8", "TRACE, where it is supported, sends the request back", _trace),
    should("trace-keeps-secrets", "RFC 9110 9.3.8", "TRACE leaves out cookies and credentials", _trace_keeps_secrets),
)
