"""pcap with nanosecond times: the selected packets and nothing else."""

from typing import BinaryIO

from captures.pcap_writer import PcapWriter
from workbench.api import UsageError
from workbench.export.source import Source

__all__ = ["one_link_type", "write"]


def write(source: Source, out: BinaryIO) -> int:
    """Write the selected packets; returns how many. Raises UsageError when they come from interfaces of different link types."""
    writer = PcapWriter(out, link_type=one_link_type(source))
    for number in source.packets.tolist():
        packet = source.capture.packet(number)
        writer.packet(packet.time_ns, packet.data, original_length=packet.original_length)
    return len(source.packets)


def one_link_type(source: Source) -> int:
    """The link type of the selected packets (Ethernet's when there are none); raises UsageError when they have several."""
    capture = source.capture
    used = {int(number) for number in set(capture.index.interface[source.packets - 1].tolist())}
    kinds = sorted({capture.interfaces[number].link_type for number in used})
    if len(kinds) > 1:
        raise UsageError(
            f"pcap holds one link type, these packets have {len(kinds)}: {', '.join(map(str, kinds))}",
            place=str(capture.path),
            remedy="Write pcapng, or select fewer packets with --filter",
        )
    return kinds[0] if kinds else 1
