import zlib

import pytest

from support.mutating import outcomes, said
from workbench_streambus.grammar import MAX_BATCH, REQUEST
from workbench_streambus.mutators import MUTATORS
from workbench_streambus.seeds import HINTS, SEEDS, request

BATCH = (request(7, "Produce", {"partition": 3, "messages": [{"key": b"k", "value": b"v", "timestamp": 9}]}),)
FETCH = (request(7, "Fetch", {"partition": 3, "offset": 5, "max_bytes": 100}),)
HEALTH = (request(7, "HealthCheck", {"echo_length": 4, "echo": b"ping"}),)
TOPIC = (request(7, "CreateTopic", {"name": "t", "partitions": 1}),)

SEALED = ("flags", "version", "type", "surplus", "number", "batch", "name", "echo-length")


def test_the_hints_offer_them():
    assert list(HINTS.mutators) == list(MUTATORS)


@pytest.mark.parametrize("name", SEALED)
@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_length_and_checksum_are_right_unless_they_are_what_is_tried(name, seed):
    for change in outcomes(MUTATORS, name, seed.messages, 40):
        raw = change.messages[change.message]
        assert raw != seed.messages[change.message]
        assert int.from_bytes(raw[:4], "big") == len(raw) - 4
        assert int.from_bytes(raw[-4:], "big") == zlib.crc32(raw[:-4])


def test_lengths_and_checksums_can_be_wrong():
    assert all(int.from_bytes(raw[:4], "big") != len(raw) - 4 for raw in said(MUTATORS, "length", FETCH))
    assert all(int.from_bytes(raw[-4:], "big") != zlib.crc32(raw[:-4]) for raw in said(MUTATORS, "checksum", FETCH))
    assert {raw[:-4] for raw in said(MUTATORS, "checksum", FETCH)} == {FETCH[0][:-4]}


def test_numbers_reach_the_borders_of_their_types():
    values = [REQUEST.parse(raw, surplus=0).payload for raw in said(MUTATORS, "number", FETCH)]
    assert {value.max_bytes for value in values} >= {0, 2**31, 2**32 - 1, 100}
    assert {value.offset for value in values} >= {5, 2**63, 2**64 - 1}


def test_batches_are_counted_wrongly_and_at_their_limit():
    counts = {int.from_bytes(raw[20:24], "big") for raw in said(MUTATORS, "batch", BATCH)}
    assert counts == {0, 1, 2, MAX_BATCH, MAX_BATCH + 1, 2**32 - 1}
    assert any(raw[24:28] == b"\xff\xff\xff\xff" for raw in said(MUTATORS, "batch", BATCH))


def test_an_echo_may_be_said_to_be_longer_than_it_is():
    assert any(int.from_bytes(raw[16:18], "big") == 65_535 and len(raw) < 64 for raw in said(MUTATORS, "echo-length", HEALTH))


def test_names_are_odd():
    lengths = {len(raw) - 26 for raw in said(MUTATORS, "name", TOPIC)}
    assert {0, 1, 255, 256, 65_535} <= lengths


def test_old_peers_count_the_length_field():
    assert any(int.from_bytes(raw[:4], "big") == len(raw) for raw in said(MUTATORS, "old-peer", FETCH))


def test_requests_are_said_again_or_all_at_once():
    seed = next(seed for seed in SEEDS if seed.name == "topics come and go")
    at_once = {change.messages[change.message] for change in outcomes(MUTATORS, "at-once", seed.messages)}
    assert b"".join(seed.messages) in at_once
    delete = seed.messages[2]
    again = [change.messages for change in outcomes(MUTATORS, "again", seed.messages)]
    assert any([raw[16:-4] for raw in messages].count(delete[16:-4]) == 2 for messages in again)
    ids = {tuple(raw[4:12] for raw in change.messages) for change in outcomes(MUTATORS, "same-ids", seed.messages)}
    assert ids == {(number.to_bytes(8, "big"),) * 4 for number in (0, 1, 2**63, 2**64 - 1)}
