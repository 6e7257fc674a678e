import pytest

from support.certificates import certificates, certified, credential, tls
from workbench.api import UsageError
from workbench.serving.credentials import CredentialFiles
from workbench.serving.tls import Credential, TlsSettings


def test_by_name(tmp_path):
    folder = certificates(tmp_path)
    files = CredentialFiles(tls(folder, "localhost", "app.test"))
    own, app = (credential(folder, name).certificate.read_bytes() for name in ("localhost", "app.test"))
    assert files.of("localhost").chain == own
    assert files.of("APP.test").chain == app
    assert files.of("one.wild.test").chain == app
    assert files.of("two.one.wild.test").chain == own, "a star is one label"
    assert files.of("").chain == files.of("elsewhere").chain == own


def test_key_and_certificate_in_one_file(tmp_path):
    _, both = certified(tmp_path)
    found = CredentialFiles(TlsSettings(credentials=(Credential(both, both),))).of("localhost")
    assert found.chain.startswith(b"-----BEGIN CERTIFICATE-----")
    assert b"PRIVATE" not in found.chain
    assert found.key.startswith(b"-----BEGIN PRIVATE KEY-----") or b"EC PRIVATE KEY" in found.key
    assert b"CERTIFICATE" not in found.key
    assert repr(found.key) not in repr(found), "a key in a log is a leak"


def test_read_again_when_changed(tmp_path):
    folder = certificates(tmp_path)
    files = CredentialFiles(tls(folder))
    assert not files.refresh()
    other = credential(folder, "app.test")
    own = credential(folder)
    own.certificate.write_bytes(other.certificate.read_bytes())
    with pytest.raises(UsageError, match="do not belong together"):
        files.refresh()
    assert not files.refresh(), "said once"
    assert files.of("").chain != other.certificate.read_bytes(), "the old ones stay"
    own.key.write_bytes(other.key.read_bytes())
    assert files.refresh()
    assert files.of("").chain == other.certificate.read_bytes()


@pytest.mark.parametrize(
    ("certificate", "key", "why"),
    [
        ("missing.pem", "localhost-key.pem", "No such file"),
        ("localhost.pem", "localhost.pem", "not PEM"),
        ("junk", "junk", "not PEM"),
    ],
)
def test_what_cannot_be_used(tmp_path, certificate, key, why):
    folder = certificates(tmp_path)
    (folder.path / "junk").write_text("rubbish")
    with pytest.raises(UsageError, match=why):
        CredentialFiles(TlsSettings(credentials=(Credential(folder.path / certificate, folder.path / key),)))
