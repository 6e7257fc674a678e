"""One open capture, dissected on demand, for whoever looks at it: rows from columns, messages of a packet, a stream or everything.

Reading lies in `captures`, dissecting in `dissectors`; this is where both meet what the user asked for (plugins, decode-as, secrets).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from captures.capture import Capture, open_capture
from captures.follow import Conversation, follow, growing_stream
from dissectors.bulk import bulk_lines
from dissectors.decode_as import DecodeAs
from dissectors.engine import Dissector, dissect
from dissectors.filters import Filter
from dissectors.secrets import SecretStore
from workbench.api import Direction, Field, FlowKey, Message, Transport
from workbench.export import ndjson
from workbench.export.source import Source
from workbench.keylogs import Keylog
from workbench.matching import Matcher
from workbench.moved import origins
from workbench.registry import Registry
from workbench.rows import PacketRow, row_of
from workbench.stream_cache import MessageCache

__all__ = ["PacketRow", "Session", "StreamView", "counted"]

CACHE_BYTES = 64 * 1024 * 1024
"""Dissected messages kept: some thousand packets around the cursor, small beside the index of a large capture."""

_TCP = 6


TOLD_EVERY = 500
"""Messages between two words about progress: some hundredths of a second of work."""


def _nobody(count: int) -> None:
    """Nobody waits for it."""


def counted(messages: Iterable[Message], progress: Callable[[int], None]) -> Iterator[Message]:
    """The same messages; `progress` is told now and then how many there were."""
    for number, message in enumerate(messages, 1):
        if number % TOLD_EVERY == 0:
            progress(number)
        yield message


@dataclass(frozen=True, slots=True)
class StreamView:
    """One stream, as bytes and as messages."""

    flow: FlowKey
    messages: tuple[Message, ...]
    conversation: Conversation


class Session:
    """An open capture. Not thread-safe except where said; close it, or use it as a context manager."""

    def __init__(
        self,
        capture: Capture,
        registry: Registry,
        *,
        decode_as: Sequence[DecodeAs] = (),
        keylog: Keylog | None = None,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.capture = capture
        self.registry = registry
        self.decode_as = tuple(decode_as)
        self._keylog = keylog
        self.known = SecretStore(lambda: self.secrets)
        """The secrets of `secrets`, by session."""
        self._used = 0
        self._cache = MessageCache(
            lambda transport, number: growing_stream(capture, transport, number, beside=self._origins(transport, number)),
            self.dissector,
            lambda transport, number: len(capture.index.packets_of(transport, number)),
            cache_bytes,
            grown=lambda: len(capture.index),
        )
        self._matcher = Matcher(capture, self.dissector, self._origins, self._complete_with)

    @classmethod
    def open(
        cls,
        path: str | Path,
        registry: Registry,
        *,
        decode_as: Sequence[DecodeAs] = (),
        keylog: str | Path | None = None,
        live: bool = False,
        cache_bytes: int = CACHE_BYTES,
    ) -> "Session":
        """Open a capture file (its header only; see `grow`). Raises CaptureError when it, or the key log, cannot be used.

        `live`: the capture is still being made, so its key log need not be there yet.
        """
        log = None if keylog is None else Keylog(Path(keylog), awaited=live)
        return cls(open_capture(path), registry, decode_as=decode_as, keylog=log, cache_bytes=cache_bytes)

    def _origins(self, transport: Transport, number: int) -> tuple[int, ...]:
        return origins(self.capture, self.registry.specs, transport, number)

    def dissector(self) -> Dissector:
        """A fresh dissector with everything this session knows."""
        return Dissector(self.registry.specs, decode_as=self.decode_as, secrets=self.known)

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """TLS key logs that belong to this capture: the user's, then those found inside it so far."""
        # the user's first: a text keeps its place while the capture brings more of them
        return (self._keylog.text, *self.capture.secrets) if self._keylog is not None else tuple(self.capture.secrets)

    @property
    def keylog(self) -> Path | None:
        """The key log that the user gave; it may grow as long as the session is open."""
        return None if self._keylog is None else self._keylog.path

    def learn(self) -> int:
        """Look for new secrets, and how many are known; when there are more than before, messages may say more than they did."""
        self.known.refresh()
        if len(self.known) != self._used:
            self._used = len(self.known)
            self._cache.clear()
            self._matcher.clear()
        return self._used

    def grow(self, packets: int | None = None) -> int:
        """Index up to that many more packets (None: all there are now); returns how many were added."""
        return self.capture.grow(packets)

    def __len__(self) -> int:
        """Packets indexed so far."""
        return len(self.capture.index)

    def row(self, number: int) -> PacketRow:
        """The list line of packet `number`; cheap, from the columns."""
        return row_of(self.capture.index, number)

    def packet_stream(self, number: int) -> tuple[Transport, int] | None:
        """Transport and number of the stream that a packet belongs to; None when it belongs to none."""
        index, i = self.capture.index, number - 1
        stream = int(index.stream[i])
        if stream < 0:
            return None
        return ("tcp" if int(index.ip_protocol[i]) == _TCP else "udp"), stream

    def messages_of(self, number: int) -> tuple[Message, ...]:
        """The messages that packet `number` carries bytes of; dissects its stream as far as needed and remembers it."""
        place = self.packet_stream(number)
        index, i = self.capture.index, number - 1
        if place is None or int(index.payload_length[i]) <= 0:
            return ()
        self.learn()
        return self._cache.of_packet(*place, number, Direction(int(index.direction[i])))

    def stream(self, transport: Transport, number: int, *, max_bytes: int = 16 * 1024 * 1024) -> StreamView:
        """One stream with its messages and up to `max_bytes` of its bytes."""
        flow = self.capture.index.flow(transport, number)
        self.learn()
        conversation = follow(self.capture, transport, number, max_bytes=max_bytes)
        return StreamView(flow, self._cache.of_stream(transport, number), conversation)

    def layers(self, number: int, *, verify_checksums: bool = False) -> tuple[Field, ...]:
        """The field trees of a packet's link, network and transport layers."""
        from captures.layers import layers  # a screen needs them, no command does

        return layers(self.capture.packet(number), verify_checksums=verify_checksums)

    def messages(self, filter: Filter | None = None) -> Iterator[Message]:  # noqa: A002 - the word users know
        """All messages of the capture in order of completion, those that match.

        With a filter that columns can narrow, only the streams are dissected that may have any.
        """
        if filter is None or filter.tree is None:
            return self._everything()
        return self._chosen(filter)

    def _everything(self) -> Iterator[Message]:
        return dissect(self.capture, self.registry.specs, decode_as=self.decode_as, secrets=self.known)

    def _chosen(self, filter: Filter) -> Iterator[Message]:  # noqa: A002
        self.grow()
        self.learn()
        rows = self._matcher.streams(filter)
        found = self._everything() if rows is None else self._matcher.walk(rows)
        return filter.choose(found, self.capture)

    def ndjson(self, filter: Filter | None = None, progress: Callable[[int], None] = _nobody) -> Iterator[str]:  # noqa: A002
        """The messages as lines of NDJSON, in order of completion; whole captures take the fast lane where their protocols have one.

        `progress` is told now and then how many messages there are so far.
        """
        if filter is None:
            self.grow()
            lines = bulk_lines(
                self.capture,
                self.registry.specs,
                decode_as=self.decode_as,
                secrets=self.known,
                progress=progress,
            )
            if lines is not None:
                return lines
        return ndjson.lines(counted(self.messages(filter), progress))

    def matching(self, filter: Filter, start: int = 0, stop: int | None = None) -> NDArray[np.int64]:  # noqa: A002
        """Numbers of the packets that match among rows [start, stop), ascending: those that Wireshark shows.

        What was dissected for it is kept: the next filter about the same streams is answered from what their messages said.
        """
        end = len(self) if stop is None else min(stop, len(self))
        if filter.needs_messages:
            self.learn()
        return self._matcher.matching(filter, min(start, end), end)

    def why(self, filter: Filter, number: int) -> Iterator[str]:  # noqa: A002
        """Lines that explain whether packet `number` passes: each term with its answer and the values it looked at."""
        from dissectors.filter_why import why

        return why(filter, self._matcher.rows, number - 1, self._complete_with(number))

    def count(self, filter: Filter) -> int:  # noqa: A002
        """How many packets match."""
        return len(self.matching(filter))

    def _complete_with(self, number: int) -> list[Message]:
        """The messages that filters ask about a packet, as in Wireshark: those that it completes, not those that it carries a part of."""
        return [message for message in self.messages_of(number) if message.packet == number]

    def source(self, filter: Filter | None = None) -> Source:  # noqa: A002
        """What matches, for `workbench.export`: with every packet that carries a part of it."""
        if filter is None:
            packets = np.arange(1, len(self) + 1)
        elif filter.needs_messages:
            self.learn()
            packets = self._matcher.carriers(filter)
        else:
            packets = self.matching(filter)
        return Source(
            capture=self.capture,
            packets=packets,
            messages=lambda: self.messages(filter),
            everything=self.messages,
            secrets=self.secrets,
        )

    def close(self) -> None:
        """Close the file."""
        self.capture.close()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
