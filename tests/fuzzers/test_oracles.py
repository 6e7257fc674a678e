from dataclasses import replace

import pytest

from fuzzers.model import Ending, Execution, Failure, Growth
from fuzzers.oracles import Judge
from support.tiny import OPEN_TINY, TINY, TOKEN, packet
from workbench.api import Direction, Note, Severity

TO_SERVER, TO_CLIENT = Direction.TO_SERVER, Direction.TO_CLIENT
ECHO = packet(1, "echo", text=b"hi")


def talk(*turns: bytes, ending: Ending = Ending.OPEN, failure: Failure | None = None, secret: bool = False) -> Execution:
    """An execution: client and server by turns, the client first."""
    said = tuple((TO_CLIENT if number % 2 else TO_SERVER, data) for number, data in enumerate(turns) if data)
    return Execution(said, ending, failure, secret=secret)


def verdict(execution: Execution, spec=TINY) -> str:
    found = Judge(spec).verdict(execution)
    return found.fingerprint if found is not None else ""


def test_nothing_to_object_to():
    assert verdict(talk(ECHO, ECHO)) == ""
    assert verdict(talk(ECHO)) == ""
    assert verdict(talk(packet(3, "bye"), packet(3, "bye"), ending=Ending.CLOSED)) == ""


def test_crash_by_exception():
    failure = Failure("KeyError", "'x'", ("threading:run", "mine.server:serve", "mine.server:pick"), "Traceback …")
    found = Judge(TINY).verdict(talk(ECHO, ending=Ending.CRASHED, failure=failure))
    assert found is not None
    assert (found.oracle, found.summary) == ("crash", "KeyError in mine.server:pick: 'x'")
    assert found.fingerprint == "crash:KeyError:serve | pick"
    assert found.detail == "Traceback …"


def test_crash_without_frames_and_without_a_word():
    found = Judge(TINY).verdict(talk(ECHO, ending=Ending.CRASHED, failure=Failure("SIGSEGV")))
    assert found is not None
    assert (found.summary, found.fingerprint) == ("SIGSEGV on echo", "crash:SIGSEGV:echo")
    assert (
        verdict(talk(ECHO, ECHO, ECHO[:-1] + b"\x00", ending=Ending.CRASHED, failure=Failure("SIGSEGV")))
        == "crash:SIGSEGV:broken"
    )
    assert verdict(talk(ECHO, ending=Ending.CRASHED, failure=Failure("SIGSEGV")), replace(TINY, label=None)) == "crash:SIGSEGV:"
    assert verdict(talk(ending=Ending.CRASHED, failure=Failure("SIGSEGV"))) == "crash:SIGSEGV:"
    assert verdict(talk(ending=Ending.GONE)) == "crash:gone"


def test_hang():
    failure = Failure("endless loop", "", ("mine:serve", "mine:spin"))
    assert verdict(talk(ECHO, ending=Ending.HUNG, failure=failure)) == "hang:endless loop:serve | spin"


def test_reply_that_breaks_the_grammar():
    wrong = ECHO[:-1] + b"\x00"
    found = Judge(TINY).verdict(talk(ECHO, wrong))
    assert found is not None
    assert found.oracle == "reply"
    assert found.evidence == wrong
    other = packet(9, "sum", (5,))[:-1] + b"\x77"
    again = Judge(TINY).verdict(talk(packet(9, "sum", (5,)), other))
    assert again is not None
    assert again.fingerprint == found.fingerprint


def test_half_a_reply_and_no_reply_at_all():
    assert verdict(talk(ECHO, ECHO[:6])).startswith("reply:")
    assert verdict(replace(talk(ECHO, ECHO[:6]), cut=True)) == ""


def test_reply_to_a_request_never_made():
    assert verdict(talk(ECHO, packet(77, "echo")), OPEN_TINY) == "exchange:echo reply"


def test_pairing_is_not_judged_after_a_request_that_cannot_be_read():
    broken = ECHO[:-1] + b"\x00"
    assert verdict(talk(broken, packet(77, "echo")), OPEN_TINY) == ""
    assert verdict(talk(ECHO[:4], packet(77, "echo")), OPEN_TINY) == ""


def test_reply_that_is_not_legal_now():
    assert verdict(talk(packet(1, "bye"), packet(1, "sum"))) == "state:end"
    assert verdict(talk(packet(1, "bye"), packet(1, 55))) == "state:end"


def test_a_label_that_no_state_knows_has_its_own_fingerprint():
    spec = replace(TINY, label=lambda message: "strange" if message.direction is TO_CLIENT else "echo")
    assert verdict(talk(ECHO, ECHO), spec) == "state:start:strange"


def test_states_are_not_judged_after_an_illegal_client():
    # after bye the client must not speak; whatever comes then proves nothing
    assert verdict(talk(packet(1, "bye"), b"", packet(2, "echo"), packet(2, "echo"))) == ""


def test_leak_between_sessions():
    leaking = packet(1, "echo", text=TOKEN)
    found = Judge(TINY).verdict(talk(ECHO, leaking, secret=True))
    assert found is not None
    assert found.fingerprint == "leak:echo reply"
    assert found.evidence == leaking
    assert TOKEN.decode() not in found.summary + found.detail


@pytest.mark.parametrize("secret", [True, False])
def test_no_leak_when_the_client_said_it_or_nobody_did(secret: bool):
    asked = packet(1, "echo", text=TOKEN)
    assert verdict(talk(asked, asked, secret=secret)) == ""
    assert verdict(talk(ECHO, packet(1, "echo", text=TOKEN), secret=False)) == ""


def test_own_decoders_are_trusted_only_while_the_client_is_in_step():
    class Strict:
        def __init__(self, context):
            from dissectors import GrammarDecoder

            self.inner = GrammarDecoder(TINY, context)
            self.receive, self.finish = self.inner.receive, self.inner.finish

    spec = replace(TINY, decoder=Strict)
    wrong = ECHO[:-1] + b"\x00"
    assert verdict(talk(ECHO, wrong), spec).startswith("reply:")
    assert verdict(talk(wrong, wrong), spec) == ""
    assert verdict(talk(wrong, wrong), TINY).startswith("reply:")


def test_what_is_remarked_about_is_not_valid_beyond_doubt():
    for severity, label in ((Severity.CHAT, "echo"), (Severity.NOTE, None)):
        spec = replace(OPEN_TINY, check=lambda _, severity=severity: [Note(severity, "odd", 0, 1)])
        assert Judge(spec).valid_label(talk(ECHO).turns) == label


def test_hanging_up_is_an_answer_only_where_all_is_said():
    bye, late = packet(3, "bye"), (packet(3, "bye"), packet(3, "bye"), ECHO)
    assert Judge(TINY).valid_label(talk(ECHO, ECHO, bye).turns) == "bye"
    assert Judge(TINY).valid_label(talk(*late).turns) is None
    assert Judge(OPEN_TINY).valid_label(talk(*late).turns) == "echo"


def test_each_connection_is_judged_by_itself():
    asked = [(TO_SERVER, packet(1, "echo")), (TO_SERVER, packet(2, "echo"))]
    crossed = [(TO_CLIENT, packet(2, "echo")), (TO_CLIENT, packet(1, "echo"))]
    one = Execution((*asked, *crossed), Ending.OPEN)
    assert verdict(one, OPEN_TINY) == ""
    assert verdict(replace(one, lanes=(0, 1, 1, 0)), OPEN_TINY) == ""
    assert verdict(replace(one, lanes=(0, 1, 0, 1)), OPEN_TINY) == "exchange:echo reply"
    judge = Judge(OPEN_TINY)
    assert len(judge.judged(replace(one, lanes=(0, 1, 1, 0))).features) == 2 * len(judge.judged(talk(ECHO, ECHO)).features)


def test_what_is_kept_of_every_case():
    growth = Growth("memory", 1234.4, "log: self._all.append(entry)", "measured")
    found = Judge(TINY).verdict(replace(talk(ECHO, ECHO), growth=growth))
    assert found is not None
    assert found.summary == "1,234 bytes of memory are kept of every such case (log: self._all.append(entry))"
    assert (found.fingerprint, found.detail) == ("memory:log: self._all.append(entry)", "measured")
    assert verdict(replace(talk(ECHO), growth=Growth("descriptors", 1))) == "descriptors:"
    assert verdict(replace(talk(ECHO, packet(77, "echo")), growth=growth), OPEN_TINY).startswith("exchange:")
