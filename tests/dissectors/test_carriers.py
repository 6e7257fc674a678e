"""Which packets carried a message."""

import gc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dissectors.carriers
from dissectors.carriers import MOST_CARRIERS, MOST_KEPT, Carried, Carriers
from workbench.api import Chunk, Direction


def _chunk(offset: int, data: bytes, packet: int, carrier: int = 0, gap: int = 0) -> Chunk:
    return Chunk(Direction.TO_SERVER, offset, data, packet=packet, carrier=carrier or packet, time_ns=packet * 10, gap=gap)


def _three() -> Carriers:
    carriers = Carriers()
    for chunk in (_chunk(0, b"aaaa", 1), _chunk(4, b"bbbb", 2), _chunk(8, b"cccc", 3)):
        carriers.add(chunk)
    return carriers


def test_a_message_inside_one_chunk():
    carriers = _three()
    assert carriers.cover(0, 2) == Carried((1,), 1, 10)
    assert carriers.cover(2, 4) == Carried((1,), 1, 10)
    assert carriers.cover(4, 5) == Carried((2,), 2, 20)


def test_a_message_over_several():
    carriers = _three()
    assert carriers.cover(0, 9) == Carried((1, 2, 3), 3, 30)
    assert carriers.cover(9, 12) == Carried((3,), 3, 30)
    assert (carriers.start, carriers.end) == (12, 12)


def test_a_late_segment_completes_what_waited_for_it():
    carriers = Carriers()
    carriers.add(_chunk(0, b"aaaa", packet=5, carrier=5))
    carriers.add(_chunk(4, b"bbbb", packet=5, carrier=3))
    assert carriers.cover(0, 8) == Carried((3, 5), 5, 50)


def test_lost_bytes_are_carried_by_what_came_last():
    carriers = Carriers()
    carriers.add(_chunk(10, b"x", 4, gap=10))
    assert carriers.start == 0
    assert carriers.cover(0, 10) == Carried((4,), 4, 40)
    assert carriers.cover(10, 11) == Carried((4,), 4, 40)


def test_a_chunk_may_have_several_carriers_itself():
    carriers = Carriers()
    carriers.add(Chunk(Direction.TO_SERVER, 0, b"aaaa", packet=7, carrier=7, time_ns=70, carriers=(3, 5, 7)))
    carriers.add(_chunk(4, b"bb", 9))
    assert carriers.cover(0, 2) == Carried((3, 5, 7), 7, 70)
    assert carriers.cover(2, 6) == Carried((3, 5, 7, 9), 9, 90)


def test_uncovered_bytes():
    carriers = _three()
    carriers.cover(0, 6)
    assert carriers.uncovered() == b"bbcccc"


@pytest.fixture(params=[1, 1_024])
def swept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dissectors.carriers, "_SWEPT", request.param)


@pytest.mark.usefixtures("swept")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 9), min_size=1, max_size=20), st.lists(st.integers(1, 12), max_size=20))
def test_against_a_byte_by_byte_account(chunks: list[int], messages: list[int]):
    carriers, owner = Carriers(), []
    for packet, size in enumerate(chunks, 1):
        carriers.add(_chunk(len(owner), bytes(size), packet))
        owner += [packet] * size
    at = 0
    for size in messages:
        end = min(at + size, len(owner))
        if end == at:
            break
        packets = tuple(sorted(set(owner[at:end])))
        assert carriers.cover(at, end) == Carried(packets, packets[-1], packets[-1] * 10)
        assert carriers.uncovered() == bytes(len(owner) - end)
        at = end


def test_what_is_done_with_goes():
    carriers = Carriers()
    for number in range(10_000):
        carriers.add(_chunk(number * 2, b"ab", number + 1))
        carriers.add(_chunk(number * 2 + 2, b"", number + 1))
        carriers.cover(number * 2 - 1, number * 2 + 1)
        assert len(carriers._entries) <= 2 * dissectors.carriers._SWEPT
    carriers.add(_chunk(20_000, bytes(1_000), 10_001))
    carriers.cover(19_999, 21_000)
    assert carriers._entries == []
    held = gc.get_referents(carriers)
    assert not [item for item in held if isinstance(item, tuple) and any(isinstance(part, bytes) for part in item)]


def test_memory_is_bounded():
    carriers = Carriers()
    for number in range(MOST_CARRIERS + 100):
        carriers.add(_chunk(number * 20, bytes(20), number + 1))
    assert len(carriers.uncovered()) <= MOST_KEPT
    carried = carriers.cover(0, carriers.end)
    assert len(carried.packets) == MOST_CARRIERS
    assert carried.packet == MOST_CARRIERS + 100


def test_the_oldest_packet_that_waits():
    carriers = _three()
    assert carriers.oldest == 1
    carriers.cover(0, 2)
    assert carriers.oldest == 1
    carriers.cover(2, 4)
    assert carriers.oldest == 2
    carriers.cover(4, 12)
    assert carriers.oldest == 0
    carriers.add(Chunk(Direction.TO_SERVER, 12, b"d", packet=9, carrier=9, carriers=(7, 8, 9)))
    assert carriers.oldest == 7


@given(st.lists(st.integers(0, 5), max_size=8), st.lists(st.integers(0, 9), max_size=6))
def test_pieces_are_as_good_as_chunks(sizes, cuts):
    one, other = Carriers(), Carriers()
    pieces, at = [], 0
    for packet, size in enumerate(sizes, 1):
        one.add(_chunk(at, b"x" * size, packet))
        pieces.append((b"x" * size, Carried((packet,), packet, packet * 10)))
        at += size
    other.extend(pieces)
    assert (one.uncovered(), one.oldest, one.end) == (other.uncovered(), other.oldest, other.end)
    for start, end in zip([0, *sorted(cuts)], sorted(cuts), strict=False):
        assert one.cover(start, end) == other.cover(start, end)


def test_pieces_are_bounded_as_chunks_are(monkeypatch):
    monkeypatch.setattr(dissectors.carriers, "MOST_KEPT", 3)
    monkeypatch.setattr(dissectors.carriers, "MOST_CARRIERS", 2)
    carriers = Carriers()
    carriers.extend([(b"xx", Carried((packet,), packet, 1)) for packet in range(1, 6)])
    assert carriers.uncovered() == b"xx"
    assert carriers.cover(0, 10) == Carried((1, 5), 5, 1)


def test_bytes_that_are_covered_at_once():
    carriers = Carriers()
    carriers.pass_over(4, Carried((1,), 1, 10))
    assert (carriers.start, carriers.end, carriers.uncovered()) == (4, 4, b"")
    assert carriers.cover(4, 4) == Carried((1,), 1, 10)
    carriers.add(_chunk(4, b"more", 2))
    assert carriers.cover(4, 8) == Carried((2,), 2, 20)
