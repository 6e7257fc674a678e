"""The beginning of a TLS server: sound where nothing is planted, and each planted fault shows."""

import pytest

from dissectors.engine import converse
from workbench.api import Direction, ServerOptions, UsageError
from workbench_tls import PROTOCOL
from workbench_tls.seeds import SECRET, SEEDS, heartbeat
from workbench_tls.training import FAULTS, KEPT, _kept, training

HELLO = SEEDS[0].messages[0]
EXAMPLES = {fault.name: fault.example for fault in FAULTS}


def talk(*messages: bytes, service=None) -> list[tuple[Direction, bytes]]:
    connection = (service or training(ServerOptions()))()
    turns = []
    for data in messages:
        turns.append((Direction.TO_SERVER, data))
        said = connection.receive(data)
        turns += [(Direction.TO_CLIENT, said)] if said else []
    return turns


def replies(*messages: bytes) -> list[str]:
    return [message.label for message in converse(PROTOCOL, talk(*messages)) if message.direction is Direction.TO_CLIENT]


def test_hellos_are_answered_and_heartbeats_come_back():
    assert replies(HELLO) == ["server_hello+server_hello_done"]
    assert replies(heartbeat(b"abc")) == ["heartbeat"]
    assert talk(heartbeat(b"abc"))[-1][1] == heartbeat(b"abc", kind=2)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_seeds_get_clean_legal_answers(seed):
    state = PROTOCOL.initial
    for message in converse(PROTOCOL, talk(*seed.messages)):
        assert not message.errors
        following = PROTOCOL.states.get((state, message.label))
        if following is None:
            assert message.direction is Direction.TO_SERVER  # recorded with another server
            break
        state = following


def test_any_split_is_answered_alike():
    whole = b"".join(data for direction, data in talk(HELLO) if direction is Direction.TO_CLIENT)
    pieces = [HELLO[at : at + 7] for at in range(0, len(HELLO), 7)]
    assert b"".join(data for direction, data in talk(*pieces) if direction is Direction.TO_CLIENT) == whole


@pytest.mark.parametrize(
    ("message", "label"),
    [
        (b"\x15\x03\x03\0\2\1\0", "close_notify"),
        (b"\x16\x03\x03\0\5\1\0\0\1\3", "fatal_alert"),
        (b"\x63\0\0\0\0", "fatal_alert"),
        (b"\x18\x03\x03\0\1\1", "fatal_alert"),
    ],
)
def test_what_ends_a_connection(message, label):
    assert replies(message, HELLO) == [label]


def test_goodbye():
    connection = training(ServerOptions())()
    assert connection.drain() == b"\x15\x03\x03\0\2\1\0"
    assert connection.closed


def test_there_are_no_settings():
    with pytest.raises(UsageError, match="no setting"):
        training(ServerOptions(settings={"a": "b"}))


@pytest.mark.parametrize(("name", "error"), [("deflate", KeyError), ("session", IndexError), ("again", KeyError)])
def test_crashes(name, error):
    with pytest.raises(error):
        talk(*EXAMPLES[name])


def test_later_keeps_memory():
    before = len(_kept)
    talk(*EXAMPLES["later"])
    assert [len(each) for each in _kept[before:]] == [len(KEPT)]


def test_heartbeat_bleeds():
    service = training(ServerOptions())
    talk(*SECRET.session.messages, service=service)
    assert SECRET.token in talk(*EXAMPLES["heartbeat"], service=service)[-1][1]


def test_done_comes_out_of_turn():
    assert replies(*EXAMPLES["done"]) == ["server_hello_done"]
