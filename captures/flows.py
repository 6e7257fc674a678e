"""Stream numbers as Wireshark gives them (`tcp.stream`, `udp.stream`), and which side of each stream is the client.

A UDP stream is a pair of endpoints. A TCP stream is one connection between them: a SYN whose sequence number is not the one that its
sender began with starts a new stream on the same ports (`dissect_tcp` of Wireshark 4.0; checked against it with random segments).
"""

from array import array
from typing import Literal

import numpy as np

from captures.arrays import Ints, Mask
from captures.pairs import Pairs
from workbench.api import Endpoint, FlowKey, Transport

__all__ = ["ACK", "SYN", "TcpNumbers", "UdpNumbers"]

SYN, ACK = 0x02, 0x10
_UNSET = -1
_SYSTEM_PORTS = 1024
"""RFC 6335 section 6: ports below this are assigned to services."""


class _Numbers:
    """Streams of one transport: who began, and which of the two is the client."""

    transport: Transport

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs
        self._first_pair = array("i")
        self._client_first = array("b")

    def __len__(self) -> int:
        return len(self._first_pair)

    def flow(self, stream: int) -> FlowKey:
        """The endpoints of a stream in their roles; raises `IndexError` for a stream that is not there."""
        if not 0 <= stream < len(self):
            raise IndexError(f"there is no {self.transport} stream {stream}")
        pair = self._first_pair[stream]
        ends = [Endpoint(host, port) for host, port in zip(self._pairs.hosts(pair), self._pairs.ports(pair), strict=True)]
        client, server = ends if self._client_first[stream] else reversed(ends)
        return FlowKey(self.transport, client, server)

    def reused(self) -> Mask:
        """For each stream whether an earlier one was between the same endpoints."""
        conversation = self._pairs.conversations()[np.frombuffer(self._first_pair, np.int32)]
        again = np.ones(len(self), np.bool_)
        again[np.unique(conversation, return_index=True)[1]] = False
        return again

    def _begin(self, pair: int, *, client_first: bool) -> int:
        self._first_pair.append(pair)
        self._client_first.append(client_first)
        return len(self._first_pair) - 1

    def _directions(self, stream: Ints, pair: Ints) -> Ints:
        """0 for rows from the client, 1 for rows from the server."""
        first = np.frombuffer(self._first_pair, np.int32)[stream] == pair
        client = np.frombuffer(self._client_first, np.int8)[stream] == 1
        directions: Ints = (first != client).astype(np.int64)
        return directions


class UdpNumbers(_Numbers):
    """Numbers UDP streams: one for each pair of endpoints, in order of appearance."""

    transport: Literal["udp"] = "udp"

    def __init__(self, pairs: Pairs) -> None:
        super().__init__(pairs)
        self._stream = array("i")

    def number(self, pair: Ints) -> tuple[Ints, Ints]:
        """(stream, direction) of datagrams given by their pairs, in capture order."""
        if not len(pair):
            return pair, pair
        conversation = self._pairs.conversations()[pair]
        self._stream.extend([_UNSET] * (self._pairs.conversation_count() - len(self._stream)))
        fresh = np.flatnonzero(np.frombuffer(self._stream, np.int32)[conversation] < 0)
        _, first = np.unique(conversation[fresh], return_index=True)
        beginners = pair[fresh[np.sort(first)]]
        words = self._pairs.metas()[beginners].astype(np.int64)
        source, destination = words >> 16 & 0xFFFF, words & 0xFFFF
        number = len(self)
        self._first_pair.extend(beginners.tolist())
        self._client_first.extend((~((source < _SYSTEM_PORTS) & (destination >= _SYSTEM_PORTS))).tolist())
        for place in self._pairs.conversations()[beginners].tolist():
            self._stream[place] = number
            number += 1
        stream = np.frombuffer(self._stream, np.int32)[conversation].astype(np.int64)
        return stream, self._directions(stream, pair)


class TcpNumbers(_Numbers):
    """Numbers TCP streams. Most rows cannot change anything and are numbered as vectors; the few that may are walked one by one."""

    transport: Literal["tcp"] = "tcp"

    def __init__(self, pairs: Pairs) -> None:
        super().__init__(pairs)
        self._stream = array("i")
        # initial sequence numbers of the current connection, by the pair's orientation within its conversation
        self._base = (array("q"), array("q"))
        self._leading = array("i")
        self._scratch = np.zeros(0, np.int64)

    def number(self, pair: Ints, seq: Ints, ack: Ints, flags: Ints) -> tuple[Ints, Ints]:
        """(stream, direction) of segments in capture order."""
        if not len(pair):
            return pair, pair
        conversation = self._pairs.conversations()[pair].astype(np.int64)
        self._make_room()
        rows = np.flatnonzero(self._interesting(conversation, pair, flags))
        walked = self._walk(*(column[rows].tolist() for column in (conversation, pair, seq, ack, flags)))
        stream = np.frombuffer(self._stream, np.int32)[conversation].astype(np.int64)
        stream[rows] = walked
        return stream, self._directions(stream, pair)

    def _make_room(self) -> None:
        missing = self._pairs.conversation_count() - len(self._stream)
        for column in (self._stream, self._leading, *self._base):
            column.extend([_UNSET] * missing)

    def _interesting(self, conversation: Ints, pair: Ints, flags: Ints) -> Mask:
        """Rows that may start a stream or set a sequence number that a later SYN is compared with."""
        marked: Mask = (flags & SYN) != 0
        settled = (np.frombuffer(self._base[0], np.int64) >= 0) & (np.frombuffer(self._base[1], np.int64) >= 0)
        open_rows = np.flatnonzero(~settled[conversation])
        with_ack = open_rows[(flags[open_rows] & ACK) != 0]
        for rows in (open_rows, with_ack):
            marked[rows[self._first_rows(pair[rows]) == np.arange(len(rows))]] = True
        # where a SYN comes in the middle of a conversation, everything in this run of it is looked at in order
        pure = np.flatnonzero((flags & (SYN | ACK)) == SYN)
        known = np.frombuffer(self._stream, np.int32)[conversation[pure]] >= 0
        busy = conversation[pure[known | (self._first_rows(conversation)[pure] != pure)]]
        if len(busy):
            marked |= np.isin(conversation, busy)
        return marked

    def _first_rows(self, values: Ints) -> Ints:
        """For each row the first row with the same value (pair or conversation number)."""
        if len(self._scratch) < len(self._pairs):
            self._scratch = np.zeros(2 * len(self._pairs), np.int64)
        # written backwards, the first row of each value is written last; nothing else is read, so old content does not matter
        self._scratch[values[::-1]] = np.arange(len(values) - 1, -1, -1)
        found: Ints = self._scratch[values]
        return found

    def _walk(self, conversations: list[int], pairs: list[int], seqs: list[int], acks: list[int], flags: list[int]) -> list[int]:
        stream, leading = self._stream, self._leading
        numbers: list[int] = []
        for conversation, pair, seq, ack, flag in zip(conversations, pairs, seqs, acks, flags, strict=True):
            if leading[conversation] < 0:
                leading[conversation] = pair
            ours, theirs = self._base if leading[conversation] == pair else (self._base[1], self._base[0])
            renewed = flag & (SYN | ACK) == SYN and ours[conversation] not in (_UNSET, seq)
            if renewed or stream[conversation] < 0:
                stream[conversation] = self._begin(pair, client_first=self._is_client(pair, flag))
                ours[conversation] = theirs[conversation] = _UNSET
            # a SYN+ACK with another number answers a SYN that was not captured: Wireshark takes its number over
            if ours[conversation] < 0 or flag & (SYN | ACK) == SYN | ACK:
                ours[conversation] = seq if flag & SYN else (seq - 1) & 0xFFFFFFFF
            if theirs[conversation] < 0 and flag & ACK:
                theirs[conversation] = (ack - 1) & 0xFFFFFFFF
            numbers.append(stream[conversation])
        return numbers

    def _is_client(self, pair: int, flags: int) -> bool:
        """Whether the sender of a stream's first packet is its client: it sent the SYN, or (mid-stream) it has the higher port."""
        if flags & SYN:
            return not flags & ACK
        source, destination = self._pairs.ports(pair)
        return source >= destination
