import pytest

from support.socks5_checks import SETTINGS, fails, peer, target
from workbench.api import CheckFailed, CheckSkipped, Endpoint, Level
from workbench.conformance.engine import examine
from workbench.conformance.events import Checked, Verdict
from workbench_socks5 import PROTOCOL
from workbench_socks5.checks import CHECKS
from workbench_socks5.checks.talk import Reply, Talk, check, expect, place, request_to


def test_there_are_enough_and_each_has_its_rule():
    assert len(CHECKS) >= 50
    assert len({entry.name for entry in CHECKS}) == len(CHECKS)
    assert all(entry.section.startswith(("RFC 1928 ", "RFC 1929 ")) for entry in CHECKS)
    assert tuple(PROTOCOL.checks) == CHECKS


@pytest.mark.parametrize("entry", CHECKS, ids=lambda entry: entry.name)
@pytest.mark.parametrize("users", [False, True])
def test_the_reference_server_passes(entry, users):
    result = next(event.result for event in examine((entry,), target(users=users)) if isinstance(event, Checked))
    assert result.verdict in (Verdict.PASSED, Verdict.SKIPPED), result.detail
    # what needs sockets, or a place that does not exist in memory, says how to have it
    assert result.verdict is Verdict.PASSED or "--option" in result.detail


def test_a_check_takes_its_name_from_its_function():
    @check("RFC 1928 3", Level.SHOULD)
    def the_sky_is_blue(talk):
        """It is."""
        expect(False, "blue", b"\5\1")

    assert (the_sky_is_blue.name, the_sky_is_blue.rule, the_sky_is_blue.level) == ("the-sky-is-blue", "It is", Level.SHOULD)
    with pytest.raises(CheckFailed, match="expected blue, got 05 01"):
        the_sky_is_blue.run(peer())


def test_places():
    assert place("[::1]:80") == Endpoint("::1", 80)
    assert place("host.example:1") == Endpoint("host.example", 1)
    with pytest.raises(CheckSkipped, match="not HOST:PORT"):
        place("nonsense", "target")
    assert request_to(Endpoint("ab", 80)) == b"\5\1\0\3\2ab\0\x50"


def test_a_tunnel_is_negotiated_with_the_users_password():
    talk = Talk(peer(users=True))
    talk.tunnel().echoes(b"hello")
    assert SETTINGS["users"].startswith("alice:")


def test_replies_are_read_whole_or_not_at_all():
    def cut(talk):
        return talk.reply()

    for data in (b"\5\0\0", b"\5\0\0\1\0\0", b"\5\0\0\x07\0\0\0\0\0\0", b"\4\0\0\1\0\0\0\0\0\0"):
        fails(cut, data)
    assert str(Reply(5, 0, Endpoint("::", 0))) == "reply 5 (connection refused), [::]:0"
