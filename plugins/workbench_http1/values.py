"""The value of a message: what a fuzzer or an editor changes, and the way back to bytes.

A value is made of dicts, lists, bytes and ints only:

    kind      "request" or "response"
    prefix    empty lines before the start line
    method, target, version | version, code, phrase
    headers   [{"name", "separator", "value", "ending"}, …]; joined they are the field lines
    framing   "none", "length", "chunked" or "close"
    body      bytes                                             (not chunked)
    chunks    [{"size", "extension", "data"}, …]; last; trailers  (chunked)

`encode` repairs what no longer fits: a Content-Length or chunk size that still says the truth keeps its spelling, any other is written
anew.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.api import Message
from workbench_http1.chunked import Chunk
from workbench_http1.framing import FramingKind
from workbench_http1.headers import Header, HeaderSection
from workbench_http1.parts import Body, Head
from workbench_http1.startline import RequestLine

__all__ = ["encode", "value_of"]

Value = dict[str, Any]


def _line_value(header: Header, data: bytes) -> Value:
    (start, stop), (begin, end) = header.name, header.value
    return {"name": data[start:stop], "separator": data[stop:begin], "value": data[begin:end], "ending": data[end : header.end]}


def _chunk_value(chunk: Chunk, data: bytes) -> Value:
    size = data[chunk.start : chunk.size_at[1]]
    return {"size": size, "extension": data[chunk.size_at[1] : chunk.extension[1]], "data": data[slice(*chunk.data)]}


def value_of(head: Head, body: Body, trailers: HeaderSection, data: bytes) -> Value:
    """The value of a complete message whose kept bytes are `data`."""
    start = head.start
    value: Value = {"kind": "request" if isinstance(start, RequestLine) else "response", "prefix": data[: head.line_start]}
    if isinstance(start, RequestLine):
        value |= {"method": start.part(start.method), "target": start.part(start.target), "version": start.part(start.version)}
    else:
        value |= {"version": start.part(start.version), "code": start.code or 0, "phrase": start.part(start.phrase)}
    value["headers"] = [_line_value(header, data) for header in head.section.headers]
    value["framing"] = body.framing.kind.value
    if body.chunked is None:
        value["body"] = data[body.start : body.end]
        return value
    value["chunks"] = [_chunk_value(chunk, data) for chunk in body.chunked.chunks]
    if body.chunked.last is not None:
        value["last"] = _chunk_value(body.chunked.last, data)
    value["trailers"] = [_line_value(header, data) for header in trailers.headers]
    return value


def _start_line(value: Mapping[str, Any]) -> bytes:
    if value["kind"] == "request":
        return b" ".join(part for part in (value["method"], value["target"], value["version"]) if part) + b"\r\n"
    return b"%b %03d %b\r\n" % (value["version"], value["code"], value["phrase"])


def _fields(lines: Sequence[Mapping[str, bytes]]) -> bytes:
    return b"".join(line["name"] + line["separator"] + line["value"] + line["ending"] for line in lines)


def _says(text: bytes, base: int, number: int) -> bool:
    try:
        return int(text.decode("latin-1"), base) == number
    except ValueError:
        return False


def _repaired(lines: Sequence[Mapping[str, bytes]], length: int) -> list[Mapping[str, bytes]]:
    """The header lines with the first Content-Length made true; the others stay as they are."""
    repaired = list(lines)
    for place, line in enumerate(repaired):
        if line["name"].lower() == b"content-length":
            if not _says(line["value"], 10, length):
                repaired[place] = {**line, "value": str(length).encode()}
            return repaired
    return repaired


def _chunk(chunk: Mapping[str, bytes]) -> bytes:
    size, data = chunk["size"], chunk["data"]
    if not _says(size, 16, len(data)):
        size = b"%x" % len(data)
    return size + chunk["extension"] + b"\r\n" + data + b"\r\n"


def encode(message: Message) -> bytes:
    """Bytes of `message` from its value, Content-Length and chunk sizes made right. Raises `ValueError` where there is no value."""
    value: Value | None = message.value
    if value is None:
        raise ValueError("an incomplete message has no value to build from")
    head: bytes = value["prefix"] + _start_line(value)
    if value["kind"] == "request" and not value["version"] and not value["headers"]:
        return head
    headers = value["headers"]
    body: bytes
    if value["framing"] == FramingKind.CHUNKED.value:
        last = value["last"]
        body = b"".join(_chunk(chunk) for chunk in value["chunks"])
        body += last["size"] + last["extension"] + b"\r\n" + _fields(value["trailers"]) + b"\r\n"
    else:
        body = value["body"]
    if value["framing"] == FramingKind.LENGTH.value:
        headers = _repaired(headers, len(body))
    return head + _fields(headers) + b"\r\n" + body
