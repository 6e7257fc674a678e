"""Streams in, messages out: runs detection and decoders over all flows of a capture, or over bytes that came from none."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from dissectors.decode_as import DecodeAs
from dissectors.flow_state import FlowState
from dissectors.guide import Guide
from dissectors.secrets import SecretStore
from workbench.api import NO_SECRETS, Chunk, Direction, Endpoint, FlowKey, Message, ProtocolSpec, Secrets

if TYPE_CHECKING:  # numpy and the capture readers load only when a capture is dissected
    from captures.capture import Capture
    from captures.stream_events import Stream, StreamEvent

__all__ = ["MOST_FLOWS", "MOST_PENDING", "Dissector", "converse", "dissect", "flow_of", "pin_of"]

MOST_FLOWS = 65_536
"""Flows followed at once; a new one beyond that ends the one that was silent longest."""

MOST_PENDING = 256 * 1024 * 1024
"""Bytes that all flows together may keep for messages not yet complete; beyond, the flow that was silent longest is ended."""

BATCH = 65_536
"""Packets indexed at a time by `dissect`: messages appear early, and columns grow in large steps."""

_Key = tuple[str, int]


class Dissector:
    """Decodes flows as their events arrive. Messages come in the order in which they are complete.

    `specs` are the protocols to look for, `decode_as` what the user pinned, `secrets` what is known to decrypt with. Each message is
    given its `stream`, the `packets` that carried it, and `packet` and `time_ns` of its completion.
    """

    def __init__(
        self, specs: Sequence[ProtocolSpec], *, decode_as: Sequence[DecodeAs] = (), secrets: Secrets = NO_SECRETS
    ) -> None:
        self._guide = Guide(tuple(specs), tuple(decode_as), secrets)
        self._flows: dict[_Key, FlowState] = {}
        """Least recently heard of first."""
        self._pending = 0

    def receive(self, event: "StreamEvent") -> Iterator[Message]:
        """Messages that are complete with this event (a remark about the transport completes none)."""
        stream = event.stream
        key = stream.transport, stream.number
        chunk: Chunk | None = getattr(event, "chunk", None)
        if chunk is not None:
            flow = self._flow_of(key, stream)
            yield from flow.receive(chunk)
            yield from self._weigh(flow)
        elif key in self._flows:
            flow = self._flow_of(key, stream)
            ending: Direction | None = None if hasattr(event, "note") else getattr(event, "direction", None)
            if ending is not None:
                yield from flow.finish(ending)
                if len(flow.ended) == len(Direction):
                    self._forget(key)
                    return
            yield from self._weigh(flow)

    def _flow_of(self, key: _Key, stream: "Stream") -> FlowState:
        """The flow of a stream, which was heard of just now."""
        flow = self._flows.pop(key, None)
        if flow is None:
            flow = self._begin(stream)
        self._flows[key] = flow
        return flow

    def _begin(self, stream: "Stream") -> FlowState:
        return FlowState(stream.number, stream.flow, self._guide)

    def _weigh(self, flow: FlowState) -> Iterator[Message]:
        """A flow keeps more or less than before; what has to end for that."""
        pending = flow.pending
        self._pending += pending - flow.counted
        flow.counted = pending
        while len(self._flows) > MOST_FLOWS or (self._pending > MOST_PENDING and len(self._flows) > 1):
            yield from self._end(next(iter(self._flows)))

    def waits_inside(self, packet: int, direction: Direction) -> bool:
        """Whether bytes of that packet, or of one before it, wait inside completed messages for the rest of an inner one."""
        return any(flow.waits_inside(packet, direction) for flow in self._flows.values())

    def finish(self) -> Iterator[Message]:
        """No more events: what is left of all flows."""
        while self._flows:
            yield from self._end(next(iter(self._flows)))

    def _end(self, key: _Key) -> Iterator[Message]:
        flow = self._forget(key)
        for direction in Direction:
            yield from flow.finish(direction)

    def _forget(self, key: _Key) -> FlowState:
        flow = self._flows.pop(key)
        self._pending -= flow.counted
        return flow


def dissect(
    capture: "Capture",
    specs: Sequence[ProtocolSpec],
    *,
    decode_as: Sequence[DecodeAs] = (),
    secrets: Secrets | None = None,
) -> Iterator[Message]:
    """All messages of a capture as it is now, in the order in which they are complete.

    Decrypts with `secrets`; by default with those that the capture itself brings.
    """
    from captures.streams import Streams

    streams = Streams(capture)
    known = SecretStore(lambda: capture.secrets) if secrets is None else secrets
    dissector = Dissector(specs, decode_as=decode_as, secrets=known)
    while True:
        grown = capture.grow(BATCH)
        for event in streams.advance():
            yield from dissector.receive(event)
        if not grown:
            break
    for event in streams.flush():
        yield from dissector.receive(event)
    yield from dissector.finish()


def converse(
    spec: ProtocolSpec,
    turns: Iterable[tuple[Direction, bytes]],
    *,
    inner: Sequence[ProtocolSpec] | None = None,
    secrets: Secrets = NO_SECRETS,
) -> list[Message]:
    """Messages in bytes that came from no capture; each turn counts as one packet (from 1), one nanosecond after the one before.

    Conversations inside this one are left out, unless `inner` says which protocols to look for there.
    """
    state = FlowState(0, flow_of(spec), Guide((spec, *(inner or ())), (pin_of(spec),), secrets))
    offsets = dict.fromkeys(Direction, 0)
    messages: list[Message] = []
    for number, (direction, data) in enumerate(turns, 1):
        messages += state.receive(Chunk(direction, offsets[direction], data, packet=number, carrier=number, time_ns=number))
        offsets[direction] += len(data)
    for direction in Direction:
        messages += state.finish(direction)
    return messages if inner is not None else [message for message in messages if not message.layer]


def flow_of(spec: ProtocolSpec) -> FlowKey:
    """The flow of a conversation that came from no capture."""
    return FlowKey(spec.wire, Endpoint("127.0.0.1", 1), Endpoint("127.0.0.1", spec.ports[0] if spec.ports else 2))


def pin_of(spec: ProtocolSpec) -> DecodeAs:
    """The rule that such a flow is of this protocol."""
    return DecodeAs(spec.wire, 0, 65_535, spec.name)
