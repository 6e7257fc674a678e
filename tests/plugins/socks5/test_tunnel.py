"""What CONNECT and BIND share; each has tests of its own beside this one."""

import pytest

from workbench_socks5.bind import Bind
from workbench_socks5.connect import Connect
from workbench_socks5.tunnel import GENERAL_FAILURE, REPLY_FOR, Tunnel


@pytest.mark.parametrize("command", [Bind, Connect])
def test_commands_are_tunnels_with_their_own_ways(command):
    assert issubclass(command, Tunnel)
    assert {"_resolved", "_came"} <= set(vars(command))


def test_every_reason_of_a_failed_link_has_a_reply():
    """RFC 1928 section 6; the reasons are those of `workbench.api.links.Refused`."""
    assert REPLY_FOR == {
        "refused": 5, "unreachable": 4, "network unreachable": 3, "unknown host": 4, "timed out": 4, "not allowed": 2
    }  # fmt: skip
    assert GENERAL_FAILURE == 1
