"""The bridge, with boofuzz itself at its other end. Skipped where boofuzz is not installed."""

import contextlib
import io
import itertools
import warnings

import pytest

from dissectors.engine import converse
from fuzzers.oracles import Judge
from fuzzers.targets.play import Player
from support.toy import TOY, toy_message
from workbench.api import Direction, Seed
from workbench.registry import load
from workbench.serving import running

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what its own imports deprecate
    boofuzz = pytest.importorskip("boofuzz", reason="boofuzz is not installed")
    from boofuzz.mutation_context import MutationContext

    from fuzzers.boofuzz_bridge import GraphCases, connect, mutants, requests

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
