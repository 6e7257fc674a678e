import dataclasses
import re

import pytest

from support.spoilable import cut_up, raising, remarking, serving_badly
from support.toy import TOY, toy_message
from workbench.api import Direction, Skim, SkimmedSide
from workbench.self_fuzzing.talks import Turn
from workbench.self_fuzzing.trials import SPLITTING, Matter, tried

PING = toy_message("ping", 1, b"hello")
FF = toy_message("ping", 1, b"\xff")
ASKED = (Turn(Direction.TO_SERVER, PING), Turn(Direction.TO_CLIENT, toy_message("pong", 1, b"hello")))


def matter(spec, *turns, seed=""):
    return Matter(spec, (spec,), spec, turns or ASKED, pinned=True, seed=seed)


def test_a_sound_plugin():
    assert tried(matter(TOY)) == ""


def test_lost_bytes_belong_to_a_message():
    assert tried(matter(TOY, Turn(Direction.TO_SERVER, PING), Turn(Direction.TO_SERVER, PING, gap=3))) == ""


@pytest.mark.parametrize(
    ("spec", "turns", "wrong"),
    [
        (raising, (Turn(Direction.TO_SERVER, FF),), "decoder: data: .*nobody thought of this"),
        (remarking, (), "decoder: toy: the note 'beyond the end' spans"),
        (
            serving_badly,
            (Turn(Direction.TO_SERVER, PING[:2] + b"\xff" * (len(PING) - 2)),),
            "server: raises IndexError: the last byte",
        ),
    ],
)
def test_what_is_wrong_is_named(spec, turns, wrong):
    assert re.match(wrong, tried(matter(spec, *turns)))


def test_some_cases_are_read_in_other_pieces():
    found = [tried(matter(cut_up, seed=str(number))) for number in range(60)]
    caught = sum(text.startswith("split: ") for text in found)
    assert 0 < caught < 60 * 2 * SPLITTING + 10
    assert {text.partition(":")[0] for text in found} <= {"", "split"}


def test_a_fast_lane_that_lies():
    side = SkimmedSide([len(PING)], ['"protocol":"toy"']), SkimmedSide([], [])
    lying = dataclasses.replace(TOY, skim=lambda _: Skim(side))
    assert tried(matter(lying, Turn(Direction.TO_SERVER, PING))).startswith("fast lane: the decoder says")


def test_a_fast_lane_that_raises():
    broken = dataclasses.replace(TOY, skim=lambda _: 1 // 0)
    assert tried(matter(broken)).startswith("fast lane: raises ZeroDivisionError")
