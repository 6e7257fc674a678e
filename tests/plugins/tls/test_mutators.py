import pytest

from support.mutating import outcomes, said
from workbench_tls.hello_text import HelloText
from workbench_tls.mutators import MUTATORS, UNRECORDED_MUTATORS
from workbench_tls.odd_extensions import EXTENSION_DATA
from workbench_tls.seeds import HINTS, SEEDS
from workbench_tls.unrecorded_seeds import HINTS as UNRECORDED_HINTS
from workbench_tls.unrecorded_seeds import SEEDS as UNRECORDED

SESSION = SEEDS[0].messages
RESUMED = next(seed.messages for seed in SEEDS if seed.name == "resumption")


def hellos(name: str, messages=SESSION, rounds: int = 300) -> list[HelloText]:
    return [hello for raw in said(MUTATORS, name, messages, rounds) if (hello := HelloText.of(raw)) is not None]


def kinds(hello: HelloText) -> list[int]:
    return [kind for kind, _ in hello.extensions or ()]


def test_the_hints_offer_them():
    assert list(HINTS.mutators) == list(MUTATORS)
    assert list(UNRECORDED_HINTS.mutators) == list(UNRECORDED_MUTATORS)


def test_extensions_come_twice_never_or_in_another_order():
    own = kinds(HelloText.of(RESUMED[0]))
    assert all(len(kinds(hello)) > len(set(kinds(hello))) for hello in hellos("duplicate-extension"))
    orders = [kinds(hello) for hello in hellos("extension-order", RESUMED, 60)]
    assert all(sorted(order) == sorted(own) for order in orders)
    assert any(order[-1] != 41 for order in orders)
    gone = {frozenset(own) - frozenset(kinds(hello)) for hello in hellos("missing-extension", RESUMED)}
    assert {frozenset({kind}) for kind in own} <= gone


def test_each_extension_gets_odd_data():
    seen = {(kind, data) for hello in hellos("extension-data", SESSION, 3000) for kind, data in hello.extensions or ()}
    missed = [(kind, data) for kind, variants in EXTENSION_DATA.items() for data in variants if (kind, data) not in seen]
    assert len(missed) < 20


def test_parts_that_are_fixed_are_not():
    found = hellos("fixed-parts")
    assert {b"", b"\1\0"} <= {hello.compression for hello in found}
    assert {0, 33, 255} <= {len(hello.session) for hello in found}
    assert {0, 1} <= {len(hello.suites) for hello in hellos("cipher-suites")}
    assert {0x0300, 0x0304, 0x7F1C} <= {int.from_bytes(hello.opening[:2], "big") for hello in hellos("version")}


@pytest.mark.parametrize("name", ["vector-length", "message-length"])
def test_lengths_lie(name):
    raws = said(MUTATORS, name, SESSION)
    assert sum(HelloText.of(raw) is None for raw in raws) > len(raws) / 2


def test_unknown_extensions_come_by_the_thousand():
    assert max(len(kinds(hello)) for hello in hellos("unknown-extensions")) > 5_000


@pytest.mark.parametrize("mutator", UNRECORDED_MUTATORS, ids=lambda mutator: mutator.name)
def test_what_no_record_carries_stays_without_records(mutator):
    seed = UNRECORDED[0].messages
    assert all(change.messages[0][:1] != b"\x16" for change in outcomes(UNRECORDED_MUTATORS, mutator.name, seed, 60))


def test_other_messages_stand_before_behind_and_instead():
    firsts = {raw[5] for raw in said(MUTATORS, "other-message", SESSION)}
    assert {1, 0, 2, 11, 20, 24} <= firsts
