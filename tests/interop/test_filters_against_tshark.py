"""Filters select the frames that tshark's display filters select, on our own samples and on captures of others. Where they do not, there is
a reason in `support.compared_filters`."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from dissectors.filters import parse_filter
from support.compared_filters import CAPTURES, DIFFERENCES, SAMPLES
from support.shared import shared_captures, tool
from workbench.registry import load
from workbench.session import Session

FOLDER = Path(__file__).parents[2] / "captures" / "samples"
ENOUGH = 150
"""Filters that must agree."""


PART = 20
"""Filters of one test, as each runs tshark once."""


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


def _parts(table: dict[str, str]) -> list[tuple[str, int]]:
    return [(name, start) for name, text in table.items() for start in range(0, len(_lines(text)), PART)]


def _theirs(program: str, path: Path, text: str) -> list[int]:
    words = [
        program,
        "-n",
        "-o",
        "tcp.reassemble_out_of_order:TRUE",
        "-r",
        str(path),
        "-Y",
        text,
        "-T",
        "fields",
        "-e",
        "frame.number",
    ]
    zone = {**os.environ, "TZ": "UTC"}
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True, env=zone)
    return [int(number) for number in done.stdout.split()]


def _compare(name: str, path: Path, filters: Sequence[str]) -> None:
    program, registry = tool("tshark"), load()
    differences, settled = {}, []
    with Session.open(path, registry) as session:
        session.grow()
        for text in filters:
            ours = session.matching(parse_filter(text, registry.specs)).tolist()
            theirs = _theirs(program, path, text)
            if (name, text) in DIFFERENCES:
                settled += [text] if ours == theirs else []
            elif ours != theirs:
                differences[text] = {"ours": sorted(set(ours) - set(theirs)), "theirs": sorted(set(theirs) - set(ours))}
    assert differences == {}
    assert settled == []


@pytest.mark.parametrize(("name", "start"), _parts(SAMPLES))
def test_the_same_frames_pass(name, start):
    _compare(name, FOLDER / name, _lines(SAMPLES[name])[start : start + PART])


@pytest.mark.parametrize(("name", "start"), _parts(CAPTURES))
def test_the_same_frames_pass_in_captures_of_others(name, start):
    _compare(name, shared_captures() / name, _lines(CAPTURES[name])[start : start + PART])


def test_there_are_enough_of_them():
    filters = {(name, line) for table in (SAMPLES, CAPTURES) for name, text in table.items() for line in _lines(text)}
    assert set(DIFFERENCES) <= filters
    assert len({line for name, line in filters if (name, line) not in DIFFERENCES}) >= ENOUGH


@pytest.mark.parametrize("name", SAMPLES)
def test_one_packet_at_a_time_gives_the_same_as_a_walk(name):
    registry = load()
    with Session.open(FOLDER / name, registry) as session:
        session.grow()
        for text in _lines(SAMPLES[name]):
            wanted = parse_filter(text, registry.specs)
            walked = session.matching(wanted).tolist()
            half = len(session) // 2
            assert [*session.matching(wanted, 0, half), *session.matching(wanted, half)] == walked, text
