"""Contexts for both sides: by name, by protocol, and how many are kept."""

import ssl

import pytest

from support.certificates import certificates
from workbench.api import UsageError
from workbench.serving.certificates.folder import CertificateFolder
from workbench.tapping import contexts
from workbench.tapping.contexts import ClientSideContexts, UpstreamContexts, UpstreamTls
from workbench.tapping.key_log import KeyLog
from workbench.tapping.tls_end import TlsEnd


@pytest.fixture
def made(tmp_path):
    keys = KeyLog()
    yield ClientSideContexts(certificates(tmp_path / "c"), keys)
    keys.close()


def shown(context: ssl.SSLContext, folder) -> dict:
    """The certificate that a client sees who believes our authority."""
    client = TlsEnd(UpstreamContexts(UpstreamTls(folder)).context(()), server=False, server_name="x.test")
    server = TlsEnd(context, server=True)
    for _ in range(3):
        client.handshake()
        server.feed(client.output())
        server.handshake()
        client.feed(server.output())
    return client._tls.getpeercert()


def test_each_name_has_its_certificate(tmp_path, made):
    context = made.context(("x.test", "127.0.0.1"), "h2")
    assert made.context(("x.test", "127.0.0.1"), "h2") is context
    assert made.context(("x.test", "127.0.0.1"), "") is not context
    assert shown(context, tmp_path / "c" / "ca.pem")["subjectAltName"] == (("DNS", "x.test"), ("IP Address", "127.0.0.1"))


def test_no_session_is_taken_up_again(made):
    context = made.context(("x.test",), "")
    assert context.num_tickets == 0
    assert context.options & ssl.OP_NO_TICKET
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_not_all_are_kept(made, monkeypatch):
    monkeypatch.setattr(contexts, "MOST_CONTEXTS", 2)
    first = made.context(("a",), "")
    made.context(("b",), "")
    assert made.context(("a",), "") is first
    made.context(("c",), "")
    assert made.context(("a",), "") is first
    assert len(made._kept) == 2


def test_upstream_contexts(tmp_path):
    folder = certificates(tmp_path / "c")
    made = UpstreamContexts(UpstreamTls(folder.authority))
    assert made.context(["h2"]) is made.context(["h2"])
    assert made.context(["h2"]).verify_mode is ssl.CERT_REQUIRED
    assert made.context([]).check_hostname
    trusting = UpstreamContexts(UpstreamTls(verify=False)).context([])
    assert (trusting.verify_mode, trusting.check_hostname) == (ssl.CERT_NONE, False)


def test_files_that_cannot_be_used(tmp_path):
    (tmp_path / "not.pem").write_text("nothing")
    for file, why in ((tmp_path / "not.pem", "not PEM"), (tmp_path / "missing", "No such file")):
        with pytest.raises(UsageError, match=why):
            UpstreamContexts(UpstreamTls(file))
    with pytest.raises(UsageError, match="no authority"):
        ClientSideContexts(CertificateFolder(tmp_path / "empty"), KeyLog())
