"""How a QUIC server receives strangers: sound where nothing is planted, and each planted fault shows."""

import pytest

from dissectors.engine import converse
from workbench.api import Direction, ServerOptions, UsageError
from workbench_quic import PROTOCOL
from workbench_quic.frame_types import Type
from workbench_quic.seeds import GREASED, SECRET, SEEDS, initial, other_version
from workbench_quic.training import FAULTS, KEPT, _kept, training

HELLO = SEEDS[0].messages[0]
EXAMPLES = {fault.name: fault.example for fault in FAULTS}


def talk(*datagrams: bytes, service=None) -> list[tuple[Direction, bytes]]:
    connection = (service or training(ServerOptions()))()
    turns = []
    for data in datagrams:
        turns.append((Direction.TO_SERVER, data))
        said = connection.receive(data)
        turns += [(Direction.TO_CLIENT, said)] if said else []
    return turns


def replies(*datagrams: bytes) -> list[str]:
    return [message.label for message in converse(PROTOCOL, talk(*datagrams)) if message.direction is Direction.TO_CLIENT]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_seeds_get_clean_legal_answers(seed):
    turns = talk(*seed.messages)
    assert any(direction is Direction.TO_CLIENT for direction, _ in turns)
    state = PROTOCOL.initial
    for message in converse(PROTOCOL, turns):
        assert not message.errors
        state = PROTOCOL.states[state, message.label]


def test_strangers_are_acknowledged_and_versions_negotiated():
    [hello] = replies(HELLO)
    assert hello.startswith("initial")
    [other] = [
        message for message in converse(PROTOCOL, talk(other_version(GREASED))) if message.direction is Direction.TO_CLIENT
    ]
    assert other.label == "version_negotiation"


def test_goodbyes_are_returned():
    assert replies(initial(bytes((Type.CONNECTION_CLOSE, 0, 0, 0))))[0].endswith("close")


@pytest.mark.parametrize("data", [b"\x40" + bytes(1300), HELLO[:1199], b"\xc0", HELLO[:-1] + bytes((HELLO[-1] ^ 1,))])
def test_what_is_no_greeting_gets_no_answer(data):
    assert replies(data) == []


@pytest.mark.parametrize(
    "frames", [bytes((Type.ACK,)), bytes((Type.CRYPTO, 0)), b"\x06\xff", bytes((Type.STREAM, 0)), b"\x01" * 9]
)
def test_frames_that_are_cut_short_or_out_of_place_are_passed_over(frames):
    assert len(replies(initial(frames))) == 1


def test_the_end():
    connection = training(ServerOptions())()
    assert connection.drain() == b""
    assert connection.closed
    with pytest.raises(UsageError, match="no setting"):
        training(ServerOptions(settings={"a": "b"}))


@pytest.mark.parametrize(("name", "error"), [("negotiated", KeyError), ("hello", IndexError), ("closed", TypeError)])
def test_crashes(name, error):
    with pytest.raises(error):
        talk(*EXAMPLES[name])


def test_extensions_keep_memory():
    before = len(_kept)
    talk(*EXAMPLES["extensions"])
    assert [len(each) for each in _kept[before:]] == [len(KEPT)]


def test_tokens_of_others_are_in_the_retry():
    service = training(ServerOptions())
    talk(*SECRET.session.messages, service=service)
    assert SECRET.token in talk(*EXAMPLES["tokens"], service=service)[-1][1]


def test_versions_end_inside_one():
    [message] = [each for each in converse(PROTOCOL, talk(*EXAMPLES["versions"])) if each.direction is Direction.TO_CLIENT]
    assert message.errors
