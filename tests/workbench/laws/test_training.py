from typing import Any

from support.toy import SEEDS, TOY, answer, changed, toy_message
from workbench.api import Fault, FaultKind, ProtocolSpec, framed, length_prefixed
from workbench.laws import Subject
from workbench.laws.training import faults_show

TRIGGER = toy_message("ping", 13)
FAULT = Fault(
    name="thirteen",
    kind=FaultKind.MAGIC,
    trigger="a ping of number 13",
    effect="`ZeroDivisionError`",
    oracles=("crash",),
    example=(TRIGGER,),
)


def faulty(frame: bytes) -> bytes:
    """The toy's server, which is superstitious."""
    _ = 1 // (frame != TRIGGER)
    return answer(frame)


def trained(handler: Any = faulty, *faults: Fault) -> ProtocolSpec:
    return changed(training=framed(length_prefixed(2), handler), faults=faults or (FAULT,))


def breaches(spec: ProtocolSpec) -> list[str]:
    return list(faults_show(Subject(spec)))


def fault(**changes: Any) -> Fault:
    return Fault(**{name: getattr(FAULT, name) for name in Fault.__dataclass_fields__} | changes)


def test_a_fault_that_shows_where_it_says():
    assert breaches(trained()) == []


def test_without_a_training_server_there_is_nothing_to_break():
    assert breaches(TOY) == []
    assert breaches(changed(faults=(FAULT,))) == ["it has faults and no training server"]


def test_it_may_be_the_only_server():
    assert breaches(changed(server=None, training=framed(length_prefixed(2), faulty), faults=(FAULT,))) == []


def test_faults_that_do_not_show():
    assert breaches(trained(answer)) == ["the example of fault 'thirteen' shows nothing, not a verdict of crash"]
    [text] = breaches(trained(faulty, fault(oracles=("hang", "leak"))))
    assert text.endswith("not a verdict of hang or leak")


def test_what_is_wrong_with_the_real_server_is_not_planted():
    both = changed(
        server=framed(length_prefixed(2), faulty), training=framed(length_prefixed(2), faulty), faults=(FAULT,), seeds=SEEDS
    )
    [text] = breaches(both)
    assert "in the reference server as well" in text


def test_seeds_must_meet_no_fault():
    crashing = trained(lambda _: faulty(TRIGGER))
    assert "the training server raised ZeroDivisionError" in breaches(crashing)[0]
    other = trained(lambda frame: faulty(frame) + toy_message("sorry", 0))
    assert breaches(other)[0] == "seed 'one' is answered differently by the training server"


def test_names_are_unique():
    assert breaches(trained(faulty, FAULT, FAULT)) == ["two faults are called 'thirteen'"]
