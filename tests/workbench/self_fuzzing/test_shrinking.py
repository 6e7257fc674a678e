from support.spoilable import raising
from support.toy import TOY, toy_message
from workbench.api import Direction
from workbench.self_fuzzing.shrinking import kind_of, shrunk
from workbench.self_fuzzing.talks import Turn
from workbench.self_fuzzing.trials import Matter, tried


def test_breaches_are_of_one_kind_whatever_their_numbers_and_bytes():
    one = kind_of("decoder: toy spans [4, 9) after offset 3; input >0011aabbccdd")
    assert one == kind_of("decoder: toy spans [14, 90) after offset 13; input >ffffffffffffffff00")
    assert one != kind_of("decoder: other spans [4, 9) after offset 3")


def test_one_byte_is_left():
    noise = [Turn(Direction.TO_CLIENT, toy_message("pong", n)) for n in range(20)]
    turns = (*noise[:9], Turn(Direction.TO_SERVER, b"a" * 300 + b"\xff" + b"b" * 200), *noise[9:])
    matter = Matter(raising, (raising,), raising, turns, pinned=True)
    small = shrunk(matter, tried(matter))
    assert tuple(small.turns) == (Turn(Direction.TO_SERVER, b"\xff"),)


def test_what_cannot_be_smaller_stays():
    matter = Matter(TOY, (TOY,), TOY, (Turn(Direction.TO_SERVER, b"x"),), pinned=True)
    assert shrunk(matter, "decoder: something else").turns == matter.turns


def test_nothing_is_tried_when_it_is_late():
    turns = (Turn(Direction.TO_SERVER, b"a\xffb"),)
    matter = Matter(raising, (raising,), raising, turns, pinned=True)
    assert shrunk(matter, tried(matter), lambda: True).turns == turns
