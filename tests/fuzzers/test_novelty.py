from fuzzers.hearing import Hearing
from fuzzers.model import Ending
from fuzzers.novelty import TRANSITIONS, edges_in, transitions
from support.toy import TOY, toy_message
from workbench.api import Direction
from workbench.registry import load

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def shown(*turns, ending=Ending.OPEN):
    return set(transitions(Hearing(TOY)(turns), ending))


def test_which_reply_follows_which():
    ping, pong, sorry = toy_message("ping", 1), (DOWN, toy_message("pong", 1)), (DOWN, toy_message("sorry", 1))
    one = shown((UP, ping), pong)
    assert one == shown((UP, toy_message("ping", 2, b"other")), (DOWN, toy_message("pong", 2, b"other")))
    assert one != shown((UP, ping), sorry)
    assert shown(pong, sorry) != shown(sorry, pong)
    assert all(feature >= TRANSITIONS for feature in one)


def test_how_it_ends():
    assert shown((UP, b"x")) != shown((UP, b"x"), ending=Ending.CLOSED)


def test_broken_replies_are_one_kind_whatever_they_hold():
    spoilt = [bytearray(toy_message("pong", number, bytes([number]))) for number in (1, 2)]
    for raw in spoilt:
        raw[-1] ^= 1
    assert shown((DOWN, bytes(spoilt[0]))) == shown((DOWN, bytes(spoilt[1])))


def test_fields_that_tell_replies_apart():
    http1 = load().get("http1")
    turns = [
        [(UP, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), (DOWN, b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % code)]
        for code in (200, 404)
    ]
    ok, missing = (set(transitions(Hearing(http1)(said), Ending.OPEN, http1.hints.replies)) for said in turns)
    assert ok != missing
    plain, same = (set(transitions(Hearing(http1)(said), Ending.OPEN)) for said in turns)
    assert plain == same


def test_places_of_the_map():
    assert edges_in([8, 9, 15, 16, TRANSITIONS + 3]) == 2
