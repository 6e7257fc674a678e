import pytest

from support.conformance import canned
from support.dns import asked
from workbench.api import CheckFailed, CheckSkipped, Level
from workbench.conformance.memory import MemoryPeer
from workbench_dns.checks.talk import DEFAULTS, Talk, checks, expect, rcode, should, some
from workbench_dns.queries import framed, query
from workbench_dns.server import serve_datagrams, serve_streams

ANSWER = b"\x12\x34\x81\x80\0\1\0\0\0\0\0\0\1a\0\0\1\0\1"


def talk(server, *, stream: bool, **options: str) -> Talk:
    return Talk(MemoryPeer(server, options), stream=stream)


@pytest.mark.parametrize(("server", "stream"), [(serve_datagrams, False), (serve_streams, True)])
def test_a_question_is_answered(server, stream):
    it = talk(server, stream=stream)
    assert it.question("name").counts[1] == 2
    assert it.ask(query("ns1.workbench.test.")).counts[1] == 1
    it.alive()


def test_options_replace_names():
    assert talk(serve_datagrams, stream=False, name="ns2.workbench.test.").question("name").counts[1] == 1
    assert DEFAULTS["zone"] == "workbench.test."


def test_several_messages_in_one_piece():
    it = talk(canned(framed(ANSWER) * 2 + b"\0"), stream=True)
    it.send(query("a."))
    assert [it.maybe_receive(), it.maybe_receive(), it.maybe_receive(0.1)] == [ANSWER, ANSWER, None]


@pytest.mark.parametrize("reply", [b"", b"\x12\x34", ANSWER[:-1]])
def test_no_answer_and_broken_ones_fail(reply):
    it = talk(canned(reply), stream=False)
    it.send(query("a."))
    with pytest.raises(CheckFailed, match="expected a"):
        it.receive()


def test_refusals_may_be_silent_but_not_deadly():
    raw = query("a.")[:-1]
    talk(serve_datagrams, stream=False).refuses(raw, 1)
    with pytest.raises(CheckFailed, match="got noerror"):
        talk(canned(ANSWER), stream=False).refuses(raw, 1)
    with pytest.raises(CheckFailed, match="go on answering"):
        talk(canned(), stream=False).refuses(raw, 1)


def test_demands():
    parsed = asked(query("missing.workbench.test."))
    assert rcode(parsed, 0, 3) is parsed
    with pytest.raises(CheckFailed, match="expected noerror or formerr, got nxdomain"):
        rcode(parsed, 0, 1)
    with pytest.raises(CheckFailed, match="expected it 1, got 2"):
        expect(2, 1, "it")
    with pytest.raises(CheckSkipped, match="--option zone=NAME"):
        some((), "thing", "zone")


def test_tables():
    [first, second] = checks((("a", "RFC 1 1", "A.", lambda _: None), should("b", "RFC 1 2", "B.", lambda _: None)), stream=False)
    assert (first.level, second.level) == (Level.MUST, Level.SHOULD)
