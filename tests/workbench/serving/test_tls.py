"""Contexts: which certificate for which name, fresh files, and what cannot be used."""

import contextlib
import socket
import ssl

import pytest

from support.certificates import certificates, credential, tls
from workbench.api import UsageError
from workbench.serving.tls import Contexts, Credential, TlsSettings


@pytest.fixture
def folder(tmp_path):
    return certificates(tmp_path)


def shown(contexts: Contexts, name: str | None, **more) -> tuple[tuple[str, ...], ssl.SSLSocket]:
    """The names in the certificate that a client sees who asks for `name`."""
    ours, theirs = socket.socketpair()
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    client.set_alpn_protocols(more.get("alpn", []))
    wrapped = contexts.wrap(ours)
    wrapped.setblocking(False)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls_client = client.wrap_bio(incoming, outgoing, server_hostname=name)
    for _ in range(4):
        with contextlib.suppress(ssl.SSLWantReadError):
            tls_client.do_handshake()
        theirs.sendall(outgoing.read())
        try:
            wrapped.do_handshake()
            break
        except ssl.SSLWantReadError:
            incoming.write(theirs.recv(65536))
    der = tls_client.getpeercert(binary_form=True)
    from cryptography import x509

    names = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    theirs.close()
    wrapped.close()
    return tuple(str(name.value) for name in names), wrapped


def test_the_name_chooses_the_certificate(folder):
    contexts = Contexts(tls(folder, "localhost", "app.test"))
    assert shown(contexts, "localhost")[0][0] == "localhost"
    assert shown(contexts, "APP.test")[0][0] == "app.test"
    assert shown(contexts, "some.wild.test")[0][0] == "app.test"
    assert shown(contexts, "deep.some.wild.test")[0][0] == "localhost"
    assert shown(contexts, "unknown.test")[0][0] == "localhost"
    names, sock = shown(contexts, None)
    assert (names[0], sock.asked_for) == ("localhost", "")
    assert shown(contexts, "app.test")[1].asked_for == "app.test"


def test_fresh_files_are_for_new_connections(folder):
    contexts = Contexts(tls(folder))
    assert not contexts.refresh()
    assert shown(contexts, None)[0][0] == "localhost"
    for part in (".pem", "-key.pem"):
        (folder.path / f"app.test{part}").replace(folder.path / f"localhost{part}")
    assert contexts.refresh()
    assert shown(contexts, None)[0][0] == "app.test"
    assert not contexts.refresh()


def test_half_a_rotation_leaves_the_old_certificate(folder):
    contexts = Contexts(tls(folder))
    new_key = (folder.path / "app.test-key.pem").read_bytes()
    key = folder.path / "localhost-key.pem"
    key.write_bytes(new_key)
    with pytest.raises(UsageError, match="no certificate with its key"):
        contexts.refresh()
    assert not contexts.refresh()  # said once
    assert shown(contexts, None)[0][0] == "localhost"
    (folder.path / "localhost.pem").write_bytes((folder.path / "app.test.pem").read_bytes())
    assert contexts.refresh()
    assert shown(contexts, None)[0][0] == "app.test"


def test_a_file_that_went_away_is_a_problem_not_an_end(folder):
    contexts = Contexts(tls(folder, client_authority=folder.authority))
    folder.authority.unlink()
    with pytest.raises(UsageError, match="no authorities"):
        contexts.refresh()


@pytest.mark.parametrize(("versions", "expected"), [(("1.2",), "TLSv1.2"), (("1.3",), "TLSv1.3"), (("1.2", "1.3"), "TLSv1.3")])
def test_versions(folder, versions, expected):
    contexts = Contexts(tls(folder, versions=versions))
    context = contexts._default
    assert context.maximum_version.name == expected.replace(".", "_")
    assert context.minimum_version.name == f"TLSv{versions[0]}".replace(".", "_")
    assert context.options & ssl.OP_NO_RENEGOTIATION


def test_the_key_log_is_private(folder):
    file = folder.path / "keys.log"
    contexts = Contexts(tls(folder, keylog=file))
    shown(contexts, None)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().startswith("# TLS secrets log file") or "_SECRET" in file.read_text()


def test_what_cannot_be_used(folder, tmp_path):
    nothing = tmp_path / "nothing.pem"
    with pytest.raises(UsageError, match=r"nothing\.pem: no certificate with its key.*workbench certs"):
        Contexts(TlsSettings(credentials=(Credential(nothing, nothing),)))
    mixed = Credential(credential(folder).certificate, credential(folder, "app.test").key)
    with pytest.raises(UsageError, match="no certificate with its key"):
        Contexts(TlsSettings(credentials=(mixed,)))
    with pytest.raises(UsageError, match="no authorities"):
        Contexts(tls(folder, client_authority=nothing))


def test_an_encrypted_key_asks_nobody(folder, tmp_path):
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(credential(folder).key.read_bytes(), None)
    locked = tmp_path / "locked.pem"
    best = serialization.BestAvailableEncryption(b"secret")
    locked.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, best))
    with pytest.raises(UsageError, match="its key is encrypted"):
        Contexts(TlsSettings(credentials=(Credential(credential(folder).certificate, locked),)))
