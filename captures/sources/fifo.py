"""Packets that somebody else captures: pcap or pcapng on standard input or from a named pipe. Needs no privileges."""

import os
import select
import stat
from collections.abc import Mapping
from pathlib import Path

from captures.sources.model import Batch, Describe, Losses, Wish
from captures.sources.streams import PacketStream
from workbench.api import CaptureError, UsageError

__all__ = ["FifoSource", "is_stream"]

READ = 1 << 20
"""Bytes taken in one go, as much as a pipe can be made to hold."""


def is_stream(interface: str) -> bool:
    """Whether this is "-" or a path; names of network interfaces have no slash."""
    return interface == "-" or "/" in interface


class FifoSource:
    """See `LiveSource`. Its packets were filtered and cut by whoever sends them; a wish for that is refused."""

    kind = "stream"

    def __init__(self, wish: Wish, describe: Describe) -> None:
        self._name = "stdin" if wish.interface == "-" else wish.interface
        if wish.filter:
            remedy = "Filter where the packets are captured, or with --filter when reading"
            raise UsageError("a capture filter is for network interfaces", place=self._name, remedy=remedy)
        self._stream = PacketStream(self._name, describe)
        self._descriptor = _open(wish.interface)
        self._finished = self._over = False

    def fileno(self) -> int:
        """The pipe."""
        return self._descriptor

    def take(self) -> Batch | None:
        """The packets in the next piece of the stream. Raises CaptureError when the stream breaks off in the middle of one."""
        if self._over:
            return None
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        if not poll.poll(0):  # a pipe whose writer is still to come reads as if it were at its end, but nobody has hung up
            self._over = self._finished
            return None
        try:
            data = os.read(self._descriptor, READ)
        except BlockingIOError:
            return None
        if data:
            return self._stream.feed(data)
        self._over = True
        if self._stream.pending and not self._finished:
            text = f"the stream ends in the middle of a packet ({self._stream.pending} bytes of it came)"
            raise CaptureError(text, place=self._name, remedy="What came before is in the file")
        return None

    def losses(self) -> Mapping[int, Losses]:
        """What the stream says; a pcap stream says nothing."""
        return self._stream.losses()

    def finish(self) -> None:
        """What is in the pipe is still to be taken; a packet that is not there completely never will be."""
        self._finished = True

    def over(self) -> bool:
        """Whether the writer has hung up, or the pipe is empty at the end."""
        return self._over

    def close(self) -> None:
        """Close our end of the pipe; its writer hears of that."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _open(interface: str) -> int:
    if interface == "-":
        descriptor = os.dup(0)
        if os.isatty(descriptor):
            os.close(descriptor)
            raise UsageError(
                "is a terminal", place="stdin", remedy="Pipe packets into it: tcpdump -U -w - | workbench capture -i -"
            )
        return descriptor
    try:
        mode = Path(interface).stat().st_mode
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            remedy = f"Read it with `workbench info {interface}`" if stat.S_ISREG(mode) else "Name a fifo in it"
            raise UsageError("is no live source", place=interface, remedy=remedy)
        # without waiting for a writer, so that Ctrl-C and --seconds work meanwhile
        return os.open(interface, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        remedy = f"Make one: mkfifo {Path(interface)}"
        raise CaptureError(error.strerror or str(error), place=interface, remedy=remedy) from error
