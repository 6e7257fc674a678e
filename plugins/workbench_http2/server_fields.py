"""Header fields: taking a block apart, and judging whether the request in it is well-formed (RFC 9113 section 8).

h2 is given empty blocks only: it answers a malformed request by ending the connection, and a broken block with PROTOCOL_ERROR, where
the RFC has a stream error and COMPRESSION_ERROR. Judging here costs less time, too.
"""

import re
from typing import TYPE_CHECKING

from workbench_http2.server_faults import ConnectionFault, StreamFault
from workbench_http2.server_frames import ErrorCode

if TYPE_CHECKING:
    from hpack import Decoder

__all__ = ["MAX_FIELDS", "MAX_UNPACKED", "Fields", "decode_block", "fields_size", "judge_request", "judge_trailers"]

Fields = tuple[tuple[bytes, bytes], ...]

MAX_FIELDS = 32_768
"""Bytes of a header list as RFC 9113 6.5.2 counts them (32 more per field), 431 beyond: as much as the server for HTTP/1.1 takes."""

MAX_UNPACKED = 262_144
"""Bytes that a block may unpack to. Beyond MAX_FIELDS it is still unpacked, as the dynamic table belongs to the whole connection; a
block that goes beyond this is meant to hurt."""

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_BAD_VALUE = re.compile(rb"[\0\r\n]|^[ \t]|[ \t]$")
_CONNECTION_FIELDS = frozenset((b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade"))
_KNOWN = frozenset((b":method", b":scheme", b":authority", b":path", b":protocol"))
_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*")
_PATH = re.compile(rb"[!-~\x80-\xff]+")
_LENGTH = re.compile(rb"[0-9]{1,18}")


def decode_block(decoder: "Decoder", block: bytes) -> Fields:
    """The fields of a complete block in order; raises COMPRESSION_ERROR (RFC 9113 4.3), ENHANCE_YOUR_CALM for a bomb."""
    from hpack.exceptions import HPACKError, OversizedHeaderListError

    try:
        return tuple((bytes(name), bytes(value)) for name, value in decoder.decode(block, raw=True))
    except OversizedHeaderListError as error:
        raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, "the header block unpacks to too much") from error
    except HPACKError as error:
        raise ConnectionFault(ErrorCode.COMPRESSION_ERROR, str(error)) from error


def fields_size(fields: Fields) -> int:
    """The size that SETTINGS_MAX_HEADER_LIST_SIZE limits."""
    return sum(len(name) + len(value) + 32 for name, value in fields)


def judge_request(stream: int, fields: Fields) -> dict[bytes, bytes]:
    """The pseudo-header fields of a well-formed request; raises a stream error for a malformed one (RFC 9113 8.1.1)."""
    pseudo: dict[bytes, bytes] = {}
    regular = False
    host = length = None
    for name, value in fields:
        if name.startswith(b":"):
            if regular:
                raise _malformed(stream, "a pseudo-header field behind a regular one (RFC 9113 8.3)")
            if name not in _KNOWN or name in pseudo:
                raise _malformed(stream, f"the pseudo-header field {_text(name)} is unknown or comes twice (RFC 9113 8.3)")
            pseudo[name] = value
            _judge_value(stream, name, value)
            continue
        regular = True
        _judge_field(stream, name, value)
        if name == b"content-length":
            if _LENGTH.fullmatch(value) is None or length not in (None, int(value)):
                raise _malformed(stream, "no length, or several (RFC 9110 8.6)")
            length = int(value)
        elif name == b"host":
            if host is not None:
                raise _malformed(stream, "several Host fields (RFC 9110 7.2)")
            host = value
    _judge_target(stream, pseudo, host)
    return pseudo


def judge_trailers(stream: int, fields: Fields) -> None:
    """Raises a stream error where a trailer section has what only a header section may (RFC 9113 8.1)."""
    for name, value in fields:
        if name.startswith(b":"):
            raise _malformed(stream, "a pseudo-header field in a trailer section (RFC 9113 8.1)")
        _judge_field(stream, name, value)


def _judge_field(stream: int, name: bytes, value: bytes) -> None:
    if _NAME.fullmatch(name) is None:
        raise _malformed(stream, f"the field name {_text(name)} has upper-case or forbidden characters (RFC 9113 8.2.1)")
    if name in _CONNECTION_FIELDS or (name == b"te" and value.lower() != b"trailers"):
        raise _malformed(stream, f"{_text(name)} is about a connection of HTTP/1.1 (RFC 9113 8.2.2)")
    _judge_value(stream, name, value)


def _judge_value(stream: int, name: bytes, value: bytes) -> None:
    if _BAD_VALUE.search(value) is not None:
        raise _malformed(stream, f"the value of {_text(name)} has forbidden characters (RFC 9113 8.2.1)")


def _judge_target(stream: int, pseudo: dict[bytes, bytes], host: bytes | None) -> None:
    method, authority = pseudo.get(b":method", b""), pseudo.get(b":authority")
    if _METHOD.fullmatch(method) is None:
        raise _malformed(stream, "no method (RFC 9113 8.3.1)")
    if b":protocol" in pseudo and method != b"CONNECT":
        raise _malformed(stream, ":protocol belongs to CONNECT (RFC 8441 4)")
    if method == b"CONNECT" and b":protocol" not in pseudo:
        if b":scheme" in pseudo or b":path" in pseudo or not authority:
            raise _malformed(stream, "CONNECT has an authority, no scheme and no path (RFC 9113 8.5)")
        return
    if _SCHEME.fullmatch(pseudo.get(b":scheme", b"")) is None:
        raise _malformed(stream, "no scheme (RFC 9113 8.3.1)")
    path = pseudo.get(b":path", b"")
    if _PATH.fullmatch(path) is None or not (path.startswith(b"/") or (path == b"*" and method == b"OPTIONS")):
        raise _malformed(stream, "the path is empty or begins with no slash (RFC 9113 8.3.1)")
    if authority is not None and (b"@" in authority or (host is not None and host.lower() != authority.lower())):
        raise _malformed(stream, "an authority with user information, or another than in Host (RFC 9113 8.3.1)")


def _malformed(stream: int, text: str) -> StreamFault:
    return StreamFault(stream, ErrorCode.PROTOCOL_ERROR, text)


def _text(name: bytes) -> str:
    return repr(name[:40].decode("latin-1"))
