from dataclasses import replace

import pytest

from fuzzers.model import Conduct, Ending, Parting
from fuzzers.targets.play import MAX_REPLY, Player
from support.tiny import CRASH, LEAK, SEEDS, TINY, TOKEN, packet
from workbench.api import Direction, Hints

TO_SERVER, TO_CLIENT = Direction.TO_SERVER, Direction.TO_CLIENT
SECRET = TINY.hints.secret


def test_a_session():
    execution = Player(TINY.server, None).play(SEEDS[0].messages)
    assert execution.ending is Ending.OPEN
    assert [direction for direction, _ in execution.turns] == [TO_SERVER, TO_CLIENT] * 3
    assert execution.turns[3][1] == packet(2, "sum", (6,))


def test_each_case_has_a_world_of_its_own():
    player = Player(TINY.training, None)
    leak = packet(1, LEAK)
    player.play([packet(1, "echo", text=b"of the case before")])
    assert player.play([leak]).replies == packet(1, "echo")


def test_the_secret_session_comes_first_and_is_not_part_of_the_case():
    execution = Player(TINY.training, SECRET).play([packet(1, LEAK)])
    assert execution.secret
    assert execution.turns == ((TO_SERVER, packet(1, LEAK)), (TO_CLIENT, packet(1, "echo", text=TOKEN)))


def test_an_exception_is_a_crash_with_its_place():
    execution = Player(TINY.training, None).play([packet(1, "echo"), packet(2, CRASH), packet(3, "echo")])
    assert execution.ending is Ending.CRASHED
    assert execution.failure is not None
    assert execution.failure.kind == "IndexError"
    assert ":answer" in execution.failure.frames[-1]
    assert execution.failure.text.startswith("Traceback")
    assert [direction for direction, _ in execution.turns] == [TO_SERVER, TO_CLIENT, TO_SERVER]


class _Session:
    """A server connection made of a script."""

    def __init__(self, script):
        self.closed = False
        self.script = script
        self.heard = []

    def receive(self, data):
        self.heard.append(data)
        return self.script(self, data)

    def pull(self):
        return b""

    def wakeup(self, now_ns):
        self.heard.append(now_ns)
        return b""

    def drain(self):
        raise AssertionError


def scripted(script) -> tuple[Player, list[_Session]]:
    sessions: list[_Session] = []

    def connect():
        sessions.append(_Session(script))
        return sessions[-1]

    return Player(lambda _: connect, None), sessions


def test_time_passes_before_each_message_and_the_end_is_told():
    player, sessions = scripted(lambda *_: b"")
    player.play([b"a", b"b"])
    assert sessions[0].heard == [1_000_000, b"a", 2_000_000, b"b", b""]


def test_a_server_that_closes_hears_no_more():
    def close(session, data):
        session.closed = True
        return b"bye"

    player, sessions = scripted(close)
    execution = player.play([b"a", b"b"])
    assert execution.ending is Ending.CLOSED
    assert execution.replies == b"bye"
    assert sessions[0].heard == [1_000_000, b"a"]


def test_endless_replies_are_cut():
    player, _ = scripted(lambda *_: b"x" * (MAX_REPLY // 2 + 1))
    execution = player.play([b"a", b"b", b"c"])
    assert execution.cut
    assert len(execution.replies) == MAX_REPLY


def test_exits_of_a_server_are_crashes():
    def leave(session, data):
        raise SystemExit(3)

    player, _ = scripted(leave)
    assert player.play([b"a"]).failure.kind == "SystemExit"


@pytest.mark.parametrize("text", ["\ud800", "x" * 100_000])
def test_odd_exceptions_are_described_within_bounds(text: str):
    def fail(session, data):
        raise ValueError(text)

    player, _ = scripted(fail)
    failure = player.play([b"a"]).failure
    assert failure.kind == "ValueError"
    assert len(failure.message) <= 8000
    assert len(failure.text) <= 8000


def test_without_a_secret_none_is_played():
    spec = replace(TINY, hints=Hints())
    assert not Player(spec.training, spec.hints.secret).play([packet(1, LEAK)]).secret


def echo(_, data):
    return data.upper() or b"bye"


def test_several_connections_to_one_service_take_turns():
    player, sessions = scripted(echo)
    execution = player.play([b"a", b"b", b"c"], Conduct.of((0, 1, 0)))
    assert [session.heard for session in sessions] == [[1_000_000, b"a", 3_000_000, b"c", b""], [2_000_000, b"b", b""]]
    assert execution.conversations == (
        ((TO_SERVER, b"a"), (TO_CLIENT, b"A"), (TO_SERVER, b"c"), (TO_CLIENT, b"C"), (TO_CLIENT, b"bye")),
        ((TO_SERVER, b"b"), (TO_CLIENT, b"B"), (TO_CLIENT, b"bye")),
    )
    assert execution.turns[:4] == ((TO_SERVER, b"a"), (TO_CLIENT, b"A"), (TO_SERVER, b"b"), (TO_CLIENT, b"B"))


def test_a_client_may_end_its_side_before_it_takes_the_answer():
    player, sessions = scripted(echo)
    execution = player.play([b"a", b"b"], Conduct(partings=(Parting.HALF_CLOSE,)))
    assert sessions[0].heard == [1_000_000, b"a", 2_000_000, b"b", b""]
    assert execution.turns == ((TO_SERVER, b"a"), (TO_CLIENT, b"A"), (TO_SERVER, b"b"), (TO_CLIENT, b"Bbye"))


def test_who_breaks_a_connection_takes_no_answer_to_the_last_message():
    player, sessions = scripted(echo)
    execution = player.play([b"a", b"b", b"c"], Conduct.of((0, 0, 1), (Parting.RESET,)))
    assert sessions[0].heard == [1_000_000, b"a", 2_000_000, b"b"]
    assert execution.conversations[0] == ((TO_SERVER, b"a"), (TO_CLIENT, b"A"), (TO_SERVER, b"b"))
    assert sessions[1].heard == [3_000_000, b"c", b""]


def test_who_abandons_a_connection_takes_no_answer_at_all():
    player, sessions = scripted(echo)
    execution = player.play([b"a", b"b"], Conduct(partings=(Parting.ABANDON,)))
    assert sessions[0].heard == [1_000_000, b"a", 2_000_000, b"b"]
    assert (execution.turns, execution.ending) == (((TO_SERVER, b"a"), (TO_SERVER, b"b")), Ending.OPEN)


def test_what_the_server_closed_hears_no_more_and_the_others_go_on():
    def close(session, data):
        session.closed = data == b"x"
        return data

    player, sessions = scripted(close)
    execution = player.play([b"x", b"a", b"b", b"c"], Conduct.of((0, 1, 0, 1)))
    assert [session.heard for session in sessions] == [[1_000_000, b"x"], [2_000_000, b"a", 4_000_000, b"c", b""]]
    assert execution.ending is Ending.OPEN
    assert player.play([b"x", b"x"], Conduct.of((0, 1))).ending is Ending.CLOSED


def test_a_crash_among_several_connections_keeps_what_was_said_on_each():
    def fail(_, data):
        if data == b"x":
            raise ValueError(data)
        return data

    execution = scripted(fail)[0].play([b"a", b"x"], Conduct.of((0, 1)))
    assert execution.ending is Ending.CRASHED
    assert execution.conversations == (((TO_SERVER, b"a"), (TO_CLIENT, b"a")), ((TO_SERVER, b"x"),))
