from hypothesis import given
from hypothesis import strategies as st

from fuzzers import cases
from fuzzers.cases import CaseSource
from fuzzers.corpus import corpus_of
from fuzzers.model import Conduct, Parting
from fuzzers.mutators.sequence import MAX_MESSAGES
from fuzzers.pool import Grown
from support.tiny import SEEDS, TINY
from workbench.api import Seed


def test_the_first_cases_are_the_seeds():
    source = cases(TINY, 3)
    assert [source.case_at(number).messages for number in range(2)] == [seed.messages for seed in SEEDS]
    assert source.case_at(0).mutations == ()


@given(st.integers(0, 2**64), st.integers(0, 2**40))
def test_a_case_depends_on_seed_and_number_only(seed: int, number: int):
    one, other = cases(TINY, seed), cases(TINY, seed)
    for before in range(3):
        other.case_at(before + 17)
    assert one.case_at(number) == other.case_at(number)


def test_another_seed_makes_other_cases():
    one, other = cases(TINY, 1), cases(TINY, 2)
    numbers = range(1000, 1100)
    assert sum(one.case_at(number).messages == other.case_at(number).messages for number in numbers) < 10


def test_cases_are_what_executors_can_play():
    source = cases(TINY, 5)
    for number in range(1500):
        case = source.case_at(number)
        assert all(case.messages)
        assert len(case.messages) <= 2 * MAX_MESSAGES
        if not case.mutations:
            assert case.messages in {seed.messages for seed in SEEDS}


def test_every_family_of_mutators_is_used():
    source = cases(TINY, 5)
    kinds = {mutation.kind for number in range(3000) for mutation in source.case_at(number).mutations}
    families = {kind.partition(".")[0] for kind in kinds}
    assert families == {"bytes", "text", "value", "span", "sequence", "conduct"}
    assert {"sequence.insert", "sequence.splice", "sequence.join", "sequence.split", "bytes.repair", "bytes.token"} <= kinds
    assert {kind.rpartition(".")[2] for kind in kinds if kind.startswith("value.")} == {"rebuilt", "broken", "repaired"}


def test_all_borders_of_all_values_come_early():
    source = cases(TINY, 5)
    told = {str(mutation) for number in range(200) for mutation in source.case_at(number).mutations}
    assert "value.boundary.rebuilt: message 0 id: 1 → 0" in told
    assert "value.boundary.rebuilt: message 0 id: 1 → 65535" in told
    assert any("items" in text and "value.clear" in text for text in told)


def test_what_cannot_be_decoded_is_mutated_as_bytes():
    source = CaseSource(TINY, corpus_of(TINY, [Seed("junk", (b"no packet of ours",))]), 1)
    mutated = [source.case_at(number) for number in range(1, 60)]
    assert len({case.messages for case in mutated}) > 40
    assert {mutation.kind.partition(".")[0] for case in mutated for mutation in case.mutations} <= {
        "bytes",
        "text",
        "sequence",
        "conduct",
    }


def test_the_conduct_of_an_entry_goes_on_in_what_is_made_from_it():
    source = cases(TINY, 5)
    odd = Conduct.of((0, 1, 0), (Parting.RESET,))
    source.pool.offer(Grown(source.pool.messages_at(0), 600, "conduct", 0.1, 0, (1,), odd))
    made = [source.case_at(number) for number in range(10_000, 10_200)]
    assert odd in {case.conduct for case in made if case.parent == len(SEEDS)}
    assert {case.conduct for case in made if case.parent != len(SEEDS) and case.arm == "bytes"} >= {Conduct()}
    assert all(len(case.conduct.lanes) in (0, len(case.messages)) for case in made)
    assert source.found(made[0], (2,)).conduct == made[0].conduct


def test_words_of_replies_are_said_again_two_epochs_later():
    source = cases(TINY, 5)
    source.pool.offer(Grown(source.pool.messages_at(0), 600, "bytes", 0.1, 0, (1,), words=(b"a-word-of-the-server",)))
    early, late = (
        {raw for number in range(first, first + 800) for raw in source.case_at(number).messages} for first in (700, 10_000)
    )
    assert not any(b"a-word-of-the-server" in raw for raw in early if raw)
    assert any(b"a-word-of-the-server" in raw for raw in late)
