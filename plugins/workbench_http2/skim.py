"""The fast lane: a whole conversation to JSON in one pass, for conversations in which the decoder has nothing to remark.

Both directions are merged into the order in which their frames were complete, because the rules of streams and windows follow that order.
They are checked as the decoder checks them; whatever is broken, remarkable or rare makes the answer None.
"""

import struct
from collections.abc import Callable
from json.encoder import encode_basestring_ascii
from typing import Any

from workbench.api import Dialogue, Direction, Skim, SkimmedSide, flatten_fields, members_text
from workbench_http.bodies import Purse
from workbench_http.codings import unfold
from workbench_http.limits import MAX_BODIES, MAX_BODY
from workbench_http2.abuse import CONTROL_FLOOD, SMALL_WINDOW
from workbench_http2.frames import HEADER, Frame, head_fields, read_head
from workbench_http2.limits import DEFAULT_FRAME_SIZE, DEFAULT_TABLE, DEFAULT_WINDOW, LARGEST_WINDOW, MAX_STREAMS
from workbench_http2.names import PREFACE, Setting, Type, error_name, setting_name
from workbench_http2.payloads import ACK, END_HEADERS, END_STREAM, PADDED, PRIORITY, read_payload
from workbench_http2.skim_blocks import Skimmed, Unusual, is_clean_request, is_clean_response
from workbench_http2.skim_lanes import Half, Lane, Stream, begin
from workbench_http2.skim_turns import ends_of, turns_of
from workbench_http2.states import PREFACE_SYMBOL, symbol

__all__ = ["skim"]

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT
_FRAME_HEAD = struct.Struct(">3sBBL").unpack_from
_SIDES = ("to_server", "to_client")
_DATA, _HEADERS = Type.DATA << 8, Type.HEADERS << 8
"""Keys of `Lane.heads`, to which the flags are added."""


def skim(dialogue: Dialogue) -> Skim | None:
    """See `workbench.api.skimming`."""
    if dialogue.facts.get("status") == 101 or not dialogue.data[CLIENT].startswith(PREFACE):
        return None
    if sum(map(len, dialogue.data)) > MAX_BODIES:
        return None
    try:
        return Skim(_Conversation(dialogue).sides())
    except Unusual:
        return None


class _Conversation:
    """See the module's text."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._lanes = (Lane(dialogue.data[0]), Lane(dialogue.data[1]))
        self._streams: dict[int, Stream] = {}
        self._highest = 0
        self._purse = Purse()
        self._readers: dict[int, Callable[[Direction, int, int, int, int], str]] = {
            Type.DATA: self._data,
            Type.HEADERS: self._headers,
            Type.WINDOW_UPDATE: self._window_update,
            Type.SETTINGS: self._settings,
            Type.PING: self._ping,
            Type.GOAWAY: self._goaway,
            Type.PRIORITY: self._priority,
        }

    def sides(self) -> tuple[SkimmedSide, SkimmedSide]:
        """All messages. Raises `Unusual`."""
        up, down = self._lanes
        begin = len(PREFACE)
        ends = ends_of(up.data, begin), ends_of(down.data, 0)
        magic = encode_basestring_ascii(PREFACE.decode())
        text = (
            f'"protocol":"http2","direction":"to_server","label":"{PREFACE_SYMBOL}","summary":"Magic",'
            f'"fields":{{"http2.magic":{magic}}},"notes":[]'
        )
        up.texts.append(text)
        up.at = begin
        done = [0, 0]
        for way, count in turns_of(self._dialogue, ends):
            first = done[way]
            done[way] = first + count
            self._run(way, ends[way][first : first + count])
        return SkimmedSide([begin, *ends[0]], up.texts), SkimmedSide(ends[1], down.texts)

    def _run(self, way: Direction, ends: list[int]) -> None:
        lane = self._lanes[way]
        data, start = lane.data, lane.at
        readers, add = self._readers, lane.texts.append
        for end in ends:
            _, kind, flags, stream = _FRAME_HEAD(data, start)
            reader = readers.get(kind)
            if reader is None or not (lane.started or kind == Type.SETTINGS):
                raise Unusual
            add(reader(way, start, end, flags, stream))
            start = end
        lane.at = start

    def _head(self, way: Direction, start: int, end: int) -> tuple[str, str]:
        """What comes before the summary, and what between the length and the stream's number: the same for all frames of equal flags."""
        lane = self._lanes[way]
        data = lane.data
        key = data[start + 3] << 8 | data[start + 4]
        known = lane.heads.get(key)
        if known is None:
            frame = read_head(way, start, end, data[start:end])
            if frame.length > DEFAULT_FRAME_SIZE or frame.reserved:
                raise Unusual
            fields = head_fields(frame)
            before = f'"protocol":"http2","direction":"{_SIDES[way]}","label":"{symbol(frame, way)}","summary":"'
            between = members_text(
                flatten_fields([node for node in fields if node.abbrev not in ("http2.length", "http2.streamid")])
            )
            known = lane.heads[key] = before, f',{between},"http2.streamid":'
        return known

    def _data(self, way: Direction, start: int, end: int, flags: int, number: int) -> str:
        stream = self._streams.get(number)
        if stream is None:
            raise Unusual
        size = end - start - HEADER
        half = stream.halves[way]
        ends = flags & END_STREAM
        if not half.begun or half.ended or flags & PADDED or size > DEFAULT_FRAME_SIZE or not (size or ends):
            raise Unusual
        lane, other = self._lanes[way], self._lanes[1 - way]
        if lane.control or other.control:
            lane.control.clear()
            other.control.clear()
        lane.sent += size
        half.sent += size
        if DEFAULT_WINDOW + lane.granted <= lane.sent:
            raise Unusual
        if other.announced.largest(Setting.INITIAL_WINDOW_SIZE) + half.granted < half.sent:
            raise Unusual
        content = lane.data[start + HEADER : end]
        half.parts += (content,)
        before, between = lane.heads.get(_DATA | flags) or self._head(way, start, end)
        body = self._end(stream, half, number) if ends else ""
        return (
            f'{before}DATA[{number}] {size} bytes","fields":{{"http2.length":{size}{between}{number},"http2.pad_length":0,'
            f'"http2.data.data":"{content.hex()}"{body}}},"notes":[]'
        )

    def _end(self, stream: Stream, half: Half, number: int) -> str:
        """END_STREAM: the members of a body that several frames brought."""
        if (half.expected is not None and half.expected != half.sent) or half.sent > MAX_BODY:
            raise Unusual
        half.ended = True
        if stream.halves[0].ended and stream.halves[1].ended:
            del self._streams[number]
        parts, half.parts = half.parts, ()
        if not (half.codings or len(parts) > 1):
            return ""
        content = b"".join(parts)
        if half.codings and content:
            unfolded = unfold(list(half.codings), content, self._purse.share(len(content)))
            if unfolded.trouble:
                raise Unusual
            self._purse.spend(len(content), sum(len(view.data) for view in unfolded.views))
        if len(parts) == 1:
            return ""
        return f',"http2.body.reassembled.length":{len(content)},"http2.body.reassembled.data":"{content.hex()}"'

    def _headers(self, way: Direction, start: int, end: int, flags: int, number: int) -> str:
        size = end - start - HEADER
        if flags & PADDED or not flags & END_HEADERS or size > DEFAULT_FRAME_SIZE or not number:
            raise Unusual
        lane, other = self._lanes[way], self._lanes[1 - way]
        if lane.control or other.control:
            lane.control.clear()
            other.control.clear()
        at = start + HEADER
        priority = ""
        if flags & PRIORITY:
            priority = self._dependency(lane.data, at, end, number)
            at += 5
        block = lane.blocks.read(lane.data, at, end)
        if block.size > other.announced.largest(Setting.MAX_HEADER_LIST_SIZE):
            raise Unusual
        detail, uri, stream = self._response(block, number) if way else self._request(block, number)
        before, between = lane.heads.get(_HEADERS | flags) or self._head(way, start, end)
        if flags & END_STREAM:
            self._end(stream, stream.halves[way], number)
        return (
            f'{before}HEADERS[{number}] {detail}","fields":{{"http2.length":{size}{between}{number},"http2.pad_length":0{priority},'
            f'"http2.headers":"{lane.data[at:end].hex()}",{block.text}{uri}}},"notes":[]'
        )

    def _dependency(self, data: bytes, at: int, end: int, number: int) -> str:
        if end - at < 5:
            raise Unusual
        word = int.from_bytes(data[at : at + 4], "big")
        weight = data[at + 4]
        if word & 0x7FFFFFFF == number:
            raise Unusual
        exclusive = "true" if word >> 31 else "false"
        return (
            f',"http2.exclusive":{exclusive},"http2.stream_dependency":{word & 0x7FFFFFFF},'
            f'"http2.headers.weight":{weight},"http2.headers.weight_real":{weight + 1}'
        )

    def _request(self, block: Skimmed, number: int) -> tuple[str, str, Stream]:
        down = self._lanes[SERVER]
        if number % 2 == 0 or not self._highest < number <= LARGEST_WINDOW or not is_clean_request(block):
            raise Unusual
        if down.last_stream is not None and number > down.last_stream:
            raise Unusual
        active = len(self._streams) + 1
        if active > down.announced.largest(Setting.MAX_CONCURRENT_STREAMS) or active > MAX_STREAMS:
            raise Unusual
        self._highest = number
        places, texts = block.shape.places, block.texts
        method, path = texts[places[b":method"]][1:-1], texts[places[b":path"]][1:-1]
        authority = texts[places[b":authority"]][1:-1]
        stream = self._streams[number] = Stream(method == "HEAD")
        begin(stream.halves[CLIENT], block)
        uri = f',"http2.request.full_uri":"{texts[places[b":scheme"]][1:-1]}://{authority}{path}"' if authority else ""
        return f"{method} {path}", uri, stream

    def _response(self, block: Skimmed, number: int) -> tuple[str, str, Stream]:
        stream = self._streams.get(number)
        if stream is None or stream.halves[SERVER].begun or not is_clean_response(block):
            raise Unusual
        half = stream.halves[SERVER]
        begin(half, block)
        status = block.texts[block.shape.places[b":status"]][1:-1]
        if stream.head or status in ("204", "304"):
            half.expected = None
        return status, "", stream

    def _window_update(self, way: Direction, start: int, end: int, flags: int, number: int) -> str:
        lane, other = self._lanes[way], self._lanes[1 - way]
        data = lane.data
        increment = int.from_bytes(data[start + HEADER : end], "big")
        if end - start != HEADER + 4 or not 0 < increment <= LARGEST_WINDOW:
            raise Unusual
        self._count(lane, Type.WINDOW_UPDATE)
        if not number:
            other.granted += increment
            window = DEFAULT_WINDOW + other.granted - other.sent
        else:
            if number > self._highest or number % 2 == 0:
                raise Unusual
            stream = self._streams.get(number)
            window = lane.announced.largest(Setting.INITIAL_WINDOW_SIZE) + increment
            if stream is not None:
                half = stream.halves[1 - way]
                half.granted += increment
                window += half.granted - increment - half.sent
        if window > LARGEST_WINDOW:
            raise Unusual
        before, between = self._head(way, start, end)
        return (
            f'{before}WINDOW_UPDATE[{number}] +{increment}","fields":{{"http2.length":4{between}{number},'
            f'"http2.window_update.r":0,"http2.window_update.window_size_increment":{increment}}},"notes":[]'
        )

    def _count(self, lane: Lane, kind: int) -> None:
        count = lane.control[kind] = lane.control.get(kind, 0) + 1
        if count >= CONTROL_FLOOD:
            raise Unusual

    def _settings(self, way: Direction, start: int, end: int, flags: int, number: int) -> str:
        lane = self._lanes[way]
        if number or (flags & ACK and not lane.started):
            raise Unusual
        lane.started = True
        frame, value, members = self._read(way, start, end)
        if flags & ACK:
            if not self._lanes[1 - way].announced.acknowledge():
                raise Unusual
            return self._shown(frame, " ACK", members)
        pairs = [(setting["id"], setting["value"]) for setting in value["settings"]]
        # later settings change limits in ways that the decoder follows
        if lane.announced.frames or not all(_harmless(way, *pair) for pair in pairs):
            raise Unusual
        lane.announced.announce(pairs)
        self._count(lane, Type.SETTINGS)
        detail = ", ".join(f"{setting_name(number)}={value}" for number, value in pairs[:8])
        return self._shown(frame, f" {detail}" if detail else "", members)

    def _ping(self, way: Direction, start: int, end: int, flags: int, number: int) -> str:
        if number:
            raise Unusual
        if not flags & ACK:
            self._count(self._lanes[way], Type.PING)
        frame, _, members = self._read(way, start, end)
        return self._shown(frame, " ACK" if flags & ACK else "", members)

    def _goaway(self, way: Direction, start: int, end: int, flags: int, number: int) -> str:
        lane = self._lanes[way]
        frame, value, members = self._read(way, start, end)
        if number or lane.last_stream is not None:
            raise Unusual
        lane.last_stream = value["last_stream_id"]
        return self._shown(frame, f" {error_name(value['error'])}, last stream {lane.last_stream}", members)

    def _priority(self, way: Direction, start: int, end: int, flags: int, number: int) -> str:
        if not number:
            raise Unusual
        self._count(self._lanes[way], Type.PRIORITY)
        frame, value, members = self._read(way, start, end)
        return self._shown(frame, f" depends on {value['stream_dependency']}, weight {value['weight'] + 1}", members)

    def _read(self, way: Direction, start: int, end: int) -> tuple[Frame, dict[str, Any], str]:
        """A frame of a rare type, read as the decoder does."""
        frame = read_head(way, start, end, self._lanes[way].data[start:end])
        payload = read_payload(frame)
        if payload.broken or payload.notes or frame.length > DEFAULT_FRAME_SIZE:
            raise Unusual
        return frame, payload.value, members_text(flatten_fields([*head_fields(frame), *payload.fields]))

    def _shown(self, frame: Frame, detail: str, members: str) -> str:
        way = frame.direction
        return (
            f'"protocol":"http2","direction":"{_SIDES[way]}","label":"{symbol(frame, way)}",'
            f'"summary":"{frame.name}[{frame.stream}]{detail}","fields":{{{members}}},"notes":[]'
        )


def _harmless(way: Direction, number: int, value: int) -> bool:
    """Whether a setting of the first SETTINGS frame is legal and asks for nothing that changes how frames are read."""
    if number == Setting.HEADER_TABLE_SIZE:
        return value >= DEFAULT_TABLE
    if number == Setting.ENABLE_PUSH:
        return value == 0 or (value == 1 and way is CLIENT)
    if number == Setting.INITIAL_WINDOW_SIZE:
        return SMALL_WINDOW <= value <= LARGEST_WINDOW
    if number == Setting.MAX_FRAME_SIZE:
        return DEFAULT_FRAME_SIZE <= value < 1 << 24
    if number in (Setting.ENABLE_CONNECT_PROTOCOL, Setting.NO_RFC7540_PRIORITIES):
        return value in (0, 1)
    return True
