"""The best source on Linux: a ring of blocks shared with the kernel (TPACKET_V3), read with the standard library's mmap.

The kernel fills blocks and hands them over whole; we copy a block, give it back at once, and convert the copy (`ring_blocks`).
"""

import errno
import mmap
import os
import socket
import struct
import time
from collections.abc import Mapping

import numpy as np

from captures import packet_socket
from captures.capture_filter import compile_filter, reject_all
from captures.packet_socket import LINUX_SLL, SOL_PACKET, link_type
from captures.pcapng_building import interface_block
from captures.sources.model import Batch, Describe, Losses, Wish
from captures.sources.ring_blocks import BlockConverter
from workbench.api import CaptureError

__all__ = ["RingSource", "why_no_ring"]

BLOCK = 1 << 20
"""Bytes of a block: thousands of packets at a time under load, and room for the longest one."""

FEWEST_BLOCKS = 8
"""A smaller ring is full before a busy machine lets us look again."""

RETIRE_MS = 40
"""The kernel hands over a block that is not full after so long: nobody waits longer for a packet."""

SETTLE_NS = 3 * RETIRE_MS * 1_000_000
"""After the last packet was accepted, its block comes within this time."""

_PACKET_RX_RING, _PACKET_VERSION = 5, 10
_TPACKET_V3 = 2
_FRAME = 2048
"""Means nothing for V3, but has to divide the block."""
_OURS = 1
"""TP_STATUS_USER: the block is ours to read."""
_STATUS_AT = 8
_BLOCK_HEAD = struct.Struct("=IIIIII")
"""struct tpacket_block_desc: version, private area, status, packets, where the first one is, length."""


def why_no_ring() -> CaptureError | None:
    """Why this process cannot capture by a ring; None when it can."""
    try:
        with packet_socket.open_socket() as sock:
            _use_version_3(sock)
    except CaptureError as error:
        return error
    return None


class RingSource:
    """See `LiveSource`."""

    kind = "ring"

    def __init__(self, wish: Wish, describe: Describe) -> None:
        link = link_type(wish.interface)
        program = compile_filter(wish.filter, link, wish.snaplen, wish.interface)
        self._name = wish.interface
        self._socket = packet_socket.open_socket(link)
        self._ring: mmap.mmap | None = None
        try:
            self._ring = _shared_ring(self._socket, wish.buffer)
            packet_socket.attach(self._socket, packet_socket.without_echo(program))
            loopback = packet_socket.is_loopback(wish.interface)
            if loopback:
                packet_socket.ignore_echo(self._socket)
            packet_socket.bind(self._socket, wish.interface)
            if wish.promiscuous:
                packet_socket.make_promiscuous(self._socket, wish.interface)
        except BaseException:
            self.close()
            raise
        self._number = describe(interface_block(wish.interface, link, wish.snaplen, filter=wish.filter))
        cooked = link == LINUX_SLL
        self._converter = BlockConverter(BLOCK, self._number, wish.snaplen, cooked=cooked, directed=not loopback)
        self._bytes = np.frombuffer(self._ring, np.uint8)
        self._blocks = len(self._ring) // BLOCK
        self._next = 0
        self._counts = [0, 0, 0]
        self._missed = packet_socket.interface_drops(wish.interface)
        self._settled = 0

    def fileno(self) -> int:
        """The packet socket: readable when a block is ours."""
        return self._socket.fileno()

    def take(self) -> Batch | None:
        """The packets of the next block."""
        assert self._ring is not None
        at = self._next * BLOCK
        _, _, status, count, first, length = _BLOCK_HEAD.unpack_from(self._ring, at)
        if not status & _OURS:
            error = packet_socket.failure_of(self._socket, self._name)
            if error is not None:
                raise error
            return None
        self._converter.scratch[:length] = self._bytes[at : at + length]
        struct.pack_into("=I", self._ring, at + _STATUS_AT, 0)  # the kernel may fill it again
        self._next = (self._next + 1) % self._blocks
        return self._converter.convert(first, count)

    def losses(self) -> Mapping[int, Losses]:
        """What the kernel counted; it forgets at each reading, so that we add up."""
        self._counts = [old + new for old, new in zip(self._counts, packet_socket.drops(self._socket), strict=True)]
        missed = packet_socket.interface_drops(self._name) - self._missed
        return {self._number: Losses(self._counts[0], self._counts[1], self._counts[2], missed)}

    def finish(self) -> None:
        """Let the filter refuse everything; the block that was being filled comes when its time is over."""
        packet_socket.attach(self._socket, reject_all())
        self._settled = time.monotonic_ns() + SETTLE_NS

    def over(self) -> bool:
        """Whether the last block has come."""
        return bool(self._settled) and time.monotonic_ns() >= self._settled

    def close(self) -> None:
        """Give ring and socket back."""
        self._bytes = np.zeros(0, np.uint8)
        if self._ring is not None:
            self._ring.close()
            self._ring = None
        self._socket.close()


def _use_version_3(sock: socket.socket) -> None:
    try:
        sock.setsockopt(SOL_PACKET, _PACKET_VERSION, _TPACKET_V3)
    except OSError as error:
        text = f"this kernel has no packet ring (TPACKET_V3): {error.strerror}"
        raise CaptureError(text, remedy="Use --source socket") from error


def _shared_ring(sock: socket.socket, size: int) -> mmap.mmap:
    """A ring of about `size` bytes, or of as many as the kernel can find. Raises CaptureError when even a small one is too much."""
    _use_version_3(sock)
    blocks = max(FEWEST_BLOCKS, size // BLOCK)
    while True:
        request = struct.pack("=7I", BLOCK, blocks, _FRAME, BLOCK // _FRAME * blocks, RETIRE_MS, 0, 0)
        try:
            sock.setsockopt(SOL_PACKET, _PACKET_RX_RING, request)
            return mmap.mmap(sock.fileno(), BLOCK * blocks, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        except OSError as error:
            if error.errno not in (errno.ENOMEM, errno.EAGAIN) or blocks == FEWEST_BLOCKS:
                text = f"the kernel gives no packet ring of {blocks} MiB: {os.strerror(error.errno or 0)}"
                raise CaptureError(text, remedy="Use --source socket, or a smaller --buffer") from error
            blocks = max(FEWEST_BLOCKS, blocks // 2)
