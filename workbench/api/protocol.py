"""The plugin contract: one frozen value describes a protocol to every engine.

A plugin is a package with `PROTOCOL = ProtocolSpec(...)` behind the entry point group `workbench.protocols`. A simple protocol fills in
data only; a hard one replaces one slot with its own code. Nothing here runs anything.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from random import Random
from typing import Any, Generic, Protocol, TypeVar

from construct import Construct

from workbench.api.answers import Answer
from workbench.api.carriers import Carrier
from workbench.api.checks import Check
from workbench.api.faults import Fault
from workbench.api.framing import MAX_FRAME, Framer
from workbench.api.messages import Field, Handoff, Inner, Message, Note, View, Wake
from workbench.api.mutators import Mutator
from workbench.api.packets import Chunk, Direction, Endpoint, FlowKey, Transport
from workbench.api.quick import quick
from workbench.api.secrets import NO_SECRETS, Secrets
from workbench.api.servers import ServerFactory
from workbench.api.skimming import DatagramSkimmer, Skimmer

__all__ = [
    "Confidence",
    "Decoder",
    "DecoderFactory",
    "FlowContext",
    "Hints",
    "Limits",
    "Memory",
    "PerDirection",
    "ProtocolSpec",
    "Secret",
    "Seed",
    "Traced",
]

T = TypeVar("T")


class Confidence(IntEnum):
    """A probe's answer about the first bytes of one direction of a flow."""

    NO = 0
    NEED_DATA = 1
    WEAK = 2
    LIKELY = 3
    CERTAIN = 4


@dataclass(frozen=True, slots=True)
class PerDirection(Generic[T]):
    """A value that differs between requests and replies."""

    to_server: T
    to_client: T

    def of(self, direction: Direction) -> T:
        """The value for one direction."""
        return self.to_server if direction is Direction.TO_SERVER else self.to_client


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds that keep hostile input cheap."""

    message: int = MAX_FRAME
    """Bytes of one message that are buffered and dissected; a longer one is cut with a note."""
    fields: int = 20_000
    """Fields in one tree: a megabyte of two-byte array items still shows its beginning, and a screen can scroll through the rest."""
    bad_frames: int = 32
    """Consecutive broken messages after which a flow direction is given up as undecoded: a mis-detected protocol, not a damaged one."""
    memory: int = 65_536
    """Entries of a flow's `Memory`; the oldest go first. More requests are never outstanding on one connection of a sane peer."""


class Memory(dict[Any, Any]):
    """What a plugin remembers about one flow between messages; forgets its oldest entry beyond `limit`."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        while len(self) > self.limit:
            del self[next(iter(self))]


@dataclass(frozen=True, slots=True)
class Traced:
    """A construct parse with byte ranges; `value` is None and `error` says why when it failed (`root` then holds what was read)."""

    value: Any
    root: Field
    views: tuple[View, ...]
    consumed: int
    error: str = ""


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowContext:
    """What a decoder gets to know about its flow.

    `trace(grammar, data, prefix, parameters)` parses with spans: `prefix` is put before the field paths to make filter names
    ("streambus" gives "streambus.request_id"). It never raises on wire data. `secrets` are those known for this capture, also those that
    become known later. `facts` is what the protocol said that handed this flow over (`Handoff.facts`, `Inner.facts`): names and shapes are
    documented by the plugin that gives them.

    `memory` is this flow's own. `siblings` is what all conversations of this protocol inside one flow share (the streams of one QUIC
    connection; `channel` tells them apart), `capture` what all its flows in one capture share (a connection that changes its addresses).
    Both forget their oldest entries beyond `limits.memory`, as `memory` does.
    """

    stream: int
    flow: FlowKey
    limits: Limits
    trace: Callable[[Construct, bytes, str, Mapping[str, Any]], Traced]
    memory: Memory
    secrets: Secrets = NO_SECRETS
    facts: Mapping[str, Any] = field(default_factory=dict)
    channel: str = ""
    siblings: Memory = field(default_factory=lambda: Memory(Limits().memory))
    capture: Memory = field(default_factory=lambda: Memory(Limits().memory))


class Decoder(Protocol):
    """Turns one flow's chunks into messages. Fresh per flow, fed with both directions in capture order.

    Never raises on wire data: a broken message is a `Message` with errors, bytes that are none are a `Message` of protocol
    `UNDECODED`, and together they tile each direction's stream. Equal bytes give equal messages however they are split.

    One that may have to wait for what a sibling reads (see `Wake`) has two more members: `waiting`, whether it does so now, and
    `resume(final)`, which gives what has become complete; with `final`, what never will. While it waits, `finish` may leave bytes for it.

    One that can say its messages as text for less than it takes to make them has a member `skim` (see `ChunkSkimmer`), over UDP perhaps
    `skim_datagram` too (see `DatagramTaker`). With `patience(direction)` any decoder may say how many more bytes of a direction complete
    nothing, whatever they are, so that they need not come one by one.
    """

    def receive(self, chunk: Chunk) -> Iterable[Message | Handoff | Inner | Wake]:
        """Take the next bytes (after `chunk.gap` lost ones); give whatever is complete. After a `Handoff` it is not called again."""
        ...

    def finish(self, direction: Direction) -> Iterable[Message | Handoff | Inner | Wake]:
        """No more bytes in this direction (FIN, reset or end of the capture): give what is left, complete or not."""
        ...


DecoderFactory = Callable[[FlowContext], Decoder]


@dataclass(frozen=True, slots=True)
class Seed:
    """The client side of one valid session: `messages` in sending order, each one complete protocol message."""

    name: str
    messages: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """A session whose content no other session may ever see; the fuzzer plays it first and looks for `token` in later replies."""

    session: Seed
    token: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the fuzzer cannot know from the grammar. `keep` names field paths that mutators leave alone half of the time.

    `replies` are filter names of fields with few values that tell replies of one label apart (a status): a server that answers with another
    one has done something new.

    Where the answers of several servers are compared, `answer` says what a reply means, without all that may differ between servers that
    agree; None for a reply that counts for nothing there. Without it all fields of a reply count, but for those that `volatile` names
    (filter names: a clock, a random number, the server's own name).

    `mutators` are changes of sessions that know this protocol, for the fuzzer to choose from besides its own.
    """

    tokens: tuple[bytes, ...] = ()
    keep: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    secret: Secret | None = None
    volatile: tuple[str, ...] = ()
    answer: Callable[[Message], Answer | None] | None = None
    mutators: Sequence[Mutator] = ()


def _no_parameters(memory: Memory, direction: Direction, frame: bytes) -> Mapping[str, Any]:  # noqa: ARG001
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolSpec:
    """A protocol, as every engine sees it. Only `name`, `title` and either `grammar` with `frame` or `decoder` are required.

    See `plugins/README.md` for each slot with an example.
    """

    name: str
    """Unique, lower case; the prefix of filter names unless `prefix` is given, and the word users type."""
    title: str
    transport: str = "tcp"
    """What carries it: "tcp", "udp", or the name of a protocol with a `carrier` ("quic"). Flows of that kind are not looked for: their
    carrier hands them on. Their servers, seeds and checks speak the frames of `workbench.api.carried`."""
    ports: tuple[int, ...] = ()
    prefix: str = ""
    """Wireshark's filter prefix where it differs from `name` (http1 → http)."""
    alpn: tuple[str, ...] = ()
    """ALPN identifiers (RFC 7301) under which TLS carries it; offered by its TLS servers, and found by them inside decrypted TLS."""

    grammar: Construct | PerDirection[Construct] | None = None
    frame: Framer | None = None
    parameters: Callable[[Memory, Direction, bytes], Mapping[str, Any]] = _no_parameters
    """Context for parsing one frame (`this._params.NAME` in the grammar), from what the flow's earlier frames left in memory."""
    decoder: DecoderFactory | None = None
    """Replaces grammar and frame for protocols that these cannot express."""
    encode: Callable[[Message], bytes] | None = None
    """Bytes of a message whose `value` was changed; default: build it with the grammar."""

    probe: Callable[[bytes, Direction], Confidence] | None = None
    label: Callable[[Message], str] | None = None
    """Symbol of an error-free message for `states`; default: its direction."""
    summary: Callable[[Message], str] | None = None
    """One line about an error-free message; default: its label and first fields."""
    check: Callable[[Message], Iterable[Note]] | None = None
    """Remarks on an error-free message, beyond what the grammar enforces."""
    exchange: Callable[[Message], Hashable] | None = None
    """Key that a request and its response share; default: none, messages are not paired."""
    states: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Legal transitions {(state, label): next state}; empty means that anything goes."""
    initial: str = "start"

    seeds: Sequence[Seed] = ()
    server: ServerFactory | None = None
    """Reference server; see `workbench.api.servers`."""
    carrier: Carrier | None = None
    """Makes this protocol a transport for others (QUIC); see `workbench.api.carriers`."""
    training: ServerFactory | None = None
    """The same with planted faults: a target to learn and to test fuzzing on. Never serve it to strangers."""
    faults: Sequence[Fault] = ()
    """What is planted in `training`, each with an example that meets it."""
    workload: Callable[[Endpoint, Random], Iterator[str]] | None = None
    """Drives a server of this protocol with a real client over sockets; yields a line per thing done."""
    checks: Sequence[Check] = ()
    """Conformance cases, each from a sentence of the specification; `workbench check` runs them against any server."""
    check_options: Mapping[str, str] | None = None
    """What the checks may be told about a target (`--option NAME=VALUE`), by name: what it is, and what holds without it. None: the plugin
    does not say, and whatever is told is passed on."""
    skim: Skimmer | None = None
    """Fast lane for whole conversations; must say exactly what the decoder says. See `workbench.api.skimming`."""
    skim_datagrams: DatagramSkimmer | None = None
    """The same for protocols over UDP of which each datagram is one message."""
    hints: Hints = Hints()
    limits: Limits = Limits()

    @property
    def wire(self) -> Transport:
        """What its packets travel in."""
        return "tcp" if self.transport == "tcp" else "udp"

    @property
    def filter_prefix(self) -> str:
        """What the protocol's filter names begin with."""
        return self.prefix or self.name

    def grammar_for(self, direction: Direction) -> Construct | None:
        """The grammar of one direction."""
        return self.grammar.of(direction) if isinstance(self.grammar, PerDirection) else self.grammar

    def build(self, message: Message) -> bytes:
        """Bytes of `message` from its `value`, with lengths and checksums made right; raises `ConstructError` where it cannot be."""
        if self.encode is not None:
            return self.encode(message)
        grammar = self.grammar_for(message.direction)
        if grammar is None:
            raise TypeError(f"{self.name} has neither a grammar nor an encode slot")
        return bytes(grammar.build(message.value, **message.parameters))
