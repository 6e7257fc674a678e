from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from fuzzers import TargetConfig, cases, slopes
from fuzzers.model import Ending
from fuzzers.oracles import Judge
from fuzzers.targets import server as module
from fuzzers.targets.address import Address
from fuzzers.targets.board import Board
from fuzzers.targets.command import Command
from fuzzers.targets.executor import Judged
from fuzzers.targets.guardian import Guardian
from fuzzers.targets.player import Post
from fuzzers.targets.server import ServerPlayer
from fuzzers.targets.ways.blackbox import Blackbox
from fuzzers.targets.ways.live import Live
from fuzzers.targets.ways.way import Way
from support.lines import LINES, command
from support.processes import is_gone
from support.tiny import CRASH, LEAK, TINY, UNASKED, packet
from workbench.api import Endpoint, Hints, ProtocolSpec, Secret, Seed, TargetError
from workbench.serving import running


class Judging:
    """A player in this process, and a judge for what it plays."""

    def __init__(self, spec: ProtocolSpec, *ways: Way) -> None:
        self.judge = Judge(spec)
        self.board = Board()
        self.player = ServerPlayer(
            {way.name: lambda way=way: way for way in ways}, self.judge, cases(spec, 1).corpus, Post(0, self.board, self.abandon)
        )

    def abandon(self, execution):
        raise AssertionError("nobody has to give up because of a server elsewhere")

    def play(self, *messages: bytes, patient: bool = False) -> Judged:
        return self.judge.judged(self.player.play(messages, patient=patient))

    @property
    def endpoint(self) -> Endpoint:
        return self.player._way.endpoint


@contextmanager
def spawning(spec: ProtocolSpec = LINES, *options: str):
    with closing(Guardian()) as guardian:
        made = Judging(spec, Live(Command(TargetConfig(kind="command", command=command(*options)), guardian)))
        with closing(made.player):
            yield made


@contextmanager
def reaching(endpoint: Endpoint, spec: ProtocolSpec = LINES):
    address = Address(TargetConfig(kind="address", host=endpoint.host, port=endpoint.port))
    made = Judging(spec, Blackbox(address, Judge(spec).is_answered))
    with closing(made.player):
        yield made


@pytest.fixture
def spawned():
    """A player of the line server."""
    with spawning() as made:
        yield made


@pytest.mark.parametrize(
    ("line", "fingerprint"),
    [
        (b"ABORT\n", "crash:SIGABRT:"),
        (b"EXIT 3\n", "crash:exit status 3:"),
        (b"RAISE x\n", "crash:ValueError:<module> | main | _serve | _answer"),
        (b"LOOP\n", "hang:endless loop:"),
        (b"SLEEP\n", "hang:no answer:"),
    ],
)
def test_what_becomes_of_a_server(spawned: Judging, line: bytes, fingerprint: str):
    judged = spawned.play(b"hi\n", line)
    assert judged.verdict is not None
    assert judged.verdict.fingerprint == fingerprint
    # and the next case meets a new one
    assert spawned.play(b"hi\n").verdict is None
    assert spawned.player.restarts == 1


def test_the_parent_is_told_what_to_end(spawned: Judging):
    assert spawned.board.group == 0
    spawned.play(b"hi\n")
    first = spawned.board.group
    spawned.player.renew()
    assert is_gone(first)
    assert spawned.board.group == 0
    spawned.play(b"hi\n")
    assert spawned.board.group not in (0, first)


def test_a_thread_that_dies_is_a_crash_though_the_server_lives():
    with spawning(LINES, "--threads") as target:
        judged = target.play(b"RAISE abcd\n")
        assert judged.verdict is not None
        assert judged.verdict.summary == "ValueError in line_server:_answer: no such thing: 4"


def test_who_hangs_up_when_is_a_carriers_own_business():
    with spawning(replace(LINES, transport="wings")) as target:
        judged = target.play(b"hi\n", b"CLOSE\n")
        assert judged.execution.ending is Ending.CLOSED
        assert judged.verdict is None


def test_hanging_up_on_what_is_answered_otherwise(spawned: Judging):
    assert spawned.play(b"hi\n", b"CLOSE\n").verdict.fingerprint == "hangup:to_server"
    # a server may hang up on what is no message
    assert spawned.play(b"hi\n", b"CLOSE\nhalf").verdict is None
    assert spawned.play(b"hi\n", b"ho\n").verdict is None


def test_a_server_elsewhere_is_not_waited_for_when_it_has_answered(spawned: Judging):
    spawned.play(b"hi\n")
    with reaching(spawned.endpoint) as target:
        target.play(b"hi\n")
        looks = []
        target.player._way.watcher.is_done = lambda: bool(
            looks.append(1)
        )  # asked between two looks at the socket, and never says yes
        judged = target.play(b"hi\n", b"ha", b"lf\n")
    assert judged.verdict is None
    assert judged.execution.replies == b"OK hi\nOK half\n"


def test_a_server_elsewhere_that_answers_nobody_any_more(spawned: Judging, monkeypatch):
    monkeypatch.setattr(module, "RETURN_S", 0.1)
    spawned.play(b"hi\n")
    with reaching(spawned.endpoint) as target:
        assert target.play(b"SLEEP\n").verdict.fingerprint == "hang:no answer:"
        with pytest.raises(TargetError, match="answers nothing any more"):
            target.play(b"hi\n")


def test_silence_alone_is_no_hang(spawned: Judging):
    judged = spawned.play(b"hi\n", b"SILENT")
    assert judged.verdict is None
    assert judged.execution.ending is Ending.OPEN


def test_other_sessions_share_a_running_server():
    assert TINY.training is not None
    with running(TINY.training) as server, reaching(server.endpoint, TINY) as target:
        assert target.play(packet(1, LEAK)).verdict.fingerprint == "leak:echo reply"
        assert target.play(packet(1, UNASKED)).verdict.fingerprint == "exchange:echo reply"
        assert target.play(packet(1, "echo")).verdict is None


def test_a_server_elsewhere_that_goes_away():
    spec = replace(LINES, hints=Hints(secret=Secret(Seed("s", (b"mine\n",)), b"mine")))
    with spawning(spec) as helper:
        helper.play(b"hi\n")
        with reaching(helper.endpoint, spec) as target:
            assert target.play(b"hi\n").verdict is None
            assert target.play(b"EXIT 0\n").verdict.fingerprint == "crash:gone"


def test_crash_kinds_do_not_reach_a_serving_process():
    # behind workbench.serving an exception costs one connection; the server stays
    with running(TINY.training) as server, reaching(server.endpoint, TINY) as target:
        assert target.play(packet(1, CRASH)).execution.ending is Ending.CLOSED


@pytest.mark.parametrize(
    ("line", "fingerprint"), [(b"KEEP 2000\n", "memory:"), (b"OPEN 1\n", "descriptors:"), (b"CACHE 2000\n", ""), (b"hello\n", "")]
)
def test_what_a_server_keeps_of_each_case_is_weighed_with_patience(spawned, line: bytes, fingerprint: str):
    assert spawned.play(line).verdict is None
    verdict = spawned.play(line, patient=True).verdict
    assert (verdict.fingerprint if verdict is not None else "") == fingerprint
    assert spawned.play(b"hello\n").verdict is None


def test_a_server_that_grows_and_grows_is_weighed_in_a_sweep(spawned, monkeypatch):
    monkeypatch.setattr(slopes, "EVERY", 4)
    found = []
    for number in range(4 * slopes.LOOKS + 40):
        execution = spawned.player.play((b"OPEN 1\n",), number=number)
        found.append(execution.growth)
    assert found[0] is None
    grown = next(filter(None, found))
    assert (grown.kind, grown.each) == ("descriptors", 1)


def test_who_is_left_without_an_answer_that_others_get(spawned):
    assert spawned.play(b"hi\n", b"SILENT\n").verdict.fingerprint == "stall:to_server"
    assert spawned.play(b"hi\n", b"half a line").verdict is None
    assert spawned.play(b"SILENT\n", b"hi\n").verdict is None  # it may have been the answer to both


def test_a_kind_of_message_that_is_answered_now_and_then_may_be_left_without():
    spec = replace(LINES, seeds=(*LINES.seeds, Seed("nothing to say", (b"SILENT\n",))))
    with spawning(spec) as target:
        assert target.play(b"hi\n", b"SILENT\n").verdict is None
