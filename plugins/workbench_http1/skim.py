"""All messages of a whole conversation as JSON text: the fast lane of `workbench dissect --format ndjson`.

For plain HTTP as most of it is: requests for a path up, responses down, lengths or chunks, perhaps a switch of protocols after the
first request. Anything else, and anything the decoder would remark on, is left to the decoder.
"""

import re
from json.encoder import encode_basestring_ascii as quoted
from typing import NamedTuple

from workbench.api import Dialogue, Direction, Skim, SkimmedSide
from workbench_http1.handover import SUCCESSORS, facts_of, request_facts
from workbench_http1.headers import parse_headers
from workbench_http1.limits import MAX_CHUNK_FIELDS, MAX_HEADER_SECTION
from workbench_http1.parts import Head
from workbench_http1.rules import upgrade_of
from workbench_http1.skim_lines import OddError, read_section, read_status
from workbench_http1.startline import maybe_request_line, maybe_status_line

__all__ = ["skim"]

MOST_BODY = 4 * 1024 * 1024
"""Bytes of a body that become one line of text; the decoder's own limit is four times that."""

_REQUEST = re.compile(rb"([A-Z][A-Z-]*) (/[!-~]*) (HTTP/1\.[01])\r\n")
_CHUNK = re.compile(rb"([1-9A-Fa-f][0-9A-Fa-f]{0,6})\r\n")
_UP, _DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
_WORDLESS = (b"CONNECT", b"PRI")
_UPWARDS = '"protocol":"http1","direction":"to_server","label":"request","summary":"'
_DOWNWARDS = '"protocol":"http1","direction":"to_client","label":'
_CLOSING = '},"notes":[]'


class _Asked(NamedTuple):
    """What a response must know of its request."""

    method: bytes
    end: int
    switching: bool


def skim(dialogue: Dialogue) -> Skim | None:
    """See `workbench.api.Skimmer`."""
    up, down = dialogue.data
    try:
        requests, asked = _requests(up)
        responses, switch = _responses(dialogue, down, asked)
    except OddError:
        return None
    sides = requests, responses
    if switch is None:
        return Skim(sides) if not any(request.switching for request in asked) else None
    return _handover(dialogue, sides, asked[0].end, switch)


def _requests(data: bytes) -> tuple[SkimmedSide, list[_Asked]]:
    """One pass over the client's bytes; stops behind a request that asks for another protocol."""
    texts: list[str] = []
    asked: list[_Asked] = []
    start, size = 0, len(data)
    find, match_line, section_of = data.find, _REQUEST.match, read_section
    while start < size:
        match = match_line(data, start)
        head = find(b"\r\n\r\n", start, start + MAX_HEADER_SECTION)
        if match is None or head < 0:
            raise OddError
        method, target, version = match.groups()
        lines, named, length, (chunked, host, _, encoded, switching) = section_of(
            "http.request.line", data[match.end() - 2 : head + 2]
        )
        if method in _WORDLESS or b"#" in target or (chunked if version == b"HTTP/1.0" else host is None):
            raise OddError
        end, body = _body(data, head + 4, length, chunked, encoded)
        text, word = target.decode(), method.decode()
        path, _, query = text.partition("?")
        shown = version.decode()
        if '"' in text or "\\" in text:
            uri, path, query = quoted(text)[1:-1], quoted(path)[1:-1], quoted(query)[1:-1]
        else:
            uri = text
        rest = f'","http.request.uri.query":"{query}' if query else ""
        full = f',"http.request.full_uri":"http://{host}{uri}"' if host is not None else ""
        texts.append(
            f'{_UPWARDS}{word} {uri} {shown}","fields":{{"http.request.method":"{word}","http.request.uri":"{uri}",'
            f'"http.request.uri.path":"{path}{rest}","http.request.version":"{shown}"{lines}{named}{full}{body},'
            f'"http.request":true,"http.request_number":{len(texts) + 1}{_CLOSING}'
        )
        asked.append(_Asked(method, end, switching))
        start = end
        if switching:
            if len(asked) > 1:
                raise OddError
            break
    return SkimmedSide([request.end for request in asked], texts), asked


def _responses(dialogue: Dialogue, data: bytes, asked: list[_Asked]) -> tuple[SkimmedSide, tuple[int, int] | None]:
    """One pass over the server's bytes; a response that switches protocols ends it, whose span is given."""
    ends: list[int] = []
    texts: list[str] = []
    careful = any(request.method == b"HEAD" or request.switching for request in asked)
    start, size, number = 0, len(data), 1
    find, section_of, status_of = data.find, read_section, read_status
    while start < size:
        line = find(b"\r\n", start)
        head = find(b"\r\n\r\n", start, start + MAX_HEADER_SECTION)
        if line < 0 or head < 0 or number > len(asked):
            raise OddError
        code, text, fields = status_of(data[start:line])
        lines, named, length, (chunked, _, kind, encoded, switching) = section_of("http.response.line", data[line : head + 2])
        request = asked[number - 1]
        # who answers before it was asked would be read in another way
        if careful and dialogue.packet_at(_UP, request.end) >= dialogue.packet_at(_DOWN, head + 4):
            raise OddError
        end, body, label = head + 4, "", '"response"'
        if code < 200 or code == 204:
            if length is not None or chunked or (code == 101) != (switching and request.switching):
                raise OddError
            label = '"switch"' if code == 101 else label if code == 204 else '"interim"'
        elif code != 304 and request.method != b"HEAD":
            if (length is None and not chunked) or (chunked and text.startswith("HTTP/1.0")):
                raise OddError
            end, body = _body(data, head + 4, length, chunked, encoded)
        summary = quoted(f"{text} ({kind})" if kind is not None else text)
        texts.append(
            f'{_DOWNWARDS}{label},"summary":{summary},"fields":{{{fields}{lines}{named}{body},'
            f'"http.response":true,"http.response_number":{number}{_CLOSING}'
        )
        ends.append(end)
        if code == 101:
            return SkimmedSide(ends, texts), (start, end)
        number += code >= 200
        start = end
    return SkimmedSide(ends, texts), None


def _body(data: bytes, start: int, length: int | None, chunked: bool, encoded: bool) -> tuple[int, str]:
    """Where the body that begins at `start` ends, and its members with a comma in front."""
    if chunked:
        return _chunked(data, start, encoded)
    if not length:
        return start, ""
    end = start + length
    if end > len(data) or encoded or length > MOST_BODY:
        raise OddError
    return end, f',"http.file_data":"{data[start:end].hex()}"'


def _chunked(data: bytes, start: int, encoded: bool) -> tuple[int, str]:
    sizes: list[str] = []
    pieces: list[bytes] = []
    at = start
    while match := _CHUNK.match(data, at):
        size = int(match[1], 16)
        begin = match.end()
        at = begin + size
        if data[at : at + 2] != b"\r\n" or len(sizes) >= MAX_CHUNK_FIELDS or at - start > MOST_BODY:
            raise OddError
        pieces.append(data[begin:at])
        sizes.append(str(size))
        at += 2
    if data[at : at + 5] != b"0\r\n\r\n" or (encoded and pieces):
        raise OddError
    if not pieces:
        return at + 5, ',"http.chunk_size":0'
    boundary = '"0d0a"' if len(pieces) == 1 else "[" + ",".join(['"0d0a"'] * len(pieces)) + "]"
    content = b"".join(pieces).hex()
    members = f',"http.chunk_size":[{",".join(sizes)},0],"http.chunk_boundary":{boundary},"http.file_data":"{content}"'
    return at + 5, members


def _handover(dialogue: Dialogue, sides: tuple[SkimmedSide, SkimmedSide], asked: int, switch: tuple[int, int]) -> Skim | None:
    """The rest is another protocol's; what that is told is read as the decoder reads it.

    What the client said before it was answered was not said in the new protocol yet.
    """
    if len(dialogue.data[_UP]) > asked and dialogue.packet_at(_UP, asked + 1) < dialogue.packet_at(_DOWN, switch[1]):
        return None
    request, response = _head(dialogue.data[_UP], 0), _head(dialogue.data[_DOWN], switch[0])
    token = b"" if request is None else upgrade_of(request.section)
    if request is None or response is None or not token or upgrade_of(response.section) != token:
        return None
    protocol = SUCCESSORS.get(token.partition(b"/")[0])
    return None if protocol is None else Skim(sides, (asked, switch[1]), protocol, facts_of(response, request_facts(request)))


def _head(data: bytes, start: int) -> Head | None:
    line, end = data.find(b"\r\n", start), data.find(b"\r\n\r\n", start)
    first = data[start:line]
    begin = maybe_status_line(first) or maybe_request_line(first)
    if begin is None:
        return None
    head = data[start : end + 4]
    after = line + 2 - start
    return Head(begin, 0, after, parse_headers(head, after, len(head) - 2), len(head))
