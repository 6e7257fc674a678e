"""The bridge, with boofuzz itself at its other end. Skipped where boofuzz is not installed."""

import contextlib
import io
import itertools
import warnings

import pytest

from dissectors.engine import converse
from fuzzers.model import USUAL, Ending, Execution
from fuzzers.oracles import Judge
from fuzzers.targets.play import Player
from support.toy import TOY, toy_message
from workbench.api import Direction, Endpoint, Seed, TargetError, UsageError
from workbench.registry import load
from workbench.serving import running

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what its own imports deprecate
    boofuzz = pytest.importorskip("boofuzz", reason="boofuzz is not installed")
    from boofuzz.monitors import CallbackMonitor
    from boofuzz.mutation_context import MutationContext

    from fuzzers.boofuzz_bridge import GraphCases, WatchedPlayer, connect, monitors_of, mutants, requests, watched

STREAMBUS = load().get("streambus")


def mutated(request, most=2_000):
    """What the mutations of a request render to."""
    for mutations in itertools.islice(request.get_mutations(), most):
        yield request.render(MutationContext(mutations={each.qualified_name: each for each in mutations}))


@pytest.fixture
def session(tmp_path):
    """A boofuzz session that writes nothing anywhere and serves no pages."""
    target = boofuzz.Target(connection=boofuzz.TCPSocketConnection("127.0.0.1", 9))
    return boofuzz.Session(
        target=target, web_port=None, keep_web_open=False, fuzz_loggers=[], db_filename=str(tmp_path / "boo.db")
    )


@pytest.mark.parametrize("spec", [TOY, *(spec for spec in load().specs if spec.name in ("streambus", "http1", "socks5"))])
def test_requests_render_to_the_bytes_of_the_seed(spec):
    for seed in spec.seeds:
        assert [request.render() for request in requests(spec, seed)] == list(seed.messages)


def test_mutations_reach_every_field_and_keep_the_checksum_right():
    (request,) = requests(TOY, TOY.seeds[0])
    seen = list(mutated(request))
    assert len(set(seen)) > 300
    # where the body says another length than it has, the checksum is looked for elsewhere
    fitting = [raw for raw in set(seen) if len(raw) == 9 + int.from_bytes(raw[5:7], "big")]
    decoded = [converse(TOY, [(Direction.TO_SERVER, raw)])[0] for raw in fitting]
    assert not [message for message in decoded if "checksum" in " ".join(message.errors)]
    assert {str(message.value.kind) for message in decoded if not message.errors} > {"ping"}


def test_without_repair_checksums_are_fields_like_all_others():
    (request,) = requests(TOY, TOY.seeds[0], repaired=False)
    decoded = [converse(TOY, [(Direction.TO_SERVER, raw)])[0] for raw in set(mutated(request, 20_000))]
    assert any("checksum" in " ".join(message.errors) for message in decoded)


def test_what_is_no_message_is_one_field():
    (request,) = requests(TOY, Seed("odd", (b"\0\3abc",)))
    assert request.render() == b"\0\3abc"
    assert len(set(mutated(request))) > 50


def test_our_mutants_in_a_stock_session_with_its_monitors(session):
    class Counting(boofuzz.monitors.BaseMonitor):
        calls = 0

        def post_send(self, target=None, fuzz_data_logger=None, session=None):
            Counting.calls += 1
            return True

    with running(STREAMBUS.server) as server:
        connection = boofuzz.TCPSocketConnection("127.0.0.1", server.endpoint.port, recv_timeout=0.2)
        session.targets.clear()
        session.add_target(boofuzz.Target(connection=connection, monitors=[Counting()]))
        connect(session, [mutants(STREAMBUS, STREAMBUS.seeds[0].messages[0], cases=25)])
        with contextlib.redirect_stdout(io.StringIO()):
            session.fuzz(max_depth=1)
    assert session.num_cases_actually_fuzzed == 25
    assert Counting.calls >= 25


def test_a_graph_makes_cases_for_our_oracles(session):
    connect(session, requests(STREAMBUS, STREAMBUS.seeds[0]))
    cases = GraphCases(session)
    player, judge = Player(STREAMBUS.training, STREAMBUS.hints.secret), Judge(STREAMBUS)
    verdicts = [judge.verdict(player.play(case.messages)) for case in itertools.islice(cases, 3_000)]
    assert any(verdicts)


def test_any_case_can_be_asked_for_again(session):
    connect(session, requests(TOY, TOY.seeds[1]))
    cases = GraphCases(session)
    third = cases.case_at(3)
    later = cases.case_at(500)
    assert cases.case_at(3) == third
    assert cases.case_at(500) == later
    assert third.mutations[0].kind == "boofuzz"
    assert later.messages[0] == toy_message("ping", 1) or len(later.messages) == 1
    with pytest.raises(IndexError, match="there is no case"):
        cases.case_at(10_000_000)


class Fake:
    """A player on a server that is well."""

    keeps = True

    def __init__(self):
        self.restarts = self.renewed = self.played = 0

    def play(self, messages, conduct=USUAL, *, patient=False, number=None):
        self.played += 1
        return Execution((), Ending.OPEN)

    def renew(self):
        self.renewed += 1

    def close(self):
        pass


class Watching(boofuzz.BaseMonitor):
    """Counts, and objects to every third case."""

    def __init__(self):
        self.before = self.after = self.restarted = 0

    def pre_send(self, target=None, fuzz_data_logger=None, session=None):
        self.before += 1
        assert session.total_mutant_index == self.before
        assert session.targets == [target]

    def post_send(self, target=None, fuzz_data_logger=None, session=None):
        fuzz_data_logger.log_info("looked at it")
        self.after += 1
        return self.after % 3 != 0

    def get_crash_synopsis(self):
        return "disk 7 is full\nand more"

    def restart_target(self, target=None, fuzz_data_logger=None, session=None):
        self.restarted += 1
        return True


def test_any_monitor_judges_our_cases():
    player, monitor, seen = Fake(), Watching(), []
    others = CallbackMonitor(on_pre_send=[lambda **said: seen.append(said["target"])])
    target = WatchedPlayer(player, [others, monitor], Endpoint("127.0.0.1", 9))
    verdicts = [Judge(TOY).verdict(target.play((b"x",), number=number)) for number in range(6)]
    assert [verdict is not None for verdict in verdicts] == [False, False, True] * 2
    assert (verdicts[2].oracle, verdicts[2].summary) == ("monitor", "a monitor says: disk 7 is full")
    assert verdicts[2].fingerprint == verdicts[5].fingerprint == "monitor:disk # is full"
    assert verdicts[2].detail == "disk 7 is full\nand more"
    assert (monitor.restarted, player.renewed, target.restarts, len(seen)) == (2, 2, 2, 6)
    target.renew()
    assert (monitor.restarted, player.renewed) == (3, 3)


def test_monitors_come_from_a_script(tmp_path):
    script = tmp_path / "mine.py"
    script.write_text("from boofuzz import BaseMonitor\nmake = BaseMonitor\ndef wrong():\n    return 5\n")
    made = watched(lambda _: Fake(), f"{script}:make", Endpoint("127.0.0.1", 9))(None)
    assert made.play((b"x",)).failure is None
    for place in (f"{script}:other", f"{tmp_path}/none.py:make"):
        with pytest.raises(UsageError, match="no such monitor"):
            monitors_of(place)
    with pytest.raises(UsageError, match="no boofuzz monitor"):
        monitors_of(f"{script}:wrong")()


def test_a_monitor_that_is_not_there():
    monitor = boofuzz.BaseMonitor()
    monitor.alive = lambda: False
    with pytest.raises(TargetError, match="is not there"):
        WatchedPlayer(Fake(), [monitor], Endpoint("127.0.0.1", 9))
