"""Servers that are wrong in one thing: the checks about it fail, and say what they saw; the others do not."""

import contextlib

import pytest
from aioquic.buffer import Buffer
from aioquic.quic.packet import pull_quic_transport_parameters, push_quic_transport_parameters

from support.quic_peer import QuicPeer, QuicWorld
from workbench.api import CheckFailed, CheckSkipped
from workbench_quic.carrier import server as carrier_server
from workbench_quic.carrier.core import Core
from workbench_quic.checks import CHECKS
from workbench_quic.checks.verdicts import Code

ANYHOW = {"initial-other-destination", "frame-ack-unsent", "keys-late-packet"}
"""What our server does not do either; see test_reference."""


def failing(monkeypatch, core: type[Core] = Core, only: str = "") -> set[str]:
    """Names of the checks that a server with such connections fails, and a sound one does not."""
    monkeypatch.setattr(carrier_server, "Core", core)
    failed = set()
    for check in CHECKS:
        if not check.name.startswith(only):
            continue
        try:
            check.run(QuicPeer(QuicWorld()))
        except CheckFailed:
            failed.add(check.name)
        except CheckSkipped:
            continue
    return failed - ANYHOW


class Forgiving(Core):
    """Passes over whatever is wrong."""

    def close(self, error_code=Code.NO_ERROR, *others, **more):
        if error_code == Code.NO_ERROR:
            super().close(error_code, *others, **more)

    def receive_datagram(self, *args, **more):
        with contextlib.suppress(UnboundLocalError):  # aioquic goes on behind an error that it means to close for
            super().receive_datagram(*args, **more)


def test_one_that_forgives_everything(monkeypatch):
    failed = failing(monkeypatch, Forgiving)
    wanted = {
        check.name
        for check in CHECKS
        if "is an error" in check.rule or check.rule.endswith(("_ERROR", "_VIOLATION", "is refused"))
    }
    assert len(wanted) > 50
    assert wanted - failed == {"datagram-unasked", "datagram-large"} | (wanted & ANYHOW)  # which do not apply


class Cryptic(Core):
    """Says another code than the one that is meant."""

    def close(self, error_code=Code.NO_ERROR, *others, **more):
        super().close(0x42 if error_code else error_code, *others, **more)


def test_one_that_names_other_errors(monkeypatch):
    failed = failing(monkeypatch, Cryptic)
    assert {"frame-unknown", "stream-limit-bidi", "parameters-exponent", "tls-alpn-none", "id-too-many", "close-only"} <= failed
    assert not failed & {"frame-ping", "tls-handshake", "path-challenge", "stream-stop-answered"}


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


@pytest.mark.parametrize(
    ("name", "value", "failed"),
    [
        ("original_destination_connection_id", b"stranger", {"parameters-original-destination"}),
        ("original_destination_connection_id", None, {"parameters-original-destination"}),
        ("initial_source_connection_id", b"stranger", {"parameters-initial-source"}),
        ("retry_source_connection_id", b"stranger", {"parameters-retry-source"}),
        ("ack_delay_exponent", 21, {"parameters-bounds"}),
        ("max_udp_payload_size", 1199, {"parameters-bounds"}),
        ("active_connection_id_limit", 1, {"parameters-bounds"}),
    ],
)
def test_one_whose_parameters_are_wrong(monkeypatch, name, value, failed):
    assert failed <= failing(monkeypatch, parameters(lambda found: setattr(found, name, value)), "parameters")


class Deaf(Core):
    """Reads some frames and does nothing about them."""

    def _handle_path_challenge_frame(self, context, frame_type, buf):
        buf.pull_bytes(8)

    def _handle_stop_sending_frame(self, context, frame_type, buf):
        buf.pull_uint_var()
        buf.pull_uint_var()

    def _handle_retire_connection_id_frame(self, context, frame_type, buf):
        buf.pull_uint_var()


def test_one_that_does_not_answer_frames(monkeypatch):
    assert failing(monkeypatch, Deaf) == {
        "path-challenge",
        "stream-stop-answered",
        "stream-stop-own",
        "stream-stop-unborn",
        "id-replaced",
        "id-retire-unborn",
    }


class Generous(Core):
    """Believes in every address."""

    def datagrams_to_send(self, now):
        for path in self._network_paths:
            path.is_validated = True
        return super().datagrams_to_send(now)


def test_one_that_amplifies(monkeypatch):
    assert failing(monkeypatch, Generous) >= {"initial-amplification", "path-moves"}


def test_one_that_negotiates_badly(monkeypatch):
    real = carrier_server.negotiation

    def swapped(header, *others):
        answer = real(header, *others)
        same = bytes((len(header.destination),)) + header.destination + bytes((len(header.source),)) + header.source
        return answer[:5] + same + answer[5 + len(same) :]

    monkeypatch.setattr(carrier_server, "negotiation", swapped)
    assert failing(monkeypatch) == {"version-ids-swapped"}


def test_one_that_speaks_to_everybody(monkeypatch):
    """Each datagram that begins nothing gets an answer of the same size."""

    class Chatty(carrier_server.QuicServer):
        def receive(self, datagram, peer, now_ns):
            before = self.open
            super().receive(datagram, peer, now_ns)
            if self.open == before:
                self._waiting.append((bytes((0x41,)) + bytes(len(datagram)), peer))

    failed = set()
    for check in CHECKS:
        if check.name.startswith(("reset", "version")):
            try:
                check.run(QuicPeer(QuicWorld(make=Chatty)))
            except CheckFailed:
                failed.add(check.name)
    assert failed == {"reset-smaller", "reset-none-for-tiny", "version-small-datagram", "version-no-answer-to-negotiation"}
