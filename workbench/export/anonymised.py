"""Packets that may be given away: times, lengths, ports and headers stay; addresses get pseudonyms, everything else is left out.

Left out are payloads, comments, names, secrets, and what an interface's description and filter say; see `headers_only` for what becomes of
a packet, and `pseudonyms` for its addresses. Who knows one conversation by its times and lengths can still find it.
"""

from functools import partial
from typing import BinaryIO

from captures.pcap_writer import PcapWriter
from captures.pcapng_writer import PcapngWriter
from workbench.api import Packet
from workbench.export.headers_only import headers_only
from workbench.export.plain import one_link_type
from workbench.export.pseudonyms import Pseudonyms
from workbench.export.source import Source

__all__ = ["write_pcap", "write_pcapng"]

_FLAGS = 2
"""Code of the option that tells a packet's direction."""


def write_pcapng(source: Source, out: BinaryIO, key: bytes) -> int:
    """Write the selected packets as pcapng; returns how many. The same key gives the same pseudonyms."""
    capture = source.capture
    writer = PcapngWriter(out, comment="anonymised: addresses are pseudonyms, payloads were cut off")
    for interface in capture.interfaces:
        writer.interface(interface.name, interface.link_type, interface.snaplen)
    shorten = partial(headers_only, pseudonyms=Pseudonyms(key))
    last = 0
    for number in source.packets.tolist():
        packet = capture.packet(number)
        direction = [option for option in capture.options(number) if option[0] == _FLAGS]
        writer.packet(packet.time_ns, shorten(packet), packet.interface, _length(packet), options=direction)
        last = max(last, packet.time_ns)
    for place, interface in enumerate(capture.interfaces):
        if interface.received >= 0 or interface.dropped >= 0:
            writer.statistics(place, last, interface.received, interface.dropped)
    writer.flush()
    return len(source.packets)


def write_pcap(source: Source, out: BinaryIO, key: bytes) -> int:
    """Likewise as pcap. Raises UsageError when the packets come from interfaces of different link types."""
    writer = PcapWriter(out, link_type=one_link_type(source))
    pseudonyms = Pseudonyms(key)
    for number in source.packets.tolist():
        packet = source.capture.packet(number)
        writer.packet(packet.time_ns, headers_only(packet, pseudonyms), _length(packet))
    return len(source.packets)


def _length(packet: Packet) -> int:
    """The length on the wire; some files claim one shorter than what they hold."""
    return max(packet.original_length, len(packet.data))
