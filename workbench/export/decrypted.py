"""Captures whose encrypted conversations are rewritten in the clear, for tools that have no keys.

The plain bytes take the place of the packets that carried them, at their times, see `plain_streams`; those packets are left out. Everything
else stays as it is, also conversations whose secrets nobody knows. Conversations are rewritten whole, whichever of their packets were
selected: half of one could not be read. Whoever has the file can read it, so it is written only on request.
"""

from collections.abc import Callable
from typing import BinaryIO

import numpy as np

from captures.marks import LINK_ETHERNET
from captures.pcap_writer import PcapWriter
from captures.pcapng_writer import PcapngWriter
from workbench.api import UsageError
from workbench.export.plain import one_link_type
from workbench.export.plain_streams import PlainStreams
from workbench.export.source import Source, Stream, selected_streams
from workbench.export.spool import Spool

__all__ = ["write_pcap", "write_pcapng"]

_TCP = 6

_Made = Callable[[int, bytes, str], None]
"""Writes a frame of ours: its time, its bytes, what is said about it."""
_Kept = Callable[[int], None]
"""Writes a packet of the capture, by its number."""


def write_pcapng(source: Source, out: BinaryIO) -> int:
    """Write the capture as pcapng; returns how many packets were written. Our frames have an interface of their own."""
    capture = source.capture
    writer = PcapngWriter(out, comment="\n".join((*capture.comments, f"decrypted from {capture.path.name}")))
    for interface in capture.interfaces:
        writer.interface(interface.name, interface.link_type, interface.snaplen, interface.filter, interface.description)
    plain = writer.interface("decrypted", description="what was encrypted, in the clear")
    if capture.names:
        writer.names(capture.names)

    def made(time_ns: int, data: bytes, said: str) -> None:
        writer.packet(time_ns, data, plain, comments=(said,) if said else ())

    def kept(number: int) -> None:
        packet = capture.packet(number)
        options = capture.options(number)
        writer.packet(packet.time_ns, packet.data, packet.interface, packet.original_length, options=options)

    count = _write(source, made, kept)
    writer.flush()
    return count


def write_pcap(source: Source, out: BinaryIO) -> int:
    """Likewise as pcap. Raises UsageError when the capture is none of Ethernet frames, as ours are."""
    capture = source.capture
    if one_link_type(source) != LINK_ETHERNET:
        problem = "pcap holds one link type; these packets are no Ethernet frames, and rewritten ones are"
        raise UsageError(problem, place=str(capture.path), remedy="Write pcapng")
    writer = PcapWriter(out)

    def kept(number: int) -> None:
        packet = capture.packet(number)
        writer.packet(packet.time_ns, packet.data, packet.original_length)

    return _write(source, lambda time_ns, data, _: writer.packet(time_ns, data), kept)


def _write(source: Source, made: _Made, kept: _Kept) -> int:
    capture = source.capture
    wanted = selected_streams(source)
    selected = np.zeros(len(capture.index) + 1, np.bool_)
    selected[source.packets] = True
    count = 0
    with Spool() as spool:
        plains = PlainStreams(capture.index, spool)
        plains.collect(source.everything(), set(wanted))
        columns = (capture.index.stream, capture.index.ip_protocol, capture.index.time_ns)
        numbers = range(1, len(selected))  # what was there when packets were selected; the file may have grown meanwhile
        for number, stream, protocol, time_ns in zip(numbers, *(column.tolist() for column in columns), strict=False):
            key: Stream = ("tcp" if protocol == _TCP else "udp", stream)
            if key in plains.streams:
                ours = list(plains.frames(number))
                if wanted[key] == number:
                    ours += plains.end(key)
                for frame, said in ours:
                    made(time_ns, frame, said)
                count += len(ours)
            elif selected[number]:
                kept(number)
                count += 1
    return count
