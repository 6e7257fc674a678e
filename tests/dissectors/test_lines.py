"""Lines in turn. Invariant: everything comes out once, by packet, in the order in which it was made where packets are equal."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from captures.joined import JoinedSide
from dissectors.lines import FIRST_RUN, RUN_CHARACTERS, Others, Waiting
from workbench.api import SkimmedSide


def side(ends: list[int], carriers: list[int], released: list[int]) -> JoinedSide:
    return JoinedSide(b"", np.array(ends), np.array(carriers), np.array(released), ended=True)


def parsed(runs) -> list[dict[str, object]]:
    return [json.loads(line) for run in runs for line in run.split("\n")]


def nobody() -> Others:
    return Others(iter(()))


def test_carriers_of_one_of_several_and_of_late_segments():
    waiting = Waiting(np.arange(100, 120))
    skimmed = SkimmedSide([4, 10, 12, 20], ['"n":1', '"n":2', '"n":3', '"n":4'])
    waiting.add(skimmed, side([5, 10, 12, 20], [3, 9, 7, 8], [3, 9, 9, 9]), 0, 6)
    assert [tuple(line.values()) for line in parsed(waiting.give(None, nobody()))] == [
        (3, [3], 102, 6, 1),
        (9, [3, 9], 108, 6, 2),
        (9, [7], 108, 6, 3),
        (9, [8], 108, 6, 4),
    ]


def test_offsets_may_begin_later():
    waiting = Waiting(np.arange(9))
    waiting.add(SkimmedSide([5], ['"n":1']), side([3, 8], [1, 2], [1, 2]), 3, 0)
    assert parsed(waiting.give(None, nobody()))[0]["packets"] == [2]


def test_long_and_short_lines_come_in_writes_of_one_size():
    for width, count in ((10, 20_000), (3_000, 300)):
        waiting = Waiting(np.arange(count + 1))
        ends = list(range(1, count + 1))
        text = '"n":"' + "x" * width + '"'
        waiting.add(SkimmedSide(ends, [text] * count), side(ends, ends, ends), 0, 0)
        first, *runs, last = waiting.give(None, nobody())
        assert first.count("\n") == FIRST_RUN - 1
        assert sum(run.count("\n") + 1 for run in (first, *runs, last)) == count
        assert all(len(run) < 1.2 * RUN_CHARACTERS for run in runs)
        assert max(map(len, runs)) > 0.8 * RUN_CHARACTERS


def test_lines_of_decoders_come_in_between():
    others = Others(iter([(1, "first"), (5, "fifth"), (9, "last")]))
    others.add([(3, "third a"), (3, "third b")])
    waiting = Waiting(np.arange(9))
    waiting.add(SkimmedSide([1, 2], ['"n":2', '"n":4']), side([1, 2], [2, 4], [2, 4]), 0, 0)
    lines = [line for run in waiting.give(None, others) for line in run.split("\n")]
    assert [line if "n" not in line[-6:] else line[-6:] for line in lines] == [
        "first",
        '"n":2}',
        "third a",
        "third b",
        '"n":4}',
    ]
    assert [others.packet, others.take(), others.packet, others.take(), others.packet] == [5, "fifth", 9, "last", None]


@given(
    st.lists(st.lists(st.integers(1, 30), max_size=8).map(sorted), max_size=5),
    st.lists(st.integers(1, 30), max_size=4).map(sorted),
    st.lists(st.integers(1, 31), max_size=6).map(sorted),
)
def test_whatever_waits_comes_out_in_turn(streams, bounds, walk):
    """Streams are added before the bound reaches their first packet, as the engine does; a packet belongs to one stream."""
    streams = [[8 * packet + number for packet in packets] for number, packets in enumerate(streams)]
    bounds, walk = [8 * bound for bound in bounds], [8 * packet + 7 for packet in walk]
    waiting, others = Waiting(np.arange(300)), Others(iter([(packet, json.dumps({"packet": packet})) for packet in walk]))
    left = sorted((packets, number) for number, packets in enumerate(streams) if packets)
    found: list[dict[str, object]] = []
    for bound in [*bounds, None]:
        while left and (bound is None or left[0][0][0] < bound):
            packets, number = left.pop(0)
            ends = list(range(1, len(packets) + 1))
            skimmed = SkimmedSide(ends, [f'"n":{place}' for place in range(len(packets))])
            waiting.add(skimmed, side(ends, packets, packets), 0, number)
        until = bound if bound is None or not left else min(bound, left[0][0][0])
        found += parsed(waiting.give(until, others))
    while others.packet is not None:
        found.append(json.loads(others.take()))
    assert len(waiting) == 0
    assert [line["packet"] for line in found] == sorted(packet for packets in [*streams, walk] for packet in packets)
    for number, packets in enumerate(streams):
        assert [line["n"] for line in found if line.get("stream") == number] == list(range(len(packets)))
