"""Plays cases on a server with sockets: starts it, looks after it, and says what became of it."""

import select
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fuzzers.corpus import Entry
from fuzzers.model import USUAL, Conduct, Ending, Execution, Failure
from fuzzers.oracles import Judge
from fuzzers.targets.address import RETRY_S, RETURN_S, Address
from fuzzers.targets.command import Command
from fuzzers.targets.player import Post
from fuzzers.targets.watchers import ProcessWatcher, SilenceWatcher
from fuzzers.targets.wire import play_on_wire
from workbench.api import Direction, TargetError

__all__ = ["ServerPlayer"]

MAX_SEEDS = 16
"""Seeds that are asked whether a kind of message is answered at all."""


class ServerPlayer:
    """See `fuzzers.targets.player.CasePlayer`. `server` is owned and closed with the player."""

    def __init__(self, server: Command | Address, judge: Judge, corpus: Sequence[Entry], post: Post) -> None:
        self.restarts = 0
        self._server = server
        self._judge = judge
        self._corpus = corpus
        self._board = post.board
        self._watcher = ProcessWatcher(lambda: server.tree) if isinstance(server, Command) else SilenceWatcher()
        self._started = False
        self._probe: tuple[bytes, ...] | None = None
        self._answering: dict[str, bool] = {}

    def play(self, messages: Sequence[bytes], conduct: Conduct = USUAL, *, patient: bool = False) -> Execution:
        """Play one case against the running server; starts it when necessary (and raises `TargetError` when that fails)."""
        if not self._started:
            self._start()
        self._watcher.patient = patient
        secret = self._judge.spec.hints.secret
        if secret is not None:
            self._say(secret.session.messages)
        execution = self._say(messages, conduct)
        execution = self._after(replace(execution, secret=secret is not None))
        if execution.ending in (Ending.CRASHED, Ending.GONE, Ending.HUNG):
            self.restarts += 1
            self.renew()
        return execution

    def _say(self, messages: Sequence[bytes], conduct: Conduct = USUAL) -> Execution:
        # a suspicion is not looked into in a hurry
        answered = None if isinstance(self._server, Command) or self._watcher.patient else self._judge.is_answered
        return play_on_wire(self._server.endpoint, messages, self._watcher, answered, conduct=conduct)

    def _start(self) -> None:
        self._server.start()
        self._started = True
        if isinstance(self._server, Command):
            self._board.group = self._server.tree.pid
        if self._probe is None:
            self._probe = self._find_probe()
        elif self._probe and isinstance(self._server, Address):
            self._await_answer()

    def _await_answer(self) -> None:
        """Give whoever watches over a server elsewhere the time to start it again; raises `TargetError` when it goes on saying nothing."""
        deadline = time.monotonic() + RETURN_S
        while not self._answers():
            if time.monotonic() > deadline:
                self._started = False
                raise TargetError(
                    "the server answers nothing any more, not even the first message of a seed",
                    place=str(self._server.endpoint),
                    remedy="Start it again, then go on with --resume",
                )
            select.select([], [], [], RETRY_S)

    def _find_probe(self) -> tuple[bytes, ...]:
        """A first message of a seed that this server answers: the question whether it is still there. Empty when it answers none."""
        for entry in self._corpus:
            question = (entry.pieces[0].raw,)
            if self._say(question).replies:
                return question
        return ()

    def _after(self, execution: Execution) -> Execution:
        """What became of the server: died, complained, answers nobody any more?"""
        if isinstance(self._server, Command):
            if not self._server.is_alive():
                return replace(execution, ending=Ending.CRASHED, failure=self._server.died_of())
            complaint = self._server.complaint()
            if complaint is not None:
                return replace(execution, ending=Ending.CRASHED, failure=complaint)
        elif execution.ending in (Ending.CLOSED, Ending.GONE) and not self._server.is_alive():
            return replace(execution, ending=Ending.GONE)
        if execution.ending is Ending.CLOSED and execution.failure is None:
            label = self._judge.valid_label(execution.turns)
            if label is not None and self._answers_elsewhere(label):
                return replace(execution, failure=Failure("hung up without an answer to a valid", label or "message"))
        if execution.ending is Ending.OPEN and self._probe and not _answered(execution) and not self._answers():
            failure = Failure("no answer", "it sleeps and does not answer the first message of a seed either")
            return replace(execution, ending=Ending.HUNG, failure=failure)
        return execution

    def _answers(self) -> bool:
        assert self._probe is not None
        return bool(self._say(self._probe).replies)

    def _answers_elsewhere(self, label: str) -> bool:
        """Whether this server answers a message of this kind in a seed."""
        if label not in self._answering:
            self._answering[label] = any(_answered(self._say(messages)) for messages in self._seeds_with(label))
        return self._answering[label]

    def _seeds_with(self, label: str) -> Iterator[tuple[bytes, ...]]:
        """Seeds up to a message that has this label."""
        for entry in self._corpus[:MAX_SEEDS]:
            for place, piece in enumerate(entry.pieces):
                if piece.message is not None and piece.message.label == label:
                    yield tuple(each.raw for each in entry.pieces[: place + 1])
                    break

    def renew(self) -> None:
        """A command is started again; of a server that is not ours only a connection is asked for."""
        if isinstance(self._server, Command):
            self._server.stop()
            self._board.group = 0
        self._started = False

    def close(self) -> None:
        """End what was started."""
        if isinstance(self._server, Command):
            self._server.close()
            self._board.group = 0


def _answered(execution: Execution) -> bool:
    """Whether the last thing said came from the server."""
    return bool(execution.turns) and execution.turns[-1][0] is Direction.TO_CLIENT
