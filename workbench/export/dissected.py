"""pcapng, dissected: the selected packets, each with our summaries and notes as comments, with TLS secrets, names and drop counts.

A file with secrets opens decrypted in Wireshark with no settings; the comments stand in its packet list and details.
"""

from typing import BinaryIO

from captures.pcapng_writer import PcapngWriter
from workbench.export.source import Source
from workbench.export.summaries import summaries

__all__ = ["write"]


def write(source: Source, out: BinaryIO) -> int:
    """Write the selected packets; returns how many. Comments that packets had before are kept in front of ours."""
    capture = source.capture
    writer = PcapngWriter(out, comment="\n".join((*capture.comments, f"dissected from {capture.path.name}")))
    for interface in capture.interfaces:
        writer.interface(interface.name, interface.link_type, interface.snaplen, interface.filter, interface.description)
    for secret in source.secrets:
        writer.secrets(secret)
    if capture.names:
        writer.names(capture.names)
    last = 0
    with summaries(source.messages()) as summary_of:
        for number in source.packets.tolist():
            packet = capture.packet(number)
            ours = "\n".join(summary_of(number).all_lines())
            writer.packet(
                packet.time_ns,
                packet.data,
                interface=packet.interface,
                original_length=packet.original_length,
                comments=(ours,) if ours else (),
                options=capture.options(number),
            )
            last = max(last, packet.time_ns)
    for place, interface in enumerate(capture.interfaces):
        if interface.received >= 0 or interface.dropped >= 0:
            writer.statistics(place, last, interface.received, interface.dropped)
    writer.flush()
    return len(source.packets)
