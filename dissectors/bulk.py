"""A whole capture as NDJSON, fast: undisturbed streams go through their protocols' skimmers, everything else through the decoders.

Says what `dissect` and `message_object` say, in order of completion. `workbench.api.skimming` explains the lanes, `skimmed` does the
work for one stream, `skimmed_datagrams` for all flows of datagrams, `telling` for what is decoded step by step.

Streams are taken in cohorts, those that begin first together, so that only the bytes of one cohort are in memory, and the lines that
must wait for streams that began earlier than these lines' packets.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from dissectors.decode_as import DecodeAs
from dissectors.guide import Guide
from dissectors.lines import Line, Others, Waiting
from dissectors.paths import message_line
from dissectors.skimmed import Skimming
from dissectors.skimmed_datagrams import datagram_lines, skimmed_rows
from dissectors.telling import Teller
from workbench.api import ProtocolSpec, Secrets

if TYPE_CHECKING:  # numpy loads only when a capture is dissected
    from captures.capture import Capture

__all__ = ["MOST_STREAMS", "bulk_lines"]

COHORT_BYTES = 32 * 1024 * 1024
"""Payload of the streams that are joined together: enough to read the file in few strides."""

MOST_STREAM_BYTES = 64 * 1024 * 1024
"""Payload of one stream that is joined; a longer one is decoded step by step, which needs no memory for it."""

MOST_STREAMS = 32_768
"""As many as are followed at once step by step: with more of them that would begin to give some up, and this would not."""

TOLD_EVERY = 500
"""Messages between two words about progress: some hundredths of a second of work."""


def bulk_lines(
    capture: "Capture",
    specs: Sequence[ProtocolSpec],
    *,
    decode_as: Sequence[DecodeAs],
    secrets: Secrets,
    progress: Callable[[int], None],
) -> Iterator[str] | None:
    """All messages of an indexed capture as NDJSON, each item one line or many; None where it has too many streams for that.

    `progress` is told how many messages there are so far.
    """
    import numpy as np

    from captures.streams import Streams
    from captures.undisturbed import undisturbed

    index = capture.index
    if index.stream_count("tcp") > MOST_STREAMS:
        return None
    datagrams, owners = skimmed_rows(capture, () if decode_as else specs)
    segments = undisturbed(index)
    size = np.zeros(len(segments.calm), np.int64)
    np.add.at(size, segments.keys >> 1, index.payload_length[segments.rows].astype(np.int64))
    skimming = Skimming(capture, segments, Guide(tuple(specs), tuple(decode_as), secrets))
    candidates = np.flatnonzero((size > 0) & (size <= MOST_STREAM_BYTES))
    chosen = np.array([number for number in candidates.tolist() if skimming.begins(number)], np.int64)
    fast = np.zeros(len(size), np.bool_)
    fast[chosen] = True
    by_step = index.stream >= 0
    tcp = by_step & (index.ip_protocol == 6)
    by_step[tcp] = ~fast[index.stream[tcp]]
    by_step[datagrams] = False

    def stepwise(rows: Any) -> Iterator[Line]:
        return _step_by_step(Streams(capture), rows, Teller(specs, decode_as=decode_as, secrets=secrets), len(index) + 1)

    if not len(chosen) and not len(datagrams):
        return _alone(stepwise(np.flatnonzero(by_step)), progress)
    first = np.full(len(size), len(index) + 1)
    np.minimum.at(first, segments.keys >> 1, segments.rows + 1)
    order = chosen[np.argsort(first[chosen], kind="stable")]
    cohorts = [] if not len(order) else np.split(order, np.flatnonzero(np.diff(np.cumsum(size[order]) // COHORT_BYTES)) + 1)
    begins = [int(first[cohort[0]]) for cohort in cohorts[1:]]
    walk = heapq.merge(stepwise(np.flatnonzero(by_step)), datagram_lines(capture, datagrams, owners), key=itemgetter(0))
    others = Others(walk)
    return _in_turn(skimming, zip(cohorts, [*begins, None][: len(cohorts)], strict=True), others, stepwise, progress)


def _in_turn(
    skimming: Skimming,
    cohorts: Iterable[tuple[Any, int | None]],
    others: Others,
    stepwise: Callable[[Any], Iterator[Line]],
    progress: Callable[[int], None],
) -> Iterator[str]:
    """The lines of all cohorts, each with the packet at which the next one begins, and of others in between.

    A stream that turns out not to be for the fast lane is decoded at once.
    """
    index = skimming.capture.index
    waiting = Waiting(index.time_ns)
    count = 0
    for cohort, until in cohorts:
        for number in skimming.skim(cohort, waiting):
            others.add(stepwise(index.packets_of("tcp", number) - 1))
        count += len(waiting)
        progress(count)
        yield from waiting.give(until, others)
        count -= len(waiting)
    while others.packet is not None:
        yield others.take()


def _alone(lines: Iterator[Line], progress: Callable[[int], None]) -> Iterator[str]:
    """Lines between which there are no others."""
    for count, (_, text) in enumerate(lines, 1):
        yield text
        if count % TOLD_EVERY == 0:
            progress(count)


def _step_by_step(streams: Any, rows: Any, teller: Teller, end: int) -> Iterator[Line]:
    """The lines of the streams of these rows, each with the packet in whose turn it was made."""
    packet = 0
    lines: list[str] = []
    take, datagrams = partial(teller.take, lines), streams.datagrams.get
    for part in streams.parts(rows):
        for key, segment in part:
            known = datagrams(key)
            if known is not None and known.offer(segment, take):
                packet = segment.packet
            else:
                for event in streams.feed(key, segment):
                    packet = max(packet, event.packet)
                    teller.tell(event, lines)
            if lines:
                for line in lines:
                    yield packet, line
                lines.clear()
        for event in streams.evict():
            packet = max(packet, event.packet)
            teller.tell(event, lines)
        yield from zip(repeat(packet), lines)
        lines.clear()
    for event in streams.flush():
        teller.tell(event, lines)
        yield from zip(repeat(end), lines)
        lines.clear()
    for message in teller.finish():
        yield end, message_line(message)
