"""Our own server keeps every MUST. In memory, so that waiting costs nothing."""

import pytest

from support.quic_peer import QuicPeer, QuicWorld
from workbench.api import CheckFailed, CheckSkipped, Level
from workbench_quic.checks import CHECKS

TOO_STRICT = {
    "initial-other-destination": "aioquic looks at the keys of a coalesced packet, not at its connection ID",
    "frame-ack-unsent": "aioquic passes over acknowledgements of packets that it has not sent",
    "keys-late-packet": "aioquic forgets the old keys at once",
}
"""What a SHOULD wants and aioquic does not do."""

NOT_HERE = {"datagram-unasked", "datagram-large"}
"""Cases for servers without DATAGRAM, or with a small limit."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_our_server_keeps_the_rule(check):
    peer = QuicPeer(QuicWorld())
    if check.name in NOT_HERE:
        with pytest.raises(CheckSkipped):
            check.run(peer)
    elif check.name in TOO_STRICT:
        assert check.level is Level.SHOULD
        with pytest.raises(CheckFailed):
            check.run(peer)
    else:
        check.run(peer)


@pytest.mark.parametrize("settings", [{"retry": "yes"}, {"datagrams": "no"}], ids=str)
def test_it_does_so_with_other_settings(settings):
    failed = {}
    for check in CHECKS:
        try:
            check.run(QuicPeer(QuicWorld(settings)))
        except CheckFailed as failure:
            failed[check.name] = str(failure)
        except CheckSkipped:
            continue
    assert set(failed) <= set(TOO_STRICT), failed
