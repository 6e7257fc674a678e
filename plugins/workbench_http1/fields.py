"""Field trees of heads and bodies. Filter names and meanings are Wireshark's (display filter reference, `http`)."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from workbench.api import Field, View
from workbench_http1.chunked import Chunk
from workbench_http1.headers import Header, HeaderSection
from workbench_http1.limits import MAX_LENGTH_DIGITS
from workbench_http1.parts import Body, Head
from workbench_http1.phrases import PHRASES
from workbench_http1.startline import RequestLine, StatusLine, text_of
from workbench_http1.targets import TargetForm, read_target

__all__ = ["ABBREVS", "body_fields", "content_field", "head_fields", "header_field"]

_NAMED = (
    "accept accept-encoding accept-language authorization cache-control connection content-encoding content-type cookie date host "
    "last-modified location proxy-authenticate proxy-authorization referer sec-websocket-accept sec-websocket-extensions "
    "sec-websocket-key sec-websocket-protocol sec-websocket-version server set-cookie transfer-encoding upgrade user-agent "
    "www-authenticate x-forwarded-for"
)
ABBREVS: Mapping[str, str] = MappingProxyType(
    {key: "http." + key.replace("-", "_") for key in _NAMED.split()}
    | {"content-length": "http.content_length_header", "http2-settings": "http.http2_settings"}
)


def header_field(header: Header, data: bytes, abbrev: str) -> Field:
    """One field line as Wireshark shows it: the whole line under `abbrev`, its value under the header's own name if it has one."""
    content = text_of(header.content)
    value = Field("Value", *header.value, content, (), ABBREVS.get(header.key, ""))
    inner = (value, *_length(header)) if header.key == "content-length" else (value,)
    return Field(header.name_text, header.start, header.end, text_of(data[header.start : header.end]), inner, abbrev, content)


def _length(header: Header) -> Iterator[Field]:
    if header.content.isdigit() and len(header.content) <= MAX_LENGTH_DIGITS:
        end = header.value[1]
        yield Field("Content length", end, end, int(header.content), abbrev="http.content_length", generated=True)


def _request_line(start: RequestLine, shift: int, end: int) -> Field:
    def part(name: str, span: tuple[int, int], abbrev: str, children: tuple[Field, ...] = ()) -> Field:
        return Field(name, span[0] + shift, span[1] + shift, text_of(start.part(span)), children, abbrev)

    at = start.target[0]
    target = read_target(start.part(start.target), start.part(start.method))
    inner = []
    if target.form in (TargetForm.ORIGIN, TargetForm.ABSOLUTE):
        path, query = ((span[0] + at, span[1] + at) for span in (target.path, target.query))
        inner.append(part("Path", path, "http.request.uri.path"))
        if query[0] < query[1]:
            inner.append(part("Query", query, "http.request.uri.query"))
    parts = [part("Method", start.method, "http.request.method"), part("Target", start.target, "http.request.uri", tuple(inner))]
    if not start.is_simple:
        parts.append(part("Version", start.version, "http.request.version"))
    return Field("Request line", shift, end, None, tuple(parts), text=text_of(start.line))


def _status_line(start: StatusLine, shift: int, end: int) -> Field:
    def span(pair: tuple[int, int]) -> tuple[int, int]:
        return pair[0] + shift, pair[1] + shift

    version = text_of(start.part(start.version))
    parts = [Field("Version", *span(start.version), version, abbrev="http.response.version")]
    if start.code is not None:
        name = PHRASES.get(start.code, "")
        parts.append(Field("Status code", *span(start.code_at), start.code, abbrev="http.response.code", text=name))
        if name:
            parts.append(Field("Meaning", *span((start.code_at[1],) * 2), name, abbrev="http.response.code.desc", generated=True))
    if start.phrase[0] < start.phrase[1]:
        phrase = text_of(start.part(start.phrase))
        parts.append(Field("Reason phrase", *span(start.phrase), phrase, abbrev="http.response.phrase"))
    return Field("Status line", shift, end, None, tuple(parts), text=text_of(start.line))


def _full_uri(head: Head) -> Iterator[Field]:
    """The target URI of a request to a plain-text server (RFC 9112 3.3)."""
    assert isinstance(head.start, RequestLine)
    found = head.start.part(head.start.target)
    target = read_target(found, head.start.part(head.start.method))
    hosts = head.section.all("host")
    if target.form is TargetForm.ORIGIN and hosts:
        uri = "http://" + text_of(hosts[0].content) + text_of(found)
    elif target.form in (TargetForm.ABSOLUTE, TargetForm.AUTHORITY):
        uri = text_of(found)
    else:
        return
    yield Field("Full request URI", head.end, head.end, uri, abbrev="http.request.full_uri", generated=True)


def head_fields(head: Head, data: bytes) -> list[Field]:
    """Fields from the first byte of the message to the end of its header section, in wire order."""
    is_request = isinstance(head.start, RequestLine)
    fields = [Field("Empty lines", 0, head.line_start)] if head.line_start else []
    if isinstance(head.start, RequestLine):
        fields.append(_request_line(head.start, head.line_start, head.line_end))
    else:
        fields.append(_status_line(head.start, head.line_start, head.line_end))
    abbrev = "http.request.line" if is_request else "http.response.line"
    fields += [header_field(header, data, abbrev) for header in head.section.headers]
    last = head.section.headers[-1].end if head.section.headers else head.line_end
    if head.complete and last < head.end and not head.section.skipped:
        fields.append(Field("End of header section", last, head.end))
    if is_request:
        fields += _full_uri(head)
    return fields


def _chunk_field(chunk: Chunk, data: bytes) -> Field:
    name = f"Chunk of {chunk.size} bytes" if chunk.size else "Last chunk"
    children = [Field("Size", *chunk.size_at, chunk.size, abbrev="http.chunk_size")]
    if chunk.extension[0] < chunk.extension[1]:
        children.append(Field("Extensions", *chunk.extension, text_of(data[slice(*chunk.extension)])))
    if chunk.size:
        children.append(Field("Data", *chunk.data, abbrev="http.chunk_data"))
        children.append(
            Field("Boundary", chunk.data[1], chunk.end, data[chunk.data[1] : chunk.end], abbrev="http.chunk_boundary")
        )
    return Field(name, chunk.start, chunk.end, None, tuple(children))


def body_fields(body: Body, trailers: HeaderSection, data: bytes, *, plain: bool) -> list[Field]:
    """The body as it is on the wire: one field, or for a chunked one a field per chunk and trailer line.

    `plain`: no coding is to be undone, this is the content.
    """
    if body.chunked is None:
        if body.end == body.start and not body.trouble:
            return []
        name, content = f"Body of {body.length} bytes", data[body.start : body.end] or None
        return [
            Field(
                name, body.start, body.end, content if plain else None, (), "http.file_data" if plain else "", error=body.trouble
            )
        ]
    chunked = body.chunked
    children = [_chunk_field(chunk, data) for chunk in chunked.chunks]
    if chunked.last is not None:
        children.append(_chunk_field(chunked.last, data))
        children += [header_field(header, data, "http.chunked_trailer_part") for header in trailers.headers]
    name = f"Chunked body of {chunked.length} bytes in {chunked.count} chunks"
    return [Field(name, body.start, body.end, None, tuple(children), error=body.trouble)]


def content_field(views: tuple[View, ...]) -> Field:
    """`http.file_data`: the content with all codings undone, in the last view."""
    content = views[-1].data
    return Field("Content", 0, len(content), content or None, abbrev="http.file_data", view=len(views) - 1)
