"""The user's certificates as files: `ca.pem`, `localhost.pem`, `client-NAME.pem`, each with its key beside it (`…-key.pem`, 0600)."""

import contextlib
import datetime as dt
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from workbench.api import UsageError
from workbench.serving.certificates.making import LOCAL_NAMES, KeyKind, Pair, make_authority, make_client, make_server
from workbench.serving.certificates.reading import Certificate, read_certificate

__all__ = ["SOON_DAYS", "CertificateFolder", "default_folder"]

SOON_DAYS = 30
"""What expires in fewer days is worth a warning: time enough to notice."""

_FILE_NAME = re.compile(r"[A-Za-z0-9_*@][A-Za-z0-9_.@*:+-]{0,200}")
"""Names of servers and clients become names of files: nothing that leaves the folder or hides in it."""


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """$WORKBENCH_CERTIFICATES, else in the XDG state folder."""
    if environment.get("WORKBENCH_CERTIFICATES"):
        return Path(environment["WORKBENCH_CERTIFICATES"])
    state = environment.get("XDG_STATE_HOME") or str(Path(environment.get("HOME") or "/") / ".local" / "state")
    return Path(state) / "workbench" / "certificates"


class CertificateFolder:
    """`now` is when things are made (UTC). Methods raise OSError where files cannot be written, UsageError for what cannot be meant."""

    def __init__(self, path: Path, now: dt.datetime | None = None) -> None:
        self.path = path
        self.authority = path / "ca.pem"
        self._now = now or dt.datetime.now(dt.UTC)

    def make_authority(self, kind: KeyKind = "ec", *, force: bool = False) -> Path:
        """A new authority; never over an old one without `force`, because everything the old one signed is worth nothing then."""
        if not force and (self.authority.exists() or _key_of(self.authority).exists()):
            raise UsageError(
                "there is an authority already", place=str(self.authority), remedy="Use it, or replace it with --force"
            )
        return self._write(self.authority, make_authority(self._now, kind))

    def make_server(self, names: Sequence[str] = (), kind: KeyKind = "ec") -> Path:
        """A certificate for a server with these names, and for this machine in any case."""
        wanted = (*map(_checked, names), *LOCAL_NAMES)
        return self._write(self.server_file(names), make_server(self._authority_pair(), wanted, self._now, kind))

    def make_client(self, name: str, kind: KeyKind = "ec") -> Path:
        """A certificate with which a client shows who it is."""
        return self._write(self.path / f"client-{_checked(name)}.pem", make_client(self._authority_pair(), name, self._now, kind))

    def sign_server(self, names: Sequence[str], kind: KeyKind = "ec") -> Pair:
        """A certificate for exactly these names with its authority's behind it, in memory only."""
        authority = self._authority_pair()
        leaf = make_server(authority, names, self._now, kind)
        # a browser can be told to believe an authority by its key, if it is shown one
        return Pair(leaf.certificate + authority.certificate, leaf.key)

    def server_file(self, names: Sequence[str] = ()) -> Path:
        """Where the certificate of a server with these names lies."""
        return self.path / f"{_checked(names[0] if names else LOCAL_NAMES[0]).replace('*', '_')}.pem"

    def ensure_server(self) -> Path:
        """The certificate for this machine, made now (with its authority) where there is none yet."""
        if not self.authority.exists():
            self.make_authority()
        file = self.server_file()
        return file if file.exists() else self.make_server()

    def key_of(self, certificate: Path) -> Path:
        """The private key that belongs to a certificate file."""
        return _key_of(certificate)

    def server_files(self) -> list[Path]:
        """Servers' certificates that have their key, the one for this machine first; told by their names, without reading any."""
        own = self.server_file()
        found = (file for file in self.path.glob("*.pem") if not file.name.startswith("client-") and _key_of(file).exists())
        return sorted((file for file in found if file != self.authority), key=lambda file: (file != own, file.name))

    def certificates(self) -> list[Certificate]:
        """Everything there is, the authority first."""
        found = list(self._certificates())
        return sorted(found, key=lambda entry: (entry.kind != "authority", entry.kind != "server", entry.file.name))

    def _certificates(self) -> Iterator[Certificate]:
        for file in self.path.glob("*.pem"):
            if not file.name.endswith("-key.pem"):
                with contextlib.suppress(UsageError):  # somebody else's file
                    yield read_certificate(file)

    def renew(self, within_days: int | None = None) -> list[Path]:
        """Make servers' and clients' certificates anew that expire in so many days (None: all), for the same names."""
        renewed = []
        for old in self.certificates():
            if old.kind == "authority" or (within_days is not None and old.days_left(self._now) >= within_days):
                continue
            authority = self._authority_pair()
            if old.kind == "server":
                pair = make_server(authority, old.names, self._now, old.key_kind)
            else:
                pair = make_client(authority, old.names[0], self._now, old.key_kind)
            renewed.append(self._write(old.file, pair))
        return renewed

    def _authority_pair(self) -> Pair:
        try:
            return Pair(self.authority.read_bytes(), _key_of(self.authority).read_bytes())
        except FileNotFoundError as error:
            raise UsageError(
                "there is no authority with its key", place=str(self.path), remedy="Make one: workbench certs init"
            ) from error

    def _write(self, file: Path, pair: Pair) -> Path:
        """Both files appear whole, one right after the other: a server may be looking."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        waiting = [(_key_of(file), pair.key, 0o600), (file, pair.certificate, 0o644)]
        for target, content, mode in waiting:
            new = target.with_suffix(".new")
            new.unlink(missing_ok=True)
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as sink:  # noqa: PTH123 - the mode matters
                sink.write(content)
        for target, _, _ in waiting:
            target.with_suffix(".new").replace(target)
        return file


def _key_of(certificate: Path) -> Path:
    return certificate.with_name(certificate.name.removesuffix(".pem") + "-key.pem")


def _checked(name: str) -> str:
    if not _FILE_NAME.fullmatch(name) or name.endswith("-key") or name == "ca":
        raise UsageError("this is no name for a certificate", place=name, remedy="Use letters, digits, dots and hyphens")
    return name
