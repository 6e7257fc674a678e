"""The log as its users see it, and every limit hit once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_streambus import log as module
from workbench_streambus.log import MAX_PARTITIONS, MAX_RECORD, MAX_TOPICS, RECORD_COST, Log, Record, RefusedError, Topic

RECORDS = tuple(Record(b"k", value, time) for value, time in ((b"one", 10), (b"two", 30), (b"three", 20)))


def filled() -> Log:
    log = Log(max_stored=10_000)
    log.create("t", 2)
    assert log.produce(1, RECORDS) == 0
    return log


def refused(code: str):
    return pytest.raises(RefusedError, check=lambda error: error.code == code)


def test_offsets_count_within_a_partition():
    log = filled()
    assert log.produce(1, RECORDS[:1]) == 3
    assert log.produce(0, RECORDS[:1]) == 0
    assert log.fetch(1, 2, 1000, 10).records == (RECORDS[2], RECORDS[0])


def test_a_fetch_is_cut_between_records():
    log = filled()
    whole = log.fetch(1, 0, 1000, 10)
    assert (whole.records, whole.next_offset, whole.partial) == (RECORDS, 3, False)
    two = log.fetch(1, 0, 8, 10)
    assert (two.records, two.partial) == (RECORDS[:2], True)
    assert log.fetch(1, 0, 7, 10).records == RECORDS[:1]
    assert log.fetch(1, 0, 1000, 2).records == RECORDS[:2]
    assert log.fetch(1, 3, 1000, 10).records == ()


def test_a_fetch_always_gets_on():
    assert filled().fetch(1, 2, 0, 10).records == RECORDS[2:]


def test_a_fetch_never_gives_more_than_the_service_allows(monkeypatch):
    monkeypatch.setattr(module, "MAX_FETCH", 8)
    assert filled().fetch(1, 0, 2**32 - 1, 10).records == RECORDS[:2]


def test_offsets_by_time():
    log = filled()
    assert [log.offset(1, time) for time in (0, 10, 11, 20, 30, 31, 2**64 - 1)] == [0, 0, 1, 1, 1, 3, 3]


def test_partition_numbers_are_never_used_again():
    log = Log(1000)
    assert log.create("a", 3) == Topic("a", 0, 3)
    log.delete("a")
    assert log.create("a", 1) == Topic("a", 3, 1)
    assert log.topics() == (Topic("a", 3, 1),)
    with refused("partition_not_found"):
        log.fetch(0, 0, 1, 1)


@given(st.lists(st.binary(max_size=30), max_size=10))
def test_deleting_gives_the_room_back(values):
    log = Log(10_000)
    log.create("t", 1)
    log.produce(0, tuple(Record(b"", value, 0) for value in values))
    assert log.stored == sum(map(len, values)) + RECORD_COST * len(values)
    log.delete("t")
    assert log.stored == 0


def test_what_does_not_fit_is_not_stored_in_part():
    log = Log(2 * (RECORD_COST + 4))
    log.create("t", 1)
    with refused("storage_error"):
        log.produce(0, RECORDS)
    assert (log.stored, log.offset(0, 0)) == (0, 0)


@pytest.mark.parametrize("name", ["", "a b", "ä", "x" * 256, "a\n"])
def test_names_that_are_none(name):
    with refused("invalid_request"):
        Log(0).create(name, 1)


@pytest.mark.parametrize("partitions", [0, MAX_PARTITIONS + 1])
def test_topics_of_a_wrong_size(partitions):
    with refused("invalid_request"):
        Log(0).create("t", partitions)


def test_topics_have_a_limit():
    log = Log(0)
    for number in range(MAX_TOPICS):
        log.create(f"t{number}", 1)
    with refused("storage_error"):
        log.create("one.more", 1)


def test_partition_numbers_run_out(monkeypatch):
    monkeypatch.setattr(module, "LAST_PARTITION", 5)
    log = Log(0)
    log.create("a", 5)
    with refused("storage_error"):
        log.create("b", 1)


def test_other_refusals():
    log = filled()
    with refused("invalid_request"):
        log.create("t", 1)
    with refused("partition_not_found"):
        log.delete("u")
    with refused("partition_not_found"):
        log.produce(7, RECORDS)
    with refused("offset_out_of_range"):
        log.fetch(1, 4, 1, 1)
    with refused("invalid_request"):
        log.produce(1, (Record(b"", bytes(MAX_RECORD + 1), 0),))
