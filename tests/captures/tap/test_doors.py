"""The door for TCP, turn by turn."""

import errno
import os
import socket

import pytest

from captures.tap.doors import TcpDoor
from captures.tap.ground import Ground
from captures.tap.limits import TapLimits
from captures.tap.passage import Silent
from captures.tap.reach import LOOPBACK, listening
from workbench.api import CaptureError, Endpoint


class Idle(Silent):
    """A course that does nothing."""

    def received(self, *_: object) -> None:
        """See `Course`."""

    def ended(self, *_: object) -> None:
        """See `Course`."""


@pytest.fixture
def ground():
    made = Ground(limits=TapLimits(connections=2), clock=lambda: 0)
    yield made
    made.close()


@pytest.fixture
def door(ground):
    made = TcpDoor(ground, listening(Endpoint("127.0.0.1", 0), LOOPBACK), lambda *_: Idle(), "tap {}", "tcp")
    yield made
    made.close()


def connect(door: TcpDoor) -> socket.socket:
    return socket.create_connection((door.endpoint.host, door.endpoint.port), timeout=5)


def turn(door: TcpDoor, ground: Ground, wait_s: float = 5.0) -> int:
    door.tick(0)
    return ground.dispatch(wait_s)


def test_clients_beyond_the_limit_stay_in_the_queue(door, ground):
    with connect(door), connect(door) as second, connect(door):
        for _ in range(2):
            assert turn(door, ground)
        assert (door.open, door.accepted) == (2, 2)
        assert not turn(door, ground, 0)
        second.close()
        assert turn(door, ground)  # its end
        next(iter(door._connections)).finished = True
        assert turn(door, ground)
        assert door.accepted == 3


def test_who_drains_accepts_nobody(door, ground):
    door.drain()
    with connect(door):
        assert not turn(door, ground, 0)
    assert not door.pending
    assert door.due_s() is None


class Failing:
    """A listener whose `accept` fails."""

    def __init__(self, door: TcpDoor, code: int) -> None:
        self._listener = door._listener
        self._code = code

    def accept(self) -> None:
        raise OSError(self._code, os.strerror(self._code))

    def __getattr__(self, name: str) -> object:
        return getattr(self._listener, name)


def test_a_client_that_is_gone_again_is_no_matter(door, monkeypatch):
    monkeypatch.setattr(door, "_listener", Failing(door, errno.ECONNABORTED))
    door._accept(1, 0)
    assert door.accepted == 0


def test_no_descriptors_while_some_are_served_means_fewer_clients(door, ground, monkeypatch):
    with connect(door), connect(door):
        turn(door, ground)
        monkeypatch.setattr(door, "_listener", Failing(door, errno.EMFILE))
        door._accept(1, 0)
        assert door._most == 1


def test_no_descriptors_at_all_are_an_error(door, monkeypatch):
    monkeypatch.setattr(door, "_listener", Failing(door, errno.EMFILE))
    with pytest.raises(CaptureError, match="cannot be accepted"):
        door._accept(1, 0)
