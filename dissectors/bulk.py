"""A whole capture as NDJSON, fast: undisturbed streams go through their protocols' skimmers, everything else through the decoders.

Says what `dissect` and `message_object` say, in order of completion. `workbench.api.skimming` explains the two lanes.
"""

import heapq
import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dissectors.decode_as import DecodeAs
from dissectors.detect import MOST_DATA, Wait
from dissectors.engine import Dissector
from dissectors.flow_state import MOST_HANDOFFS, Guide
from dissectors.paths import message_object
from workbench.api import Dialogue, Direction, FlowKey, ProtocolSpec, Secrets, Skim, Skimmer

if TYPE_CHECKING:  # numpy loads only when a capture is dissected
    from captures.capture import Capture
    from captures.joined import JoinedSide, JoinedStream

__all__ = ["MOST_BYTES", "MOST_STREAMS", "bulk_lines"]

MOST_BYTES = 256 * 1024 * 1024
"""Payload of streams that are held in memory at once, together with the text made of them; a larger capture is dissected step by step."""

MOST_STREAMS = 32_768
"""As many as are followed at once step by step: with more of them that would begin to give some up, and this would not."""

_Line = tuple[int, str]
"""Packet number and text."""


def bulk_lines(
    capture: "Capture",
    specs: Sequence[ProtocolSpec],
    *,
    decode_as: Sequence[DecodeAs],
    secrets: Secrets,
    skimmer_of: Callable[[ProtocolSpec], Skimmer | None],
    progress: Callable[[int], None],
) -> Iterator[str] | None:
    """All messages of an indexed capture as lines of NDJSON; None where the capture is too large, or nothing in it can be skimmed.

    `skimmer_of` gives the fast lane of a protocol. `progress` is told how many messages there are so far.
    """
    import numpy as np

    from captures.joined import join, size_of
    from captures.streams import Streams
    from captures.undisturbed import undisturbed

    index = capture.index
    if index.stream_count("tcp") > MOST_STREAMS:
        return None
    segments = undisturbed(index)
    if not len(segments.rows) or size_of(capture, segments) > MOST_BYTES:
        return None
    bulk = _Bulk(Guide(tuple(specs), tuple(decode_as), secrets), skimmer_of)
    lines: list[_Line] = []
    skimmed = np.zeros(len(segments.calm), np.bool_)
    for stream in join(capture, segments):
        rows = bulk.lines(stream, index.flow("tcp", stream.number), index.time_ns)
        if rows is not None:
            skimmed[stream.number] = True
            lines += rows
            progress(len(lines))
    lines.sort(key=_packet)
    with_stream = index.stream >= 0
    by_step = with_stream.copy()
    tcp = with_stream & (index.ip_protocol == 6)
    by_step[tcp] = ~skimmed[index.stream[tcp]]
    dissector = Dissector(specs, decode_as=decode_as, secrets=secrets)
    slow = _step_by_step(Streams(capture), np.flatnonzero(by_step), dissector, len(index) + 1)
    return (text for _, text in heapq.merge(lines, slow, key=_packet))


def _packet(line: _Line) -> int:
    return line[0]


def _step_by_step(streams: Any, rows: Any, dissector: Dissector, end: int) -> Iterator[_Line]:
    """The lines of the other streams, each with the packet in whose turn it was made."""
    encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
    packet = 0
    for event in streams.walk(rows):
        packet = max(packet, event.chunk.packet if hasattr(event, "chunk") else event.packet)
        for message in dissector.receive(event):
            yield packet, encode(message_object(message))
    for event in streams.flush():
        for message in dissector.receive(event):
            yield end, encode(message_object(message))
    for message in dissector.finish():
        yield end, encode(message_object(message))


class _Bulk:
    """Finds the protocol of each stream and lets it skim."""

    def __init__(self, guide: Guide, skimmer_of: Callable[[ProtocolSpec], Skimmer | None]) -> None:
        self._guide = guide
        self._skimmer_of = skimmer_of

    def lines(self, stream: "JoinedStream", flow: FlowKey, times: Any) -> list[_Line] | None:
        """The lines of one stream; None where one of its protocols cannot be skimmed."""
        spec = self._detect(stream, flow)
        at = [0, 0]
        facts: Any = {}
        lines: list[_Line] = []
        for _ in range(MOST_HANDOFFS):
            skim = self._skim(spec, stream, at, facts)
            if skim is None:
                return None
            lines += _placed(skim, stream, at, times)
            if skim.rest is None:
                return lines
            at = [at[0] + skim.rest[0], at[1] + skim.rest[1]]
            if all(at[way] == len(side.data) for way, side in enumerate(stream.sides)):
                return lines
            spec, facts = (self._guide.named(skim.protocol) if skim.protocol else None), skim.facts
        return None

    def _skim(self, spec: ProtocolSpec | None, stream: "JoinedStream", at: list[int], facts: Any) -> Skim | None:
        skimmer = None if spec is None else self._skimmer_of(spec)
        if skimmer is None:
            return None
        up, down = stream.sides

        def packet_at(direction: Direction, offset: int) -> int:
            side = stream.sides[direction]
            if not len(side.ends):
                return 0
            return int(side.released[min(int(side.ends.searchsorted(offset + at[direction])), len(side.ends) - 1)])

        data = (up.data[at[0] :] if at[0] else up.data, down.data[at[1] :] if at[1] else down.data)
        try:
            return skimmer(Dialogue(data, (up.ended, down.ended), packet_at, facts))
        except Exception:  # the decoder says it then; that a skimmer must not raise is a law
            return None

    def _detect(self, stream: "JoinedStream", flow: FlowKey) -> ProtocolSpec | None:
        """What detection would say, step by step, as the segments become available."""
        first: dict[Direction, bytes] = {}
        for _, way, start, end in _arrivals(stream.sides):
            known = first.get(way, b"")
            if len(known) < MOST_DATA:
                first[way] = known + stream.sides[way].data[start : min(end, start + MOST_DATA - len(known))]
            full = any(len(data) >= MOST_DATA for data in first.values())
            found = self._guide.detect(flow, first, tuple(Direction) if full else (), [], pinned=True)
            if not isinstance(found, Wait):
                return found
        return None


def _arrivals(sides: Sequence["JoinedSide"]) -> Iterator[tuple[int, Direction, int, int]]:
    """(packet, direction, start, end) of the segments as they became available."""

    def of(way: Direction) -> Iterator[tuple[int, Direction, int, int]]:
        start = 0
        for end, packet in zip(sides[way].ends.tolist(), sides[way].released.tolist(), strict=True):
            yield packet, way, start, end
            start = end

    return heapq.merge(of(Direction.TO_SERVER), of(Direction.TO_CLIENT))


def _placed(skim: Skim, stream: "JoinedStream", at: list[int], times: Any) -> list[_Line]:
    """The skimmed rows with the packets that carried them."""
    lines: list[_Line] = []
    for way, side in enumerate(stream.sides):
        rows = [row for row in skim.rows if row[0] == way]
        if rows:
            lines += _located(rows, side, at[way], stream.number, times)
    return lines


def _located(rows: Sequence[tuple[int, int, int, str]], side: "JoinedSide", at: int, number: int, times: Any) -> list[_Line]:
    import numpy as np

    _, starts, ends, texts = zip(*rows, strict=True)
    first = side.ends.searchsorted(np.array(starts, np.int64) + at, side="right")
    last = side.ends.searchsorted(np.array(ends, np.int64) + at)
    packets = side.released[last]
    carriers = side.carriers
    lines: list[_Line] = []
    add = lines.append
    alone = carriers[last].tolist()
    when = times[packets - 1].tolist()
    for packet, time_ns, low, high, carrier, text in zip(
        packets.tolist(), when, first.tolist(), last.tolist(), alone, texts, strict=True
    ):
        if low == high:
            add((packet, f'{{"packet":{packet},"packets":[{carrier}],"time_ns":{time_ns},"stream":{number},{text}}}'))
        else:
            several = ",".join(map(str, np.unique(carriers[low : high + 1]).tolist()))
            add((packet, f'{{"packet":{packet},"packets":[{several}],"time_ns":{time_ns},"stream":{number},{text}}}'))
    return lines
