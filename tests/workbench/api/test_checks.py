import pytest

from workbench.api import Check, CheckFailed, CheckSkipped, Level, Peer, framed, length_prefixed
from workbench.conformance import MemoryPeer


def test_a_check_is_a_must_unless_it_says_otherwise():
    check = Check(name="one", section="RFC 1 2", rule="A rule", run=lambda _: None)
    assert check.level is Level.MUST
    assert {level.value for level in Level} == {"MUST", "SHOULD"}


def test_verdicts_are_no_workbench_errors():
    for verdict in (CheckFailed, CheckSkipped):
        with pytest.raises(verdict, match="why"):
            raise verdict("why")
        assert verdict.__mro__[1] is Exception


def test_a_plain_function_is_all_there_is_to_it():
    def run(peer: Peer) -> None:
        peer.send(b"\1a")
        if peer.receive() != b"\1A":
            raise CheckFailed("expected a capital letter")

    check = Check(name="upper", section="toy 1", rule="Letters come back as capitals", run=run)
    check.run(MemoryPeer(framed(length_prefixed(1), bytes.upper)))
    with pytest.raises(CheckFailed):
        check.run(MemoryPeer(framed(length_prefixed(1), bytes)))
