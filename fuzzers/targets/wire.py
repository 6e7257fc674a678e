"""Plays a case over links to a server, and knows when the server has nothing more to say without waiting for a time-out.

How that is known is the watcher's business: for a local process by its threads being asleep, for a stranger by its silence. What a
connection is made of is the business of `fuzzers.targets.links`.
"""

import os
import select
from collections.abc import Callable, Sequence
from typing import Protocol

from fuzzers.model import USUAL, Conduct, Ending, Execution, Failure, Parting, Turn
from fuzzers.targets.links.link import Dialer, Link
from fuzzers.targets.links.tcp import PLAIN
from fuzzers.targets.play import MAX_REPLY
from workbench.api import Direction, Endpoint

__all__ = ["Answered", "Watcher", "converse", "play_on_wire"]

SPIN = 100
"""Looks at a server that is busy and says nothing, between two looks at its processor time."""
HEARD = 256
"""Things taken from a server that goes on talking, between two such looks."""

Answered = Callable[[Sequence[Turn]], bool]
"""Whether of what was said so far on one connection nothing more is to come."""

_TO_SERVER, _TO_CLIENT = Direction.TO_SERVER, Direction.TO_CLIENT


class Watcher(Protocol):
    """What an executor knows about its server. `looks` says that it sees the server itself: then asking it takes no waiting."""

    looks: bool

    def begin(self) -> None:
        """A case begins."""
        ...

    def said(self) -> None:
        """Something was sent (or our end was)."""
        ...

    def heard(self) -> None:
        """Something was received."""
        ...

    def is_done(self) -> bool:
        """Whether the server will do nothing more unless something is sent to it."""
        ...

    def hang(self) -> Failure | None:
        """Why the server is to be called hanging by now; None while it is not."""
        ...


class _Over(Exception):  # noqa: N818 - not an error: how the inner loops say that the case ends here, all connections with it
    def __init__(self, failure: Failure | None = None) -> None:
        super().__init__(failure)
        self.failure = failure


def play_on_wire(
    endpoint: Endpoint,
    messages: Sequence[bytes],
    watcher: Watcher,
    answered: Answered | None = None,
    *,
    dialer: Dialer = PLAIN,
    conduct: Conduct = USUAL,
) -> Execution:
    """Connect, say each message when the server is done with the one before, then say our end and take what still comes.

    With `answered` nobody waits for the watcher behind an answer, nor behind a server that has closed.
    """
    play = _Play(watcher, answered, lambda: dialer.dial(endpoint))
    failure: Failure | None = None
    hung = False
    try:
        play.perform(messages, conduct)
        play.finish()
    except _Over as over:
        failure, hung = over.failure, over.failure is not None
    except ConnectionResetError:  # it took the connection, and threw it away before we could say a word
        watcher.begin()
        play.ending = Ending.CLOSED
    except TimeoutError:
        return play.told(Ending.HUNG, Failure("takes no connection"))
    except OSError:
        return play.told(Ending.GONE)
    finally:
        play.close()
    # a server of which only the socket is seen can show no more of its rest than that it closed
    if not hung and not (answered is not None and play.all_closed):
        failure = _settle(watcher)
    return play.told(play.ending if failure is None else Ending.HUNG, failure)


def converse(link: Link, messages: Sequence[bytes], watcher: Watcher, answered: Answered | None = None) -> Execution:
    """Say each message over a connection that is open already, and leave it open; of no more use unless it ends `OPEN` and not cut."""
    play = _Play(watcher, answered, lambda: link)
    try:
        play.perform(messages, USUAL)
    except _Over as over:
        return play.told(play.ending if over.failure is None else Ending.HUNG, over.failure)
    return play.told(play.ending)


def _settle(watcher: Watcher) -> Failure | None:
    """Let the server notice that we are gone, so that the next case meets it at rest."""
    watcher.said()
    while True:
        for _ in range(SPIN):
            if watcher.is_done():
                return None
            os.sched_yield()
        failure = watcher.hang()
        if failure is not None:
            return failure


class _Lane:
    """One connection of a case. `ours` says that we have ended our side, `over` that there is nothing more to be done with it."""

    __slots__ = ("link", "number", "ours", "over")

    def __init__(self, number: int, link: Link) -> None:
        self.number = number
        self.link = link
        self.ours = self.over = False


class _Play:
    """What is said on all connections of a case. `ending` is CLOSED when the server closed one that we had not ended."""

    def __init__(self, watcher: Watcher, answered: Answered | None, dial: Callable[[], Link]) -> None:
        self.ending = Ending.OPEN
        self._turns: list[Turn] = []
        self._numbers: list[int] = []
        """The lane of each turn."""
        self._left = MAX_REPLY
        self._heard = 0
        self._watcher = watcher
        self._answered = answered
        self._dial = dial
        self._lanes: dict[int, _Lane] = {}
        self._open: dict[int, _Lane] = {}
        """Those that we listen to, by descriptor."""
        self._poll = select.poll()

    @property
    def all_closed(self) -> bool:
        """Whether nothing is left of any connection."""
        return bool(self._lanes) and all(lane.over for lane in self._lanes.values())

    def told(self, ending: Ending, failure: Failure | None = None) -> Execution:
        """The whole of it."""
        lanes = tuple(self._numbers) if len(self._lanes) > 1 else ()
        return Execution(tuple(self._turns), ending, failure, cut=self._left <= 0, lanes=lanes)

    def perform(self, messages: Sequence[bytes], conduct: Conduct) -> None:
        """Say all messages, each on its connection, as far as the server lets us."""
        if conduct is not USUAL and conduct != USUAL:
            self._perform_as(conduct, messages)
            return
        lane = self._connect(0, deaf=False)
        for message in messages:
            if not lane.over:
                self._say(lane, message)
                self._listen(lane)

    def _perform_as(self, conduct: Conduct, messages: Sequence[bytes]) -> None:
        for act in conduct.acts(len(messages)):
            deaf = conduct.parting_of(act.lane) is Parting.ABANDON
            lane = self._lane_of(act.lane, deaf=deaf)
            if lane is None or lane.over:
                continue
            self._say(lane, messages[act.message])
            if act.parting is Parting.RESET:
                self._break(lane)
            elif act.parting is Parting.HALF_CLOSE:
                self._end(lane)
            if deaf or lane.over:
                while not self._rests():
                    pass
            else:
                self._listen(lane)

    def finish(self) -> None:
        """End our side of what we listen to, and take what still comes."""
        for lane in self._open.values():
            self._end(lane)
        while self._open and not self._rests():
            pass

    def close(self) -> None:
        """Give all connections back."""
        for lane in self._lanes.values():
            lane.link.close()

    def _lane_of(self, number: int, *, deaf: bool) -> _Lane | None:
        """The connection with this number; None where the server takes no more of them, which is as if it had closed it at once."""
        if number in self._lanes:
            return self._lanes[number]
        try:
            return self._connect(number, deaf=deaf)
        except OSError:
            if not self._lanes:
                raise
        self.ending = Ending.CLOSED
        return None

    def _connect(self, number: int, *, deaf: bool) -> _Lane:
        link = self._dial()
        if not self._lanes:  # a handshake takes what it takes, and is no part of the case
            self._watcher.begin()
        lane = self._lanes[number] = _Lane(number, link)
        if not deaf:
            descriptor = lane.link.fileno()
            self._open[descriptor] = lane
            self._poll.register(descriptor, select.POLLIN)
            if lane.link.waiting:
                self._take(lane)
            # a server that finds our first word when it takes the connection does not do what it does when it has to wait for it
            while self._watcher.looks and not lane.over and not self._rests():
                pass
        return lane

    def _say(self, lane: _Lane, message: bytes) -> None:
        """Send all of a message; replies that come meanwhile are taken."""
        self._turns.append((_TO_SERVER, message))
        self._numbers.append(lane.number)
        rest = memoryview(message)
        while rest and not lane.over:
            try:
                rest = rest[lane.link.send(rest) :]
                self._watcher.said()
            except BlockingIOError:
                if self._rests():
                    return  # it reads no more and does nothing: what we still have to say interests nobody
            except OSError:
                self._take_rest(lane)

    def _end(self, lane: _Lane) -> None:
        """Our side of a connection ends."""
        if not lane.ours:
            lane.ours = True
            lane.link.finish()
            self._watcher.said()

    def _break(self, lane: _Lane) -> None:
        """Break a connection off."""
        self._drop(lane)
        lane.link.reset()
        self._watcher.said()

    def _listen(self, lane: _Lane) -> None:
        """Take replies until the server is done, or closes that connection, or has answered everything on it."""
        while not (lane.over or self._is_answered(lane) or self._rests()):
            pass

    def _rests(self) -> bool:
        """Take what is there; whether there was nothing, and the server will do nothing unless we say something.

        Ends the case when the server hangs.
        """
        for _ in range(SPIN):
            done = self._is_at_rest() and self._watcher.is_done()
            if self._taken():  # looked at last: a server says something before it falls asleep
                return False
            if done:
                return True
            os.sched_yield()
        self._look_for_hang()
        return False

    def _taken(self) -> bool:
        """Take what is there; whether anything was."""
        ready = self._poll.poll(0)
        for descriptor, _events in ready:
            self._take(self._open[descriptor])
        return bool(ready)

    def _is_answered(self, lane: _Lane) -> bool:
        if self._answered is None:
            return False
        if len(self._lanes) == 1:
            return self._answered(self._turns)
        said = [turn for turn, number in zip(self._turns, self._numbers, strict=True) if number == lane.number]
        return self._answered(said)

    def _is_at_rest(self) -> bool:
        """Not lazily: each link is to let time pass."""
        resting = True
        for lane in self._open.values():
            resting = lane.link.at_rest() and resting
        return resting

    def _look_for_hang(self) -> None:
        failure = self._watcher.hang()
        if failure is not None:
            raise _Over(failure)

    def _take(self, lane: _Lane) -> None:
        self._heard += 1
        if self._heard % HEARD == 0:
            self._look_for_hang()
        try:
            data = lane.link.receive()
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose(lane)
            return
        self._watcher.heard()
        self._turns.append((_TO_CLIENT, data[: max(0, self._left)]))
        self._numbers.append(lane.number)
        self._left -= len(data)
        if self._left <= 0:
            raise _Over
        if lane.link.waiting:  # the last words and the end may come together
            self._take(lane)

    def _take_rest(self, lane: _Lane) -> None:
        """After a failed send: what the server said before it closed."""
        while lane.link.fileno() in self._open and (ready := self._poll.poll(0)):
            for descriptor, _events in ready:
                self._take(self._open[descriptor])
        if not lane.over:
            self._lose(lane)

    def _lose(self, lane: _Lane) -> None:
        """The server has closed a connection."""
        if not lane.ours:
            self.ending = Ending.CLOSED
        self._drop(lane)

    def _drop(self, lane: _Lane) -> None:
        """Have no more to do with a connection."""
        lane.over = True
        descriptor = lane.link.fileno()
        if self._open.pop(descriptor, None) is not None:
            self._poll.unregister(descriptor)
