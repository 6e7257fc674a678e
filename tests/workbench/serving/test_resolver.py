"""Names without waiting: answers arrive in the loop's thread, and there is a bound."""

import selectors
import threading

import pytest

from support.waiting import until
from workbench.serving.resolver import MAX_WAITING, Resolver, _find


class Loop:
    """A selector with a resolver, turned by the test."""

    def __init__(self, find):
        self.selector = selectors.DefaultSelector()
        self.resolver = Resolver(self.selector, find)
        self.found = []

    def ask(self, host):
        self.resolver.lookup(host, 1, lambda addresses, _: self.found.append((host, addresses, threading.get_ident())))

    def turn(self):
        for key, events in self.selector.select(0.01):
            key.data(events, 2)
        return self.found

    def close(self):
        self.resolver.close()
        self.resolver.close()
        self.selector.close()


@pytest.fixture
def looping():
    made = []

    def make(find):
        made.append(Loop(find))
        return made[-1]

    yield make
    for loop in made:
        loop.close()


def test_an_address_stands_for_itself(looping):
    loop = looping(lambda _: ())
    loop.ask("127.0.0.1")
    loop.ask("::1")
    assert [addresses for _, addresses, _ in loop.found] == [("127.0.0.1",), ("::1",)]


def test_a_name_is_answered_in_the_loops_thread(looping):
    asked_in = []

    def find(host):
        asked_in.append(threading.get_ident())
        return ("192.0.2.7",)

    loop = looping(find)
    loop.ask("name.test")
    assert loop.found == []
    assert until(loop.turn) == [("name.test", ("192.0.2.7",), threading.get_ident())]
    assert asked_in != [threading.get_ident()]


def test_too_many_at_once_fail(looping):
    release = threading.Event()
    loop = looping(lambda _: ("192.0.2.7",) if release.wait(20) else ())
    for number in range(MAX_WAITING + 1):
        loop.ask(f"{number}.test")
    assert [(host, addresses) for host, addresses, _ in loop.found] == [(f"{MAX_WAITING}.test", ())]
    release.set()
    until(lambda: len(loop.turn()) == MAX_WAITING + 1)


def test_the_system_is_asked():
    assert "127.0.0.1" in _find("localhost") or "::1" in _find("localhost")
    assert _find("no.such.host.invalid") == ()
    assert _find("x" * 70 + ".test") == ()  # no label is that long
    assert _find("a\0b") == ()
