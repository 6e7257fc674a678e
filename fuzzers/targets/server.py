"""Plays cases on a server with sockets: has it run in one of several ways, looks after it, and says what became of it."""

import select
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from fuzzers.corpus import Entry
from fuzzers.coverage import CoverageMap
from fuzzers.model import USUAL, Conduct, Ending, Execution, Failure, Growth
from fuzzers.oracles import STALLED, Judge
from fuzzers.slopes import SlopeWatch, Usage, usage_of, used_growth
from fuzzers.targets.address import RETRY_S, RETURN_S
from fuzzers.targets.calibration import STABLE, Calibration, Measured, Shown, best, measured
from fuzzers.targets.player import Post
from fuzzers.targets.ways.live import Live
from fuzzers.targets.ways.way import Way
from workbench.api import Direction, TargetError

__all__ = ["ServerPlayer"]

MAX_SEEDS = 16
"""Seeds that are asked whether a kind of message is answered at all."""
MORE_SEEDS = 64
"""Seeds that are asked whether it is answered every time."""

MakeWay = Callable[[], Way]
_BAD = (Ending.CRASHED, Ending.GONE, Ending.HUNG)


class ServerPlayer:
    """See `fuzzers.targets.player.CasePlayer`. `ways` may be tried, the best first; what was calibrated says which one it is. The ways
    are closed with the player, and so is `coverage`, the map that the server fills (if it does)."""

    def __init__(
        self,
        ways: Mapping[str, MakeWay],
        judge: Judge,
        corpus: Sequence[Entry],
        post: Post,
        coverage: CoverageMap | None = None,
    ) -> None:
        self.restarts = 0
        self._ways = ways
        self._judge = judge
        self._corpus = corpus
        self._board = post.board
        self._coverage = self._map = coverage
        self._whole: tuple[int, ...] | None = None
        """What the last case reached, once something else was played after it."""
        self._started = self._has_secret = False
        self._slope = SlopeWatch()
        self._probe: tuple[bytes, ...] | None = None
        self._answering: dict[str, bool] = {}
        self._demanding: dict[str, bool] = {}
        self._way = ways[next(iter(ways)) if post.calibration is None else post.calibration.executor]()
        if post.calibration is not None:
            self._heed(post.calibration)

    @property
    def keeps(self) -> bool:
        """See `CasePlayer`."""
        return self._way.keeps

    def play(
        self, messages: Sequence[bytes], conduct: Conduct = USUAL, *, patient: bool = False, number: int | None = None
    ) -> Execution:
        """Play one case against the running server; starts it when necessary (and raises `TargetError` when that fails)."""
        way = self._way
        if not self._started:
            self._start()
        way.begin()
        self._board.group = way.group
        self._tell_secret(number)
        self._whole = None
        coverage: tuple[int, ...] = ()
        if self._map is not None:
            self._map.clear()
        execution = way.say(messages, conduct, patient=patient, apart=number is None)
        if self._map is not None:
            coverage = self._map.features() if number is None else self._map.novel()
        if coverage or self._has_secret:
            execution = replace(execution, coverage=coverage, secret=self._has_secret)
        execution = self._after(execution, conduct)
        if way.keeps and execution.failure is None and self._is_to_be_weighed(execution, patient=patient, number=number):
            execution = replace(execution, growth=self._growth(messages, conduct))
        if execution.ending in _BAD and not way.survives(execution):
            self.restarts += 1
            self._stop()
        return execution

    def _is_to_be_weighed(self, execution: Execution, *, patient: bool, number: int | None) -> bool:
        """Whether it is time to see what the server keeps of a case; only of ours we can."""
        if not isinstance(self._way, Live):
            return False
        if number is None:
            return patient and self._judge.verdict(execution) is None
        return self._slope.met(lambda: _usage(self._way))

    def _growth(self, messages: Sequence[bytes], conduct: Conduct) -> Growth | None:
        way = self._way
        self._whole = self.reached()
        growth = used_growth(lambda: way.say(messages, conduct).ending not in _BAD, lambda: _usage(way))
        if (
            way.fate(Execution((), Ending.OPEN)).ending is not Ending.OPEN
        ):  # it died of being asked again, which is none of this case
            self.restarts += 1
            self._stop()
        return growth

    def reached(self) -> tuple[int, ...]:
        """See `CasePlayer`."""
        if self._whole is not None:
            return self._whole
        return self._map.features() if self._map is not None else ()

    def disregard(self) -> None:
        """See `CasePlayer`."""
        if self._map is not None:
            self._map.take_back()

    def _tell_secret(self, number: int | None) -> None:
        """Let the server have something that it must not tell others. Where it remembers, it need not be told each time."""
        secret = self._judge.spec.hints.secret
        every = self._way.secrets
        if secret is None or not every:
            return
        if number is None or number % every == 0 or not self._has_secret:
            self._way.say(secret.session.messages)
            self._has_secret = True

    def _start(self) -> None:
        way = self._way
        way.start()
        self._started = True
        self._slope.begin()
        self._board.group = way.group
        if self._probe is None:
            self._probe = self._find_probe()
        elif self._probe and not way.ours:
            self._await_answer()

    def _await_answer(self) -> None:
        """Give whoever watches over a server elsewhere the time to start it again; raises `TargetError` when it goes on saying nothing."""
        assert self._probe is not None
        deadline = time.monotonic() + RETURN_S
        while not self._way.answers(self._probe):
            if time.monotonic() > deadline:
                self._started = False
                raise TargetError(
                    "the server answers nothing any more, not even the first message of a seed",
                    place=str(self._way.endpoint),
                    remedy="Start it again, then go on with --resume",
                )
            select.select([], [], [], RETRY_S)

    def _find_probe(self) -> tuple[bytes, ...]:
        """A first message of a seed that this server answers: the question whether it is still there. Empty when it answers none, or
        none a second time (see `fuzzers.targets.making`)."""
        if self._judge.spec.carrier is not None:
            return ()
        for entry in self._corpus:
            question = (entry.pieces[0].raw,)
            if self._way.say(question).replies:
                return question
        return ()

    def _after(self, execution: Execution, conduct: Conduct) -> Execution:
        """What became of the server: died, complained, answers nobody any more?"""
        execution = self._way.fate(execution)
        # with other conduct it may be we who left, on one of several connections; a carrier has rules of its own for who hangs up when
        carried = self._judge.spec.transport not in ("tcp", "udp")
        if execution.ending is Ending.CLOSED and execution.failure is None and conduct == USUAL and not carried:
            label = self._judge.valid_label(execution.turns)
            if label is not None and self._answers_elsewhere(label):
                return replace(execution, failure=Failure("hung up without an answer to a valid", label or "message"))
        if execution.ending is Ending.OPEN and self._probe and not _answered(execution) and not self._answers():
            failure = Failure("no answer", "it sleeps and does not answer the first message of a seed either")
            return replace(execution, ending=Ending.HUNG, failure=failure)
        if conduct == USUAL and self._is_left_waiting(execution):
            return replace(execution, failure=Failure(STALLED, self._judge.valid_label(execution.turns) or "message"))
        return execution

    def _is_left_waiting(self, execution: Execution) -> bool:
        """Whether a server that serves others leaves this client without the answer that it gives to all such messages otherwise. Over UDP
        that is its right, and of one that is not ours we only know that it is slow."""
        if execution.ending is not Ending.OPEN or execution.failure is not None or _answered(execution) or execution.cut:
            return False
        label = self._judge.valid_label(execution.turns) if self._way.ours and self._judge.spec.wire == "tcp" else None
        return label is not None and self._answers_always(label)

    def _answers(self) -> bool:
        assert self._probe is not None
        self._whole = self.reached()
        return self._way.answers(self._probe)

    def _answers_elsewhere(self, label: str) -> bool:
        """Whether this server answers a message of this kind in a seed."""
        if label not in self._answering:
            self._whole = self.reached()
            self._answering[label] = any(_answered(self._way.say(messages)) for messages in self._seeds_with(label))
        return self._answering[label]

    def _answers_always(self, label: str) -> bool:
        """Whether this server answers the first message of this kind in every seed: some kinds want an answer only now and then."""
        if label not in self._demanding:
            self._whole = self.reached()
            answers = [_answered(self._way.say(messages)) for messages in self._seeds_with(label, MORE_SEEDS)]
            self._demanding[label] = bool(answers) and all(answers)
        return self._demanding[label]

    def _seeds_with(self, label: str, most: int = MAX_SEEDS) -> Iterator[tuple[bytes, ...]]:
        """Seeds up to a message that has this label."""
        for entry in self._corpus[:most]:
            for place, piece in enumerate(entry.pieces):
                if piece.message is not None and piece.message.label == label:
                    yield tuple(each.raw for each in entry.pieces[: place + 1])
                    break

    def calibrate(self) -> Calibration:
        """See `CasePlayer`."""
        tried: list[tuple[str, Measured]] = []
        failed: list[str] = []
        for name in self._ways:
            if name != self._way.name:
                self._take(name)
            try:
                found = measured(self._show, len(self._corpus))
            except TargetError as error:
                if not tried:
                    raise
                failed.append(f"{name}: {error.message}")
                continue
            tried.append((name, found))
            if found.stability >= STABLE:
                break
        chosen = best(tried, failed, self._map.size if self._map is not None else 0)
        if chosen.executor != self._way.name:
            self._take(chosen.executor)
        self._heed(chosen)
        return chosen

    def _show(self, number: int) -> Shown:
        """The features of a seed, and how it ended."""
        execution = self.play([piece.raw for piece in self._corpus[number].pieces])
        return frozenset(self._judge.judged(execution).features), execution.ending

    def _take(self, name: str) -> None:
        """From now on the server is run in this way."""
        self._stop()
        self._way.close()
        self._way = self._ways[name]()

    def _heed(self, calibration: Calibration) -> None:
        """A map that nobody fills is not looked at, and what is unstable in one that somebody does counts for nothing."""
        if self._map is not None:
            self._map.mask(calibration.masked)
            self._map.forget_novelty()
        if not calibration.places:
            self._map = None

    def renew(self) -> None:
        """A server that remembers is started again; of one that is not ours only a connection is asked for."""
        if self._way.keeps:
            self._stop()

    def _stop(self) -> None:
        self._way.stop()
        self._board.group = 0
        self._started = self._has_secret = False

    def close(self) -> None:
        """End what was started."""
        self._way.close()
        self._board.group = 0
        if self._coverage is not None:
            self._coverage.close()


def _usage(way: Way) -> Usage:
    return usage_of(way.command.tree.pids) if isinstance(way, Live) else Usage()


def _answered(execution: Execution) -> bool:
    """Whether the last thing said came from the server."""
    return bool(execution.turns) and execution.turns[-1][0] is Direction.TO_CLIENT
