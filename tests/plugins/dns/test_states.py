from workbench_dns.states import INITIAL, MULTICAST_STATES, STATES
from workbench_dns.vocabulary import OPCODES, RCODES


def test_nobody_answers_what_was_not_asked():
    assert (INITIAL, "noerror") not in STATES
    assert (INITIAL, "nxdomain") not in STATES


def test_garbage_may_be_called_garbage():
    assert STATES[INITIAL, "formerr"] == INITIAL


def test_behind_a_question_anything_goes():
    assert {label for state, label in STATES if state == "open"} == {*OPCODES.values(), *RCODES.values()}


def test_multicast_announces():
    assert MULTICAST_STATES[INITIAL, "noerror"] == INITIAL
