"""What a header section must and must not say, apart from framing: Host, target forms, Expect, Upgrade, trailers."""

import re
from collections.abc import Iterator

from workbench.api import Note, Severity
from workbench_http1.headers import Header, HeaderSection
from workbench_http1.startline import RequestLine, StatusLine
from workbench_http1.targets import TargetForm, read_target

__all__ = ["HOST", "request_notes", "response_notes", "trailer_notes", "upgrade_of"]

HOST = re.compile(rb"(?:\[[0-9A-Fa-fvV:.]+\]|[A-Za-z0-9\-._~%!$&'()*+,;=]*)(?::[0-9]*)?")
"""What a Host field may say (RFC 9110 7.2), as far as a pattern can tell."""
_FORBIDDEN_TRAILERS = frozenset(("content-length", "transfer-encoding", "host", "content-encoding", "content-type", "trailer"))


def _at(severity: Severity, text: str, header: Header, section: str) -> Note:
    return Note(severity, text, header.start, header.end, section)


def upgrade_of(section: HeaderSection) -> bytes:
    """The first protocol that the Upgrade field offers or names, lower case, if Connection lists it (RFC 9110 7.8); else b""."""
    offered = section.members("upgrade")
    listed = any(member.lower() == b"upgrade" for member in section.members("connection"))
    return offered[0].lower() if offered and listed else b""


def _host_notes(start: RequestLine, section: HeaderSection, shift: int) -> Iterator[Note]:
    lines = section.all("host")
    if not lines and start.part(start.version) == b"HTTP/1.1":
        span = (shift, shift + len(start.line))
        yield Note(Severity.ERROR, "a request of HTTP/1.1 without Host", *span, "RFC 9112 3.2")
    if len(lines) > 1:
        yield _at(Severity.ERROR, f"{len(lines)} Host lines: recipients differ in which one they obey", lines[1], "RFC 9112 3.2")
    for header in lines[:1]:
        if not HOST.fullmatch(header.content):
            yield _at(Severity.ERROR, "the Host value is not uri-host [ ':' port ]", header, "RFC 9112 3.2")


def _target_notes(start: RequestLine, section: HeaderSection, shift: int) -> Iterator[Note]:
    method, found = start.part(start.method), start.part(start.target)
    target = read_target(found, method)
    span = (start.target[0] + shift, start.target[1] + shift)
    if method == b"CONNECT" and target.form is not TargetForm.AUTHORITY:
        yield Note(Severity.ERROR, "the target of CONNECT is not host ':' port", *span, "RFC 9112 3.2.3")
    elif target.form is TargetForm.ASTERISK and method != b"OPTIONS":
        yield Note(Severity.WARN, "the target '*' is for OPTIONS only", *span, "RFC 9112 3.2.4")
    elif target.form is TargetForm.OTHER and found:
        yield Note(Severity.WARN, "the target is neither a path nor an absolute URI", *span, "RFC 9112 3.2")
    if b"#" in found:
        yield Note(Severity.WARN, "a fragment in the request target", *span, "RFC 9112 3.2")
    hosts = section.all("host")
    if target.form is TargetForm.ABSOLUTE and hosts and _plain(hosts[0].content) != _plain(target.authority.rpartition(b"@")[2]):
        text = "Host differs from the absolute target: the target counts, but some recipients obey Host"
        yield _at(Severity.WARN, text, hosts[0], "RFC 9112 3.2.2")


def _plain(authority: bytes) -> bytes:
    return authority.lower().removesuffix(b":80").removesuffix(b":")


def request_notes(start: RequestLine, section: HeaderSection, shift: int) -> Iterator[Note]:
    """Notes on a request; its start line begins at `shift` of the message."""
    yield from _host_notes(start, section, shift)
    yield from _target_notes(start, section, shift)
    for header in section.all("expect"):
        if header.content.lower() != b"100-continue":
            yield _at(Severity.WARN, "an expectation other than 100-continue", header, "RFC 9110 10.1.1")
    for header in section.all("upgrade")[:1]:
        if not upgrade_of(section):
            yield _at(Severity.WARN, "Upgrade without 'Connection: upgrade'", header, "RFC 9110 7.8")


def response_notes(start: StatusLine, section: HeaderSection) -> Iterator[Note]:
    """Notes on a response."""
    if start.code == 101:
        for header in section.all("upgrade")[1:]:
            yield _at(Severity.NOTE, "a second Upgrade line", header, "RFC 9110 7.8")
        if not section.all("upgrade"):
            span = (0, section.headers[0].start if section.headers else 0)
            yield Note(Severity.WARN, "101 without Upgrade: nobody says to which protocol", *span, "RFC 9110 15.2.2")


def trailer_notes(section: HeaderSection) -> Iterator[Note]:
    """Notes on a trailer section: fields that are needed before the body must not come behind it."""
    for header in section.headers:
        if header.key in _FORBIDDEN_TRAILERS:
            yield _at(Severity.WARN, f"{header.name_text} in the trailer section", header, "RFC 9110 6.5.1")
