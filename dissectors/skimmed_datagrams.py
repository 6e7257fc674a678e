"""The fast lane for flows over UDP: datagrams of a protocol on its own port, each of which is a message, straight to lines.

A flow is taken where detection is certain to choose the owner of the server's port: its probe finds the first datagram LIKELY, and nobody
is surer or wants to see more (see `detect`). Flows that detection would not recognise are taken for what their server speaks in other
flows, so a port on which there is one is left to the decoders altogether. So are cut and reassembled datagrams, and tunnels.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dissectors.lines import Line
from dissectors.slots import CONTRACT, ask_probe, described, fault
from dissectors.undecoded import undecoded
from workbench.api import Confidence, Direction, Note, ProtocolSpec, Severity, members_text, message_members

if TYPE_CHECKING:  # numpy loads only when a capture is dissected
    from captures.capture import Capture

__all__ = ["MOST_FLOWS", "datagram_lines", "skimmed_rows"]

_UDP = 17

MOST_FLOWS = 65_536
"""Flows followed at once, as step by step; the one that was silent longest begins anew."""

Owners = dict[int, ProtocolSpec]
"""Protocols with a fast lane for datagrams, by port."""


def owners_of(specs: Sequence[ProtocolSpec]) -> Owners:
    """Who owns which port; where several do, the first one, as in `detect`."""
    first: Owners = {}
    for spec in specs:
        if spec.wire == "udp" and spec.transport == "udp":
            for port in spec.ports:
                first.setdefault(port, spec)
    return {port: spec for port, spec in first.items() if spec.skim_datagrams is not None and spec.probe is not None}


def skimmed_rows(capture: "Capture", specs: Sequence[ProtocolSpec]) -> tuple[Any, Owners]:
    """The rows of all datagrams that go through the fast lane, ascending, and who owns the ports of their servers."""
    import numpy as np

    from captures import marks

    index = capture.index
    owners = owners_of(specs)
    rows = np.flatnonzero((index.ip_protocol == _UDP) & (index.stream >= 0) & (index.payload_length > 0))
    port = np.where(index.direction[rows] == Direction.TO_SERVER, index.destination_port[rows], index.source_port[rows])
    wanted = np.isin(port, list(owners))
    rows, port = rows[wanted], port[wanted]
    stream = index.stream[rows].astype(np.int64)
    calm = np.ones(index.stream_count("udp"), np.bool_)
    calm[stream[(index.flags[rows] & (marks.TRUNCATED | marks.ASSEMBLED)) != 0]] = False
    calm[[number for streams in index.nested.values() for transport, number in streams if transport == "udp"]] = False
    verdicts = _Verdicts(specs, owners)
    taken, closed = calm.tolist(), set()
    for number, way, server, data in _beginnings(capture, rows, port):
        answer = verdicts.of(data, server, way)
        taken[number] &= answer is Confidence.LIKELY
        if answer is Confidence.NO:
            closed.add(server)
    calm = np.array(taken, np.bool_)
    return rows[calm[stream] & ~np.isin(port, list(closed))], owners


def _beginnings(capture: "Capture", rows: Any, ports: Any) -> Iterator[tuple[int, Direction, int, bytes]]:
    """Number, direction, server's port and bytes of the first datagram of each flow."""
    import numpy as np

    from captures.payloads import batches, payloads

    index = capture.index
    _, first = np.unique(index.stream[rows], return_index=True)
    first.sort()
    servers = iter(ports[first].tolist())
    ways = tuple(Direction)
    for batch in batches(capture, rows[first]):
        numbers, directions = index.stream[batch].tolist(), index.direction[batch].tolist()
        for number, way, data in zip(numbers, directions, payloads(capture, batch), strict=True):
            yield number, ways[way], next(servers), data


class _Verdicts:
    """What detection would say to first datagrams on ports with an owner."""

    def __init__(self, specs: Sequence[ProtocolSpec], owners: Owners) -> None:
        self._owners = owners
        self._others = {
            port: tuple(
                {spec.probe: spec for spec in specs if spec.transport == "udp" and spec.probe not in (None, owner.probe)}.values()
            )
            for port, owner in owners.items()
        }
        """For each port everybody else who has a probe of his own."""

    def of(self, data: bytes, port: int, direction: Direction) -> Confidence:
        """LIKELY where it would be the owner without any doubt, NO where it might be nobody, WEAK where only detection itself can tell."""
        from dissectors.detect import MOST_DATA

        data = data[:MOST_DATA]
        own = ask_probe(self._owners[port], data, direction)
        if own is not Confidence.LIKELY:
            return Confidence.NO if own in (Confidence.NO, Confidence.NEED_DATA) else Confidence.WEAK
        for spec in self._others[port]:
            if ask_probe(spec, data, direction) in (Confidence.CERTAIN, Confidence.NEED_DATA):
                return Confidence.WEAK
        return Confidence.LIKELY


def datagram_lines(capture: "Capture", rows: Any, owners: Owners) -> Iterator[Line]:
    """One line for each of these datagrams."""
    from captures.payloads import batches, payloads

    index = capture.index
    flows: dict[int, Callable[[Direction, bytes], str]] = {}
    up, down = Direction.TO_SERVER, Direction.TO_CLIENT
    for batch in batches(capture, rows):
        columns = (
            (batch + 1).tolist(),
            index.time_ns[batch].tolist(),
            index.stream[batch].tolist(),
            index.direction[batch].tolist(),
            index.source_port[batch].tolist(),
            index.destination_port[batch].tolist(),
            payloads(capture, batch),
        )
        for packet, time_ns, stream, way, source, destination, data in zip(*columns, strict=True):
            direction = down if way else up
            try:
                skim = flows.pop(stream, None)
                if skim is None:
                    start = owners[source if way else destination].skim_datagrams
                    assert start is not None
                    skim = start()
                    if len(flows) >= MOST_FLOWS:
                        del flows[next(iter(flows))]
                flows[stream] = skim
                text = skim(direction, data)
            except Exception as error:  # that it must not raise is a law
                text = _unsaid(owners[source if way else destination], direction, data, error)
            yield packet, f'{{"packet":{packet},"packets":[{packet}],"time_ns":{time_ns},"stream":{stream},{text}}}'


def _unsaid(spec: ProtocolSpec, direction: Direction, data: bytes, error: Exception) -> str:
    """What is said of a datagram that the fast lane of a plugin choked on."""
    what = fault(spec.name, "skim_datagrams", f"raised {described(error)}")
    note = Note(Severity.ERROR, what, 0, len(data), CONTRACT)
    return members_text(message_members(undecoded(direction, 0, len(data), data, note)))
