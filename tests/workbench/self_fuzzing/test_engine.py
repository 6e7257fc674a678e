import os
from pathlib import Path

import pytest

from support.spoilable import crashing, exiting, greedy, hanging, leaving, raising
from support.toy import TOY, changed
from support.waiting import until
from workbench.api import UsageError
from workbench.self_fuzzing.engine import Began, Found, Over, Plan, Progress, examine


def found(spec, **plan):
    plan = {"cases": 150, "hang_s": 0.3} | plan
    return list(examine(Plan(protocols=(spec,), specs=(spec,), **plan)))


def test_a_sound_plugin_is_let_alone():
    events = found(TOY)
    assert events[0] == Began("toy", 2)
    assert isinstance(events[-1], Over)
    assert (events[-1].cases, events[-1].breaches) == (150, 0)
    assert {type(event) for event in events[1:-1]} <= {Progress}


def test_what_raises_is_found_once_and_made_small():
    events = found(raising)
    (breach,) = [event.breach for event in events if isinstance(event, Found) and "nobody thought" in event.breach.text]
    assert [turn.data for turn in breach.turns] == [b"\xff"]
    assert events[-1].cases == 150


def test_two_runs_with_one_seed_find_the_same():
    one, two = ([event for event in found(raising, seed=5) if isinstance(event, Found)] for _ in range(2))
    assert one == two
    assert one


@pytest.mark.parametrize(
    ("spec", "cause"), [(hanging, "hang: more than 0.3 s"), (crashing, "crash: SIGABRT"), (leaving, "crash: exit status 0")]
)
def test_the_rest_is_examined_after_a_case_that_ends_the_process(spec, cause):
    events = found(spec, cases=60)
    breaches = [event.breach for event in events if isinstance(event, Found)]
    assert any(breach.text.startswith(cause) for breach in breaches)
    assert any(b"\xff" in turn.data for turn in breaches[0].turns)
    assert events[-1].cases == 60


def test_a_decoder_that_ends_the_program_is_found():
    events = found(exiting)
    assert any("SystemExit: enough" in event.breach.text for event in events if isinstance(event, Found))
    assert events[-1].cases == 150


def test_memory_is_bounded():
    assert any("MemoryError" in event.breach.text for event in found(greedy) if isinstance(event, Found))


def test_time_is_processor_time():
    events = found(TOY, cases=None, seconds=0.4)
    assert 0.4 <= events[-1].cpu_s < 5
    assert events[-1].cases > 10


def test_protocols_are_examined_side_by_side():
    other = changed(name="other")
    third = changed(name="third")
    plan = Plan(protocols=(TOY, other, third), specs=(TOY, other, third), cases=20, jobs=2)
    events = list(examine(plan))
    began = [event.protocol for event in events if isinstance(event, Began)]
    assert began == ["toy", "other", "third"]
    assert sorted(event.protocol for event in events if isinstance(event, Over)) == ["other", "third", "toy"]


def test_nothing_is_left_when_nobody_listens_any_more():
    events = examine(Plan(protocols=(TOY,), specs=(TOY,)))
    next(events)
    next(events)
    children = _children()
    assert children
    events.close()
    until(lambda: not _children() & children)


def test_a_failure_of_the_examination_itself_is_no_finding():
    with pytest.raises(RuntimeError, match="KeyError"):
        list(examine(Plan(protocols=(TOY,), specs=(), cases=5)))


def test_a_protocol_without_anything_to_spoil():
    with pytest.raises(UsageError, match="nothing to spoil"):
        found(changed(seeds=()))


def _children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())
