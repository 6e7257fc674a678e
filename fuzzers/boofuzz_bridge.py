"""The bridge to boofuzz, in both directions; the one file that imports it.

`requests` makes boofuzz Requests out of a session of ours, for somebody's boofuzz script: its own primitives on our fields, lengths and
checksums kept right. `mutants` puts our mutators into a stock boofuzz session, with all its monitors. `GraphCases` goes the other way: a
boofuzz session graph makes the cases, and our executors, oracles and minimiser do the rest. `watched` lets any boofuzz monitor judge our
cases.

boofuzz is installed by its users: `pip install boofuzz`.
"""

import runpy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import boofuzz
from boofuzz.mutation_context import MutationContext

from dissectors.engine import converse
from fuzzers.cases import CaseSource
from fuzzers.corpus import corpus_of
from fuzzers.dictionary import computed_names
from fuzzers.model import USUAL, Case, Conduct, Execution, Failure, Mutation
from fuzzers.oracles import MONITORED
from fuzzers.repair import repairer
from fuzzers.targets.calibration import Calibration
from fuzzers.targets.player import CasePlayer, MakePlayer
from workbench.api import Direction, Endpoint, Field, Message, ProtocolSpec, Seed, TargetError, UsageError

__all__ = ["GraphCases", "WatchedPlayer", "connect", "monitors_of", "mutants", "requests", "watched"]

WIDTHS = (1, 2, 4, 8)
"""Bytes of the numbers that boofuzz's BitField is used for; it tries boundaries of any width, these are what fields have."""

SHOWN = 60
"""Characters of a value in the description of a mutation."""


def requests(spec: ProtocolSpec, seed: Seed, *, repaired: bool = True) -> list[boofuzz.Request]:
    """A Request for each message of a seed, which renders to the same bytes; `connect` puts them in order.

    With `repaired` lengths and checksums are made right in every mutation, as far as the grammar says where they are; without, they are
    fields like all others. What the decoder finds no fields in is one field.
    """
    grammar = spec.grammar_for(Direction.TO_SERVER)
    repair = repairer(grammar) if repaired else None
    fixed = computed_names(grammar) if repair is not None else frozenset[str]()
    made = []
    for number, raw in enumerate(seed.messages):
        message = _decoded(spec, raw)
        parts = [boofuzz.Bytes("bytes", default_value=raw)]
        if message is not None:
            leaves = list(_leaves(message.root))
            parts = [_primitive(f"{place}-{leaf.name}", leaf, raw, fixed) for place, leaf in enumerate(leaves)]
        block = boofuzz.Block("message", children=tuple(parts), encoder=None if message is None else repair)
        made.append(boofuzz.Request(f"{seed.name}-{number}".replace(".", "_"), children=(block,)))
    return made


def mutants(spec: ProtocolSpec, raw: bytes, *, cases: int = 1_000, seed: int = 0, name: str = "mutants") -> boofuzz.Request:
    """A Request whose mutations are ours: `cases` of them, the same for equal seeds."""
    return boofuzz.Request(name, children=(_Mutants("message", spec, raw, cases, seed),))


def connect(session: boofuzz.Session, chain: Sequence[boofuzz.Request]) -> None:
    """Say that these requests follow each other."""
    for before, after in zip([None, *chain], chain, strict=False):
        if before is None:
            session.connect(after)
        else:
            session.connect(before, after)


class GraphCases:
    """The cases of a boofuzz session graph, where our executors look for them.

    Its order is boofuzz's; going back to an earlier case starts it again. `case_at` raises IndexError behind the last one.
    """

    def __init__(self, session: boofuzz.Session, *, depth: int = 1) -> None:
        if not session.targets:  # it wants one before it makes anything; nobody ever connects to it
            session.add_target(boofuzz.Target(connection=boofuzz.TCPSocketConnection("127.0.0.1", 9)))
        self._session = session
        self._depth = depth
        self._cases = self._all()
        self._next = 0

    def case_at(self, number: int) -> Case:
        """Case `number` (from 0)."""
        if number < self._next:
            self._cases, self._next = self._all(), 0
        for case in self._cases:
            self._next = case.number + 1
            if case.number == number:
                return case
        raise IndexError(f"the graph makes {self._next} cases, there is no case {number}")

    def __iter__(self) -> Iterator[Case]:
        """All cases, from the first."""
        return self._all()

    def _all(self) -> Iterator[Case]:
        number = 0
        for context in self._session._generate_mutations_indefinitely(max_depth=self._depth):
            messages = tuple(self._session.nodes[edge.dst].render(context) for edge in context.message_path)
            if all(messages):
                yield Case(number, "boofuzz", messages, tuple(_told(context, len(messages) - 1)))
                number += 1


class _Elsewhere(boofuzz.ITargetConnection):
    """The connection of a target, for monitors to look at: what is said goes over connections of our own."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.host, self.port = endpoint.host, endpoint.port

    @property
    def info(self) -> str:
        """Where the target is."""
        return f"{self.host}:{self.port}"

    def open(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""

    def recv(self, max_bytes: int) -> bytes:
        """Nothing comes this way."""
        return b""

    def send(self, data: bytes) -> int:
        """Nothing goes this way."""
        return 0


@dataclass(slots=True)
class _Session:
    """What monitors look at of a boofuzz session."""

    targets: list[boofuzz.Target]
    total_mutant_index: int = 0
    mutant_index: int = 0
    _ignore_connection_ssl_errors: bool = True
    _reuse_target_connection: bool = False


class WatchedPlayer:
    """A player whose cases boofuzz monitors judge as well; see `fuzzers.targets.player.CasePlayer`. They are asked around every case, and
    asked to restart the target where it is to be a fresh one."""

    def __init__(self, player: CasePlayer, monitors: Sequence[boofuzz.BaseMonitor], endpoint: Endpoint) -> None:
        self.restarts = 0
        self._player = player
        self._monitors = monitors
        target, logger = boofuzz.Target(connection=_Elsewhere(endpoint), monitors=list(monitors)), boofuzz.FuzzLogger([])
        target.set_fuzz_data_logger(logger)
        self._session = _Session([target])
        self._said: dict[str, Any] = {"target": target, "fuzz_data_logger": logger, "session": self._session}
        for monitor in monitors:
            if not monitor.alive():
                raise TargetError(f"the monitor {monitor!r} is not there", remedy="Start what it connects to first")

    @property
    def keeps(self) -> bool:
        """See `CasePlayer`."""
        return self._player.keeps

    def play(
        self, messages: Sequence[bytes], conduct: Conduct = USUAL, *, patient: bool = False, number: int | None = None
    ) -> Execution:
        """Play one case; the first monitor that objects has the word."""
        self._session.total_mutant_index += 1
        for monitor in self._monitors:
            monitor.pre_send(**self._said)
        execution = self._player.play(messages, conduct, patient=patient, number=number)
        objecting = [monitor for monitor in self._monitors if not monitor.post_send(**self._said)]
        if objecting and execution.failure is None:
            text = "\n".join(_synopsis(monitor) for monitor in self._monitors).strip()
            execution = replace(execution, failure=Failure(MONITORED, _first_line(_synopsis(objecting[0])), text=text))
            self._restart()
        self.restarts += self._player.restarts
        self._player.restarts = 0
        return execution

    def _restart(self) -> None:
        self.restarts += 1
        any(monitor.restart_target(**self._said) for monitor in self._monitors)
        self._player.renew()

    def renew(self) -> None:
        """See `CasePlayer`."""
        any(monitor.restart_target(**self._said) for monitor in self._monitors)
        self._player.renew()

    def reached(self) -> tuple[int, ...]:
        """See `CasePlayer`."""
        return self._player.reached()

    def disregard(self) -> None:
        """See `CasePlayer`."""
        self._player.disregard()

    def calibrate(self) -> Calibration:
        """See `CasePlayer`."""
        return self._player.calibrate()

    def close(self) -> None:
        """See `CasePlayer`."""
        self._player.close()


def watched(make: MakePlayer, place: str, endpoint: Endpoint) -> MakePlayer:
    """Players whose cases the monitors at `place` judge as well (see `monitors_of`); each worker has monitors of its own."""
    monitors_of(place)  # what is wrong with it is said before anything is started
    return lambda post: WatchedPlayer(make(post), monitors_of(place)(), endpoint)


def monitors_of(place: str) -> Callable[[], Sequence[boofuzz.BaseMonitor]]:
    """What makes the monitors: `FILE.py:NAME`, a function without parameters that gives one or a list. Raises `UsageError`."""
    path, _, name = place.rpartition(":")
    try:
        made = runpy.run_path(path)[name]
    except (OSError, KeyError, SyntaxError, ImportError) as error:
        raise UsageError(f"there is no such monitor ({error})", place=place, remedy="Write it as FILE.py:FUNCTION") from error

    def monitors() -> Sequence[boofuzz.BaseMonitor]:
        found = made()
        found = list(found) if isinstance(found, list | tuple) else [found]
        if not all(isinstance(each, boofuzz.BaseMonitor) for each in found):
            raise UsageError("what it gives is no boofuzz monitor", place=place)
        return found

    return monitors


def _synopsis(monitor: boofuzz.BaseMonitor) -> str:
    return str(monitor.get_crash_synopsis() or "")


def _first_line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "it gives no reason")


class _Mutants(boofuzz.Fuzzable):
    """A message that our mutators change."""

    def __init__(self, name: str, spec: ProtocolSpec, raw: bytes, cases: int, seed: int) -> None:
        super().__init__(name=name, default_value=raw)
        # case 0 is the message itself
        self._source = CaseSource(spec, corpus_of(spec, (Seed("message", (raw,)),)), seed)
        self._wanted = cases

    def mutations(self, default_value: bytes) -> Iterator[bytes]:
        """Every case as one message."""
        for number in range(1, self._wanted + 1):
            yield b"".join(self._source.case_at(number).messages)

    def num_mutations(self, default_value: bytes | None = None) -> int:
        """As many as were asked for."""
        return self._wanted

    def encode(self, value: bytes, mutation_context: Any) -> bytes:
        """They are bytes."""
        return value


def _decoded(spec: ProtocolSpec, raw: bytes) -> Message | None:
    found = converse(spec, [(Direction.TO_SERVER, raw)])
    sound = len(found) == 1 and found[0].protocol == spec.name and found[0].raw == raw and not found[0].errors
    return found[0] if sound else None


def _leaves(node: Field) -> Iterator[Field]:
    """The fields that cover a message, byte for byte: as deep as children tile their parents."""
    at = node.start
    children = [child for child in node.children if child.end > child.start]
    for child in children:
        if child.start != at or child.view or child.bits is not None:
            break
        at = child.end
    else:
        if children and at == node.end:
            for child in children:
                yield from _leaves(child)
            return
    yield node


def _primitive(name: str, leaf: Field, raw: bytes, fixed: frozenset[str]) -> boofuzz.Fuzzable:
    """The primitive of boofuzz for a field. Names must not hold the dots that boofuzz joins them with."""
    data, name = raw[leaf.start : leaf.end], name.replace(".", "_")
    if leaf.name in fixed or leaf.abbrev.rpartition(".")[2] in fixed:
        return boofuzz.Static(name, default_value=data)
    if len(data) in WIDTHS and isinstance(leaf.value, int) and not isinstance(leaf.value, bool):
        little = int(leaf.value) == int.from_bytes(data, "little") != int.from_bytes(data, "big")
        order = "little" if little else "big"
        number = int.from_bytes(data, order)  # type: ignore[arg-type]
        return boofuzz.BitField(name, default_value=number, width=8 * len(data), endian="<" if little else ">")
    if isinstance(leaf.value, str) and leaf.value.encode("utf-8", "replace") == data:
        return boofuzz.String(name, default_value=leaf.value)
    return boofuzz.Bytes(name, default_value=data)


def _told(context: MutationContext, message: int) -> Iterator[Mutation]:
    """What boofuzz changed, in our words. It changes the last message of a path."""
    for mutation in context.mutations.values():
        yield Mutation("boofuzz", message, mutation.qualified_name, "", repr(mutation.value)[:SHOWN])
