import pytest

from support.mutating import outcomes, said
from workbench_dns.mutators import MUTATORS, STREAM_MUTATORS
from workbench_dns.queries import framed, query
from workbench_dns.seeds import HINTS, LOCAL_HINTS, STREAM_HINTS

ASK = (query("www.workbench.test."),)
STREAM = (framed(ASK[0]),)
NAME = b"\x03www\x09workbench\x04test\0"


def counts(raw: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(raw[at : at + 2], "big") for at in range(4, 12, 2))


def test_the_hints_offer_them():
    assert list(HINTS.mutators) == list(LOCAL_HINTS.mutators) == list(MUTATORS)
    assert list(STREAM_HINTS.mutators) == list(STREAM_MUTATORS)


def test_counts_lie_about_every_section():
    found = {counts(raw) for raw in said(MUTATORS, "count", ASK)}
    assert {(65_535, 0, 0, 0), (1, 65_535, 0, 0), (1, 0, 65_535, 0), (1, 0, 0, 65_535), (0, 0, 0, 0)} <= found


def test_pointers_go_in_circles():
    names = {raw[12:-4] for raw in said(MUTATORS, "pointer", ASK)}
    assert {b"\xc0\x0c", b"\xc0\x0e\xc0\x0c", b"\x01a\xc0\x0c", b"\xff\xff", b"\xc0"} <= names
    chain = max(names, key=len)
    places = [int.from_bytes(chain[at : at + 2], "big") & 0x3FFF for at in range(0, len(chain) - 1, 2)]
    assert places == [12 + 2 * place + 2 for place in range(200)]


def test_names_are_at_their_limits_and_beyond():
    lengths = {len(raw) - 12 - 4 for raw in said(MUTATORS, "name", ASK, 800)}
    assert {1, 255, 256, 257} <= lengths
    assert any(raw[12] == 0x40 for raw in said(MUTATORS, "name", ASK, 800))


def test_options_are_counted_as_additional_records_and_some_lie():
    found = outcomes(MUTATORS, "edns", ASK, 800)
    assert all(sum(counts(change.messages[0])[1:]) in (1, 2) for change in found)
    assert any(b"\0\x0a\xff\xff" in change.messages[0] for change in found)
    assert {"two OPT records", "OPT in another section"} <= {change.what for change in found}


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("type", b"\0\xfc\0\x01"),
        ("flags", b"\xff\xff\0\x01"),
        ("record", b"\xc0\x0c\0\x01\0\x01\0\0\0\0\0\x03abc"),
        ("record", b"\0\0\xfa\0\xff"),
        ("opcode", b"\x28\0\0\x01"),
    ],
)
def test_what_they_are_for_occurs(name, token):
    assert any(token in raw for raw in said(MUTATORS, name, ASK, 800))


def test_questions_are_counted_as_they_come():
    raws = said(MUTATORS, "questions", ASK)
    assert {counts(raw)[0] for raw in raws} == {2, 3, 101, 1_001}
    assert any(raw.count(NAME) == 1_001 for raw in raws)


def test_messages_end_early_and_late():
    lengths = {len(raw) for raw in said(MUTATORS, "end", ASK)}
    assert {1, 11, 12, len(ASK[0]) - 1, len(ASK[0]) + 1} <= lengths


def test_the_same_question_comes_with_one_number_or_many():
    found = {len({raw[:2] for raw in change.messages}) for change in outcomes(MUTATORS, "again", ASK)}
    assert {1, 61} <= found


@pytest.mark.parametrize(
    "mutator", [mutator for mutator in STREAM_MUTATORS if mutator.name not in ("prefix", "pipelined")], ids=lambda each: each.name
)
def test_on_streams_the_length_is_right_unless_it_is_what_is_tried(mutator):
    raws = said(STREAM_MUTATORS, mutator.name, STREAM, 60)
    assert raws
    assert all(int.from_bytes(raw[:2], "big") == len(raw) - 2 for raw in raws)


def test_lengths_lie_and_questions_come_at_once():
    assert all(raw[2:] == ASK[0] for raw in said(STREAM_MUTATORS, "prefix", STREAM))
    assert {0, 1, 65_535} <= {int.from_bytes(raw[:2], "big") for raw in said(STREAM_MUTATORS, "prefix", STREAM)}
    assert max(raw.count(NAME) for raw in said(STREAM_MUTATORS, "pipelined", STREAM)) > 50
