"""What tshark says about the same packets: of a whole capture for `workbench compare`, of one packet for a screen.

How packets are compared is in `workbench.export.comparison`; tshark runs in `captures.tshark`.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from captures.pcapng_writer import PcapngWriter
from captures.tshark import TheirPacket, tshark_packets
from dissectors.filters import Filter
from workbench.api import UsageError
from workbench.export.comparison import Comparison, compare
from workbench.export.explanations import KNOWN, Explanation
from workbench.export.source import Source
from workbench.session import Session

__all__ = ["MOST_CONTEXT", "ask_about_packet", "compare_capture", "compare_packet"]

MOST_CONTEXT = 20_000
"""Packets of its stream that are shown to tshark before the one it is asked about: what it takes about ten seconds for."""

_OF_THE_FILE = ("frame.", "tcp.stream", "udp.stream", "quic.connection.number")
"""Fields that say where in the file a packet stands, and are others in an excerpt."""


def _nobody(count: int) -> None:
    """Nobody waits for it."""


def compare_capture(
    session: Session,
    filter: Filter | None = None,  # noqa: A002 - the word users know
    *,
    explanations: Iterable[Explanation] = (),
    progress: Callable[[int], None] = _nobody,
) -> Comparison:
    """Compare all packets of an indexed capture, or those that match. Raises CaptureError without tshark, or where it fails."""
    theirs = tshark_packets(session.capture.path, decode_as=_rules(session), keylog=session.keylog)
    return compare(session.source(filter), theirs, _protocols(session), (*explanations, *KNOWN), progress)


def compare_packet(session: Session, number: int) -> Comparison:
    """Compare one packet, with what came before it in its stream as context; raises as `ask_about_packet` and what it gives do."""
    return ask_about_packet(session, number)()


def ask_about_packet(session: Session, number: int) -> Callable[[], Comparison]:
    """Make ready what a comparison of one packet needs of the session; what is given does the rest, in any thread, and takes a second.

    Raises UsageError when its stream is longer than MOST_CONTEXT until there; the comparison raises CaptureError as `compare_capture`.
    """
    capture = session.capture
    place = session.packet_stream(number)
    context = np.array([number]) if place is None else capture.index.packets_of(*place)
    context = context[context <= number]
    if len(context) > MOST_CONTEXT:
        problem = f"{len(context)} packets of its stream come before it, more than {MOST_CONTEXT}"
        raise UsageError(problem, place=f"packet {number}", remedy="Ask about the capture: workbench compare FILE")
    messages = [message for message in session.messages_of(number) if message.packet == number]
    source = replace(session.source(), packets=np.array([number]), everything=lambda: iter(messages))
    rules, protocols = _rules(session), _protocols(session)

    def ask() -> Comparison:
        with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
            excerpt = Path(folder, "excerpt.pcapng")
            _write(source, excerpt, context.tolist())
            theirs = tshark_packets(excerpt, decode_as=rules)
            return compare(source, _last(theirs, len(context), number), protocols, KNOWN, _nobody)

    return ask


def _last(packets: Iterator[TheirPacket], place: int, number: int) -> Iterator[TheirPacket]:
    """tshark's view of the last packet of an excerpt, as if it stood in the whole capture."""
    for packet in packets:
        if packet.number == place:
            fields = tuple(each for each in packet.fields if not each.name.startswith(_OF_THE_FILE))
            yield replace(packet, number=number, fields=fields)


def _write(source: Source, path: Path, numbers: Iterable[int]) -> None:
    capture = source.capture
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        for interface in capture.interfaces:
            writer.interface(interface.name, interface.link_type, interface.snaplen)
        for secret in source.secrets:
            writer.secrets(secret)
        for number in numbers:
            packet = capture.packet(number)
            writer.packet(packet.time_ns, packet.data, packet.interface, packet.original_length)


def _protocols(session: Session) -> frozenset[str]:
    return frozenset(spec.filter_prefix for spec in session.registry.specs)


def _rules(session: Session) -> list[str]:
    """What the user pinned, in tshark's words."""
    names = {spec.name: spec.filter_prefix for spec in session.registry.specs}
    return [
        f"{rule.transport}.port=={rule.first}{f'-{rule.last}' if rule.last > rule.first else ''},{names[rule.protocol]}"
        for rule in session.decode_as
    ]
