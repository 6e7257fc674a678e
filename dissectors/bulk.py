"""A whole capture as NDJSON, fast: undisturbed streams go through their protocols' skimmers, everything else through the decoders.

Says what `dissect` and `message_object` say, in order of completion. `workbench.api.skimming` explains the two lanes, `skimmed` does the
work for one stream.

Streams are taken in cohorts, those that begin first together, so that only the bytes of one cohort are in memory, and the lines that
must wait for streams that began earlier than these lines' packets.
"""

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dissectors.decode_as import DecodeAs
from dissectors.engine import Dissector
from dissectors.flow_state import Guide
from dissectors.paths import message_object
from dissectors.skimmed import Line, Skimming
from workbench.api import ProtocolSpec, Secrets, Skimmer

if TYPE_CHECKING:  # numpy loads only when a capture is dissected
    from captures.capture import Capture
    from captures.stream_events import StreamEvent
    from captures.undisturbed import Segments

__all__ = ["MOST_STREAMS", "bulk_lines"]

COHORT_BYTES = 16 * 1024 * 1024
"""Payload of the streams that are joined together: enough to read the file in few strides."""

MOST_STREAM_BYTES = 64 * 1024 * 1024
"""Payload of one stream that is joined; a longer one is decoded step by step, which needs no memory for it."""

RUN = 256
"""Lines given at once: writing them one by one costs more than making them."""

MOST_STREAMS = 32_768
"""As many as are followed at once step by step: with more of them that would begin to give some up, and this would not."""


def bulk_lines(
    capture: "Capture",
    specs: Sequence[ProtocolSpec],
    *,
    decode_as: Sequence[DecodeAs],
    secrets: Secrets,
    skimmer_of: Callable[[ProtocolSpec], Skimmer | None],
    progress: Callable[[int], None],
) -> Iterator[str] | None:
    """All messages of an indexed capture as NDJSON, each item one line or many; None where nothing in it can be skimmed.

    `skimmer_of` gives the fast lane of a protocol. `progress` is told how many messages there are so far.
    """
    import numpy as np

    from captures.streams import Streams
    from captures.undisturbed import undisturbed

    index = capture.index
    if index.stream_count("tcp") > MOST_STREAMS:
        return None
    segments = undisturbed(index)
    size = np.zeros(len(segments.calm), np.int64)
    np.add.at(size, segments.keys >> 1, index.payload_length[segments.rows].astype(np.int64))
    skimming = Skimming(capture, segments, Guide(tuple(specs), tuple(decode_as), secrets), skimmer_of)
    candidates = np.flatnonzero((size > 0) & (size <= MOST_STREAM_BYTES))
    chosen = np.array([number for number in candidates.tolist() if skimming.begins(number)], np.int64)
    if not len(chosen):
        return None
    fast = np.zeros(len(size), np.bool_)
    fast[chosen] = True
    by_step = index.stream >= 0
    tcp = by_step & (index.ip_protocol == 6)
    by_step[tcp] = ~fast[index.stream[tcp]]

    def stepwise(rows: Any) -> Iterator[Line]:
        return _step_by_step(Streams(capture), rows, Dissector(specs, decode_as=decode_as, secrets=secrets), len(index) + 1)

    def alone(number: int) -> Iterator[Line]:
        return stepwise(index.packets_of("tcp", number) - 1)

    return _merged(_cohorts(skimming, segments, chosen, size, alone, progress), stepwise(np.flatnonzero(by_step)))


def _packet(line: Line) -> int:
    return line[0]


def _cohorts(
    skimming: Skimming,
    segments: "Segments",
    chosen: Any,
    size: Any,
    alone: Callable[[int], Iterator[Line]],
    progress: Callable[[int], None],
) -> Iterator[list[Line]]:
    """The lines of the chosen streams by packet, as they become certain.

    `alone` decodes a stream that turns out not to be for the fast lane.
    """
    import numpy as np

    first = np.full(len(size), np.iinfo(np.int64).max)
    np.minimum.at(first, segments.keys >> 1, segments.rows + 1)
    order = chosen[np.argsort(first[chosen], kind="stable")]
    cohorts = np.split(order, np.flatnonzero(np.diff(np.cumsum(size[order]) // COHORT_BYTES)) + 1)
    waiting: list[Line] = []
    count = 0
    for place, cohort in enumerate(cohorts):
        before = len(waiting)
        for number, lines in skimming.lines(cohort):
            waiting += alone(number) if lines is None else lines
            progress(count + len(waiting))
        count += len(waiting) - before
        waiting.sort(key=_packet)
        if place + 1 < len(cohorts):
            ready = bisect_left(waiting, int(first[cohorts[place + 1][0]]), key=_packet)
            yield waiting[:ready]
            del waiting[:ready]
    yield waiting


def _merged(skimmed: Iterator[list[Line]], stepwise: Iterator[Line]) -> Iterator[str]:
    """Both kinds of lines by packet, in runs."""
    other = next(stepwise, None)
    for lines in skimmed:
        at = 0
        while other is not None and (not lines or other[0] <= lines[-1][0]):
            if not lines:
                break
            stop = bisect_left(lines, other[0], at, key=_packet)
            yield from _runs(lines, at, stop)
            yield other[1] + other[2]
            at, other = stop, next(stepwise, None)
        yield from _runs(lines, at, len(lines))
    while other is not None:
        yield other[1] + other[2]
        other = next(stepwise, None)


def _runs(lines: list[Line], start: int, stop: int) -> Iterator[str]:
    for at in range(start, stop, RUN):
        pieces: list[str] = []
        for _, head, rest in lines[at : min(at + RUN, stop)]:
            pieces += (head, rest, "\n")
        pieces.pop()
        yield "".join(pieces)


def _step_by_step(streams: Any, rows: Any, dissector: Dissector, end: int) -> Iterator[Line]:
    """The lines of the streams of these rows, each with the packet in whose turn it was made."""
    encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
    packet = 0
    for event in streams.walk(rows):
        packet = max(packet, _turn(event))
        for message in dissector.receive(event):
            yield packet, "", encode(message_object(message))
    for event in streams.flush():
        for message in dissector.receive(event):
            yield end, "", encode(message_object(message))
    for message in dissector.finish():
        yield end, "", encode(message_object(message))


def _turn(event: "StreamEvent") -> int:
    chunk = getattr(event, "chunk", None)
    turn: int = getattr(event, "packet", 0) if chunk is None else chunk.packet
    return turn
