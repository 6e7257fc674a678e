"""The loop's selector: who is called, and who is not any more."""

import selectors
import socket
from collections.abc import Iterator

import pytest

from captures.tap.ground import Ground
from captures.tap.limits import TapLimits

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


@pytest.fixture
def ground() -> Iterator[Ground]:
    made = Ground(limits=TapLimits(), clock=lambda: 7)
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, two = socket.socketpair()
    with one, two:
        yield one, two


def test_only_what_is_waited_for_is_told(ground, pair):
    calls = []

    def ready(events: int, now: int) -> None:
        calls.append((events, now))

    for events, expected in ((WRITE, [(WRITE, 7)]), (READ, []), (READ | WRITE, [(WRITE, 7)]), (0, []), (0, [])):
        calls.clear()
        ground.wait_for(pair[0], events, ready)
        assert ground.dispatch(0) == len(expected)
        assert calls == expected


def test_a_socket_that_another_one_closed_is_not_told(ground, pair):
    """Both are ready at once; whoever comes first closes the other, whose number may be somebody else's by then."""
    calls = []

    def killer(mine: int):
        def ready(events: int, now: int) -> None:
            calls.append(mine)
            ground.forget(pair[1 - mine])

        return ready

    for mine, sock in enumerate(pair):
        ground.wait_for(sock, WRITE, killer(mine))
    assert ground.dispatch(0) == 2
    assert len(calls) == 1
    ground.forget(pair[1 - calls[0]])


def test_names_are_nobodys_business_by_default(ground):
    found = []
    for host in ("::0:1", "localhost"):
        ground.lookup(host, 0, lambda addresses, _: found.append(addresses))
    assert found == [("::1",), ()]


def test_our_own_connections_can_be_marked(ground):
    labels = []

    class Sock:
        def setsockopt(self, *option: int) -> None:
            labels.append(option)

    ground.label(Sock())
    assert labels == []
    ground.mark = 5
    ground.label(Sock())
    assert labels == [(socket.SOL_SOCKET, socket.SO_MARK, 5)]


def test_there_is_no_file_before_it_is_opened(ground):
    with pytest.raises(AssertionError):
        _ = ground.file
