"""Certificates for tests: made once per run, in a folder of the test's own."""

import datetime as dt
from functools import cache
from pathlib import Path

from workbench.serving.certificates.folder import CertificateFolder
from workbench.serving.certificates.making import LOCAL_NAMES, Pair, make_authority, make_client, make_server
from workbench.serving.tls import Credential, TlsSettings


@cache
def _pairs() -> dict[str, Pair]:
    now = dt.datetime.now(dt.UTC)
    authority = make_authority(now)
    return {
        "ca": authority,
        "localhost": make_server(authority, LOCAL_NAMES, now),
        "app.test": make_server(authority, ("app.test", "*.wild.test"), now, "rsa"),
        "client-alice": make_client(authority, "alice", now),
        "client-stranger": make_client(make_authority(now), "mallory", now),
    }


def certified_pems() -> tuple[bytes, bytes]:
    """The certificate of `localhost` and its key."""
    pair = _pairs()["localhost"]
    return pair.certificate, pair.key


def pair_of(name: str) -> Pair:
    """The certificate of that name with its key, as PEM."""
    return _pairs()[name]


def certificates(path: Path) -> CertificateFolder:
    """A folder with an authority, servers `localhost` and `app.test`, clients `client-alice` and (of nobody we trust) `client-stranger`."""
    path.mkdir(exist_ok=True)
    for name, pair in _pairs().items():
        (path / f"{name}.pem").write_bytes(pair.certificate)
        (path / f"{name}-key.pem").write_bytes(pair.key)
    return CertificateFolder(path)


def credential(folder: CertificateFolder, name: str = "localhost") -> Credential:
    """The certificate of that name with its key."""
    return Credential(folder.path / f"{name}.pem", folder.path / f"{name}-key.pem")


def tls(folder: CertificateFolder, *names: str, **more: object) -> TlsSettings:
    """Settings with these certificates (default: `localhost`)."""
    return TlsSettings(credentials=tuple(credential(folder, name) for name in names or ("localhost",)), **more)


def certified(path: Path) -> tuple[Path, Path]:
    """A new authority, unknown to all others: files with its certificate, and with key and certificate of `localhost` together."""
    folder = CertificateFolder(path)
    certificate = folder.ensure_server()
    own = path / "server.pem"
    own.write_bytes(folder.key_of(certificate).read_bytes() + certificate.read_bytes())
    return folder.authority, own
