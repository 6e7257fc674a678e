"""What is asked of QUIC's checks: that our server keeps them, and that servers which are wrong in one thing do not."""

import contextlib
from collections.abc import Iterable

import pytest
from aioquic.buffer import Buffer
from aioquic.quic.packet import pull_quic_transport_parameters, push_quic_transport_parameters

from support.quic_peer import QuicPeer, QuicWorld
from workbench.api import Check, CheckFailed, CheckSkipped, Level
from workbench_quic.carrier import server as carrier_server
from workbench_quic.carrier.core import Core
from workbench_quic.checks.verdicts import Code

TOO_STRICT = {
    "initial-other-destination": "aioquic looks at the keys of a coalesced packet, not at its connection ID",
    "frame-ack-unsent": "aioquic passes over acknowledgements of packets that it has not sent",
    "keys-late-packet": "aioquic forgets the old keys at once",
}
"""What a SHOULD wants and aioquic does not do."""

NOT_HERE = {"datagram-unasked", "datagram-large"}
"""Cases for servers without DATAGRAM, or with a small limit."""


def keeps(check: Check) -> None:
    """Our server, in memory, keeps the rule."""
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


def failed_with(settings: dict[str, str], checks: Iterable[Check]) -> dict[str, str]:
    """What our server with these settings does not keep, and why."""
    failed = {}
    for check in checks:
        try:
            check.run(QuicPeer(QuicWorld(settings)))
        except CheckFailed as failure:
            failed[check.name] = str(failure)
        except CheckSkipped:
            continue
    return {name: why for name, why in failed.items() if name not in TOO_STRICT}


def failing(monkeypatch, checks: Iterable[Check], core: type[Core] = Core, make=carrier_server.QuicServer) -> set[str]:
    """Names of the checks that a server with such connections fails, and a sound one does not."""
    monkeypatch.setattr(carrier_server, "Core", core)
    failed = set()
    for check in checks:
        try:
            check.run(QuicPeer(QuicWorld(make=make)))
        except CheckFailed:
            failed.add(check.name)
        except CheckSkipped:
            continue
    return failed - TOO_STRICT.keys()


def about_errors(checks: Iterable[Check]) -> set[str]:
    """Names of the checks that want a connection to be closed with an error."""
    ends = ("an error", "_ERROR", "_VIOLATION", "is refused", "_EXCEEDED", "_protocol", "_extension", "_message")
    wanted = {check.name for check in checks if check.rule.endswith(ends)}
    return wanted - NOT_HERE - TOO_STRICT.keys()


class Forgiving(Core):
    """Passes over whatever is wrong."""

    def close(self, error_code=Code.NO_ERROR, *others, **more):
        if error_code == Code.NO_ERROR:
            super().close(error_code, *others, **more)

    def receive_datagram(self, *args, **more):
        with contextlib.suppress(UnboundLocalError):  # aioquic goes on behind an error that it means to close for
            super().receive_datagram(*args, **more)


class Cryptic(Core):
    """Says another code than the one that is meant."""

    def close(self, error_code=Code.NO_ERROR, *others, **more):
        super().close(0x42 if error_code else error_code, *others, **more)


def parameters(change):
    """A server whose own transport parameters were changed."""

    class Changed(Core):
        def _serialize_transport_parameters(self):
            found = pull_quic_transport_parameters(Buffer(data=super()._serialize_transport_parameters()))
            change(found)
            buffer = Buffer(capacity=1000)
            push_quic_transport_parameters(buffer, found)
            return buffer.data

    return Changed


class Deaf(Core):
    """Reads some frames and does nothing about them."""

    def _handle_path_challenge_frame(self, context, frame_type, buf):
        buf.pull_bytes(8)

    def _handle_stop_sending_frame(self, context, frame_type, buf):
        buf.pull_uint_var()
        buf.pull_uint_var()

    def _handle_retire_connection_id_frame(self, context, frame_type, buf):
        buf.pull_uint_var()


class Generous(Core):
    """Believes in every address."""

    def datagrams_to_send(self, now):
        for path in self._network_paths:
            path.is_validated = True
        return super().datagrams_to_send(now)
