import itertools

from support.toy import SEEDS, TOY, changed, toy_message
from workbench.api import framed, length_prefixed
from workbench.laws import Subject
from workbench.laws.serving import campaigns_repeat, server_answers, server_is_deterministic, transitions_are_legal


def _server(handler):
    return changed(server=framed(length_prefixed(2), handler))


def test_a_sound_plugin():
    for law in (server_answers, transitions_are_legal, server_is_deterministic, campaigns_repeat):
        assert list(law(Subject(TOY))) == []


def test_without_server_states_and_seeds_there_is_nothing_to_break():
    bare = changed(server=None, states={}, seeds=())
    for law in (server_answers, transitions_are_legal, server_is_deterministic, campaigns_repeat):
        assert list(law(Subject(bare))) == []


def test_silence_is_a_breach():
    assert any("gets no reply" in text for text in server_answers(Subject(_server(lambda _: b""))))


def test_so_is_a_crash():
    assert any("the server raised ZeroDivisionError" in text for text in server_answers(Subject(_server(lambda _: 1 // 0))))


def test_so_is_a_reply_that_does_not_decode():
    broken = toy_message("pong", 1)[:-1] + b"\xff"
    assert any("does not decode clean" in text for text in server_answers(Subject(_server(lambda _: broken))))


def test_a_label_outside_the_table_is_a_breach():
    states = {("start", "ping"): "asked", ("asked", "pong"): "start"}
    assert list(transitions_are_legal(Subject(changed(states=states)))) == []
    refusing = changed(states=states, server=framed(length_prefixed(2), lambda _: toy_message("sorry", 0)))
    assert any("'sorry' is not legal in state 'asked'" in text for text in transitions_are_legal(Subject(refusing)))


def test_a_state_that_nothing_leads_to_is_a_breach():
    states = {**TOY.states, ("island", "ping"): "island"}
    assert any("island" in text for text in transitions_are_legal(Subject(changed(states=states))))


def test_a_server_with_a_mind_of_its_own_is_a_breach():
    counter = itertools.count()
    random = _server(lambda _: toy_message("pong", next(counter) % 200))
    assert any("answered differently" in text for text in server_is_deterministic(Subject(random)))


def test_campaigns_need_no_server():
    assert list(campaigns_repeat(Subject(changed(server=None, seeds=SEEDS)))) == []
