"""Which protocol is this flow? A decision list; the first rule that decides wins.

1. A decode-as rule pins the flow's ports: that protocol.
2. A probe is CERTAIN about the first bytes of a direction: the most certain protocol.
3. A probe asks for more data, and neither `MOST_DATA` bytes of its direction nor its end are there: wait.
4. A probe finds it LIKELY: that protocol.
5. A protocol owns the server's port (or, where roles may be mistaken, the client's), and its probe does not say NO: that protocol.
6. One direction of a TCP connection has not said anything yet: wait for it, too; a client may begin with rubbish, and the server's
   refusal says what it speaks.
7. Nobody: the flow stays undecoded.

So bytes beat ports: a port whose owner does not recognise its protocol is refused, and a protocol is found on any port. WEAK is only
good enough together with the port. Between equals the owner of the port wins, then the order of the protocols.
"""

from collections.abc import Collection, Mapping, Sequence

from dissectors.decode_as import DecodeAs
from dissectors.slots import ask_probe
from workbench.api import Confidence, Direction, FlowKey, ProtocolSpec

__all__ = ["MOST_DATA", "WAIT", "Wait", "detect"]

MOST_DATA = 4096
"""Bytes of one direction that detection waits for: the longest first message that must be seen whole fits, and memory stays small."""


class Wait:
    """The answer "not yet"."""


WAIT = Wait()


def detect(
    flow: FlowKey,
    data: Mapping[Direction, bytes],
    specs: Sequence[ProtocolSpec],
    pins: Sequence[DecodeAs] = (),
    *,
    ended: Collection[Direction] = (),
    faults: list[str] | None = None,
) -> ProtocolSpec | Wait | None:
    """The protocol of a flow, None when it is nobody's, or `WAIT` for more bytes.

    `data` holds the first bytes of each direction so far, `ended` the directions that will have no more. A probe that raises, or
    answers what is no `Confidence`, counts as NO, and a sentence about it is put into `faults`.
    """
    pinned = _pinned(flow, specs, pins)
    if pinned is not None:
        return pinned
    candidates = [spec for spec in specs if spec.transport == flow.transport]
    owners = [spec for port in (flow.server.port, flow.client.port) for spec in candidates if port in spec.ports]
    ranked = list({spec.name: spec for spec in owners + candidates}.values())
    answers = {spec.name: _ask(spec, data, ended, faults) for spec in ranked if spec.probe is not None}
    best = max(ranked, key=lambda spec: _firm(answers.get(spec.name)), default=None)
    confidence = answers.get(best.name) if best else None
    if confidence is Confidence.CERTAIN:
        return best
    if Confidence.NEED_DATA in answers.values():
        return WAIT
    if confidence is Confidence.LIKELY:
        return best
    owner = next((spec for spec in owners if answers.get(spec.name) is not Confidence.NO), None)
    silent = any(not data.get(direction) and direction not in ended for direction in Direction)
    return WAIT if owner is None and silent and flow.transport == "tcp" else owner


def _pinned(flow: FlowKey, specs: Sequence[ProtocolSpec], pins: Sequence[DecodeAs]) -> ProtocolSpec | None:
    for pin in pins:
        if pin.covers(flow):
            return next((spec for spec in specs if spec.name == pin.protocol), None)
    return None


def _firm(answer: Confidence | None) -> int:
    return 0 if answer is None or answer is Confidence.NEED_DATA else int(answer)


def _ask(
    spec: ProtocolSpec, data: Mapping[Direction, bytes], ended: Collection[Direction], faults: list[str] | None
) -> Confidence:
    """A protocol's best answer about either direction; one that still wants data after all there can be counts as WEAK."""
    best = Confidence.NO
    for direction, first in data.items():
        if not first:
            continue
        answer = ask_probe(spec, first, direction, faults)
        if answer is Confidence.NEED_DATA and (direction in ended or len(first) >= MOST_DATA):
            answer = Confidence.WEAK
        best = max(best, answer)
    return best
