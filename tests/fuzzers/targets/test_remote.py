from contextlib import closing
from dataclasses import replace

import pytest

from fuzzers import TargetConfig, cases
from fuzzers.model import Ending
from fuzzers.targets import remote
from fuzzers.targets.making import executor_for
from fuzzers.targets.remote import Remote
from support.lines import LINES, command
from support.tiny import CRASH, LEAK, TINY, UNASKED, packet
from workbench.api import Hints, Secret, Seed, TargetError
from workbench.serving import running


@pytest.fixture
def spawned():
    """An executor of the line server."""
    with closing(executor_for(LINES, cases(LINES, 1), TargetConfig(kind="command", command=command()))) as made:
        yield made


@pytest.mark.parametrize(
    ("line", "fingerprint"),
    [
        (b"ABORT\n", "crash:SIGABRT:"),
        (b"EXIT 3\n", "crash:exit status 3:"),
        (b"RAISE x\n", "crash:ValueError:main | _serve | _answer"),
        (b"LOOP\n", "hang:endless loop:"),
        (b"SLEEP\n", "hang:no answer:"),
    ],
)
def test_what_becomes_of_a_server(spawned: Remote, line: bytes, fingerprint: str):
    judged = spawned.play([b"hi\n", line])
    assert judged.verdict is not None
    assert judged.verdict.fingerprint == fingerprint
    # and the next case meets a new one
    assert spawned.play([b"hi\n"]).verdict is None
    assert spawned.restarts == 1


def test_a_thread_that_dies_is_a_crash_though_the_server_lives():
    with closing(executor_for(LINES, cases(LINES, 1), TargetConfig(kind="command", command=command("--threads")))) as target:
        judged = target.play([b"RAISE abcd\n"])
        assert judged.verdict is not None
        assert judged.verdict.summary == "ValueError in line_server:_answer: no such thing: 4"


def test_hanging_up_on_what_is_answered_otherwise(spawned: Remote):
    assert spawned.play([b"hi\n", b"CLOSE\n"]).verdict.fingerprint == "hangup:to_server"
    # a server may hang up on what is no message
    assert spawned.play([b"hi\n", b"CLOSE\nhalf"]).verdict is None
    assert spawned.play([b"hi\n", b"ho\n"]).verdict is None


def test_a_server_elsewhere_is_not_waited_for_when_it_has_answered(spawned: Remote):
    spawned.play([b"hi\n"])
    endpoint = spawned._server.endpoint
    config = TargetConfig(kind="address", host=endpoint.host, port=endpoint.port)
    with closing(executor_for(LINES, cases(LINES, 1), config)) as target:
        target.play([b"hi\n"])
        looks = []
        target._watcher.is_done = lambda: bool(looks.append(1))  # is asked between two looks at the socket, and never says yes
        judged = target.play([b"hi\n", b"ha", b"lf\n"])
    assert judged.verdict is None
    assert judged.execution.replies == b"OK hi\nOK half\n"


def test_a_server_elsewhere_that_answers_nobody_any_more(spawned: Remote, monkeypatch):
    monkeypatch.setattr(remote, "RETURN_S", 0.1)
    spawned.play([b"hi\n"])
    endpoint = spawned._server.endpoint
    config = TargetConfig(kind="address", host=endpoint.host, port=endpoint.port)
    with closing(executor_for(LINES, cases(LINES, 1), config)) as target:
        assert target.play([b"SLEEP\n"]).verdict.fingerprint == "hang:no answer:"
        with pytest.raises(TargetError, match="answers nothing any more"):
            target.play([b"hi\n"])


def test_silence_alone_is_no_hang(spawned: Remote):
    judged = spawned.play([b"hi\n", b"SILENT\n"])
    assert judged.verdict is None
    assert judged.execution.ending is Ending.OPEN


def test_a_sweep_stops_at_every_suspect():
    spec = replace(LINES, seeds=(Seed("ok", (b"hi\n",)), Seed("bad", (b"EXIT 1\n",)), Seed("ok 2", (b"ho\n",))))
    with closing(executor_for(spec, cases(spec, 1), TargetConfig(kind="command", command=command()))) as target:
        spans = list(target.sweep(0, 3))
    assert [(span.stop, [suspect.case for suspect in span.suspects]) for span in spans if span.suspects] == [(2, [1])]
    assert (spans[0].start, spans[-1].stop) == (0, 3)


def test_other_sessions_share_a_running_server():
    assert TINY.training is not None
    with running(TINY.training) as server:
        config = TargetConfig(kind="address", host=server.endpoint.host, port=server.endpoint.port)
        with closing(executor_for(TINY, cases(TINY, 1), config)) as target:
            assert target.play([packet(1, LEAK)]).verdict.fingerprint == "leak:echo reply"
            assert target.play([packet(1, UNASKED)]).verdict.fingerprint == "exchange:echo reply"
            assert target.play([packet(1, "echo")]).verdict is None


def test_a_server_elsewhere_that_goes_away():
    spec = replace(LINES, hints=Hints(secret=Secret(Seed("s", (b"mine\n",)), b"mine")))
    with closing(executor_for(spec, cases(spec, 1), TargetConfig(kind="command", command=command()))) as helper:
        helper.play([b"hi\n"])
        endpoint = helper._server.endpoint
        config = TargetConfig(kind="address", host=endpoint.host, port=endpoint.port)
        with closing(executor_for(spec, cases(spec, 1), config)) as target:
            assert target.play([b"hi\n"]).verdict is None
            assert target.play([b"EXIT 0\n"]).verdict.fingerprint == "crash:gone"


def test_crash_kinds_do_not_reach_a_serving_process():
    # behind workbench.serving an exception costs one connection; the server stays
    with running(TINY.training) as server:
        config = TargetConfig(kind="address", host=server.endpoint.host, port=server.endpoint.port)
        with closing(executor_for(TINY, cases(TINY, 1), config)) as target:
            judged = target.play([packet(1, CRASH)])
            assert judged.execution.ending is Ending.CLOSED
