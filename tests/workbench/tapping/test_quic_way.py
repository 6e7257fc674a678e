"""What the way of a QUIC relay is made of."""

import pytest

from captures.tap import Tap
from support.tapping import ANY, trusting
from workbench.api import Endpoint, UsageError
from workbench.serving.certificates.folder import CertificateFolder
from workbench.serving.certificates.reading import read_certificate
from workbench.tapping import UpstreamTls, contexts, quic
from workbench.tapping.quic_way import _Signed
from workbench_quic import PROTOCOL

SOMEWHERE = Endpoint("localhost", 9)


def test_it_listens(tmp_path):
    with Tap(quic(ANY, SOMEWHERE, PROTOCOL.carrier, ("h3",), *trusting(tmp_path / "c")), tmp_path / "t.pcapng") as tap:
        assert tap.endpoint.port > 0
    assert b"(quic)" in (tmp_path / "t.pcapng").read_bytes()


def test_what_cannot_be_used_is_said_at_once(tmp_path):
    folder, _ = trusting(tmp_path / "c")
    with pytest.raises(UsageError, match="No such file"):
        quic(ANY, SOMEWHERE, PROTOCOL.carrier, ("h3",), folder, UpstreamTls(tmp_path / "missing"))
    with pytest.raises(UsageError, match="what the target may speak"):
        quic(ANY, SOMEWHERE, PROTOCOL.carrier, (), folder)
    empty = CertificateFolder(tmp_path / "empty")
    with pytest.raises(UsageError, match="no authority"):
        Tap(quic(ANY, SOMEWHERE, PROTOCOL.carrier, ("h3",), empty), tmp_path / "t.pcapng")
    with pytest.raises(UsageError, match="not on this machine"):
        Tap(quic(ANY, Endpoint("192.0.2.1", 9), PROTOCOL.carrier, ("h3",), folder), tmp_path / "t.pcapng")


def test_certificates_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.tapping.quic_way.MOST_CONTEXTS", 2)
    signed = _Signed(trusting(tmp_path / "c")[0], "site.test")

    def names(asked: str) -> set[str]:
        (tmp_path / "leaf.pem").write_bytes(signed.of(asked).chain)
        return set(read_certificate(tmp_path / "leaf.pem").names)

    assert names("") == names("localhost") == {"localhost", "127.0.0.1", "::1", "site.test"}
    first = signed.of("www.site.test")
    assert names("www.site.test") == {"www.site.test"}
    assert signed.of("www.site.test") is first
    signed.of("other.test")
    assert len(signed._kept) == 2
    assert contexts.MOST_CONTEXTS > 2
