"""Judging whether the fields of a request make a well-formed one (RFC 9114 4.1.2, 4.2, 4.3)."""

import re

from workbench_http3.server_faults import StreamFault
from workbench_http3.server_frames import ErrorCode

__all__ = ["MAX_FIELDS", "Fields", "judge_request", "judge_trailers"]

Fields = tuple[tuple[bytes, bytes], ...]

MAX_FIELDS = 32_768
"""Bytes of a field section as RFC 9114 4.2.2 counts them (32 more per field), 431 beyond: as much as the server for HTTP/1.1 takes."""

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_BAD_VALUE = re.compile(rb"[\0\r\n]|^[ \t]|[ \t]$")
_CONNECTION_FIELDS = frozenset((b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade"))
_KNOWN = frozenset((b":method", b":scheme", b":authority", b":path", b":protocol"))
_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*")
_PATH = re.compile(rb"[!-~\x80-\xff]+")
_LENGTH = re.compile(rb"[0-9]{1,18}")


def judge_request(fields: Fields) -> dict[bytes, bytes]:
    """The pseudo-header fields of a well-formed request; raises a stream error for a malformed one (RFC 9114 4.1.2)."""
    pseudo: dict[bytes, bytes] = {}
    regular = False
    host = length = None
    for name, value in fields:
        if name.startswith(b":"):
            if regular:
                raise _malformed("a pseudo-header field behind a regular one (RFC 9114 4.3)")
            if name not in _KNOWN or name in pseudo:
                raise _malformed(f"the pseudo-header field {_text(name)} is unknown or comes twice (RFC 9114 4.3)")
            pseudo[name] = value
            _judge_value(name, value)
            continue
        regular = True
        _judge_field(name, value)
        if name == b"content-length":
            if _LENGTH.fullmatch(value) is None or length not in (None, int(value)):
                raise _malformed("no length, or several (RFC 9110 8.6)")
            length = int(value)
        elif name == b"host":
            if host is not None:
                raise _malformed("several Host fields (RFC 9110 7.2)")
            host = value
    _judge_target(pseudo, host)
    return pseudo


def judge_trailers(fields: Fields) -> None:
    """Raises a stream error where a trailer section has what only a header section may (RFC 9114 4.3)."""
    for name, value in fields:
        if name.startswith(b":"):
            raise _malformed("a pseudo-header field in a trailer section (RFC 9114 4.3)")
        _judge_field(name, value)


def _judge_field(name: bytes, value: bytes) -> None:
    if _NAME.fullmatch(name) is None:
        raise _malformed(f"the field name {_text(name)} has upper-case or forbidden characters (RFC 9114 4.2)")
    if name in _CONNECTION_FIELDS or (name == b"te" and value.lower() != b"trailers"):
        raise _malformed(f"{_text(name)} is about a connection of HTTP/1.1 (RFC 9114 4.2)")
    _judge_value(name, value)


def _judge_value(name: bytes, value: bytes) -> None:
    if _BAD_VALUE.search(value) is not None:
        raise _malformed(f"the value of {_text(name)} has forbidden characters (RFC 9114 10.3)")


def _judge_target(pseudo: dict[bytes, bytes], host: bytes | None) -> None:
    method, authority = pseudo.get(b":method", b""), pseudo.get(b":authority")
    if _METHOD.fullmatch(method) is None:
        raise _malformed("no method (RFC 9114 4.3.1)")
    if b":protocol" in pseudo and method != b"CONNECT":
        raise _malformed(":protocol belongs to CONNECT (RFC 9220 3)")
    if method == b"CONNECT" and b":protocol" not in pseudo:
        if b":scheme" in pseudo or b":path" in pseudo or not authority:
            raise _malformed("CONNECT has an authority, no scheme and no path (RFC 9114 4.4)")
        return
    if _SCHEME.fullmatch(pseudo.get(b":scheme", b"")) is None:
        raise _malformed("no scheme (RFC 9114 4.3.1)")
    path = pseudo.get(b":path", b"")
    if _PATH.fullmatch(path) is None or not (path.startswith(b"/") or (path == b"*" and method == b"OPTIONS")):
        raise _malformed("the path is empty or begins with no slash (RFC 9114 4.3.1)")
    _judge_authority(pseudo[b":scheme"].lower(), authority, host)


def _judge_authority(scheme: bytes, authority: bytes | None, host: bytes | None) -> None:
    """RFC 9114 4.3.1: http and https have an authority, in :authority or in Host, and both say the same."""
    given = [value for value in (authority, host) if value is not None]
    if scheme in (b"http", b"https") and not (given and all(given)):
        raise _malformed("no authority, or an empty one (RFC 9114 4.3.1)")
    if authority is not None and (b"@" in authority or (host is not None and host.lower() != authority.lower())):
        raise _malformed("an authority with user information, or another than in Host (RFC 9114 4.3.1)")


def _malformed(text: str) -> StreamFault:
    return StreamFault(ErrorCode.H3_MESSAGE_ERROR, text)


def _text(name: bytes) -> str:
    return repr(name[:40].decode("latin-1"))
