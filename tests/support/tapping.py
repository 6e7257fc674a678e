"""What tshark says of a tap's file, and taps with an authority of their own."""

import subprocess
from contextlib import contextmanager
from pathlib import Path

from captures.tap import Tap, Way, running
from support.certificates import certificates
from support.shared import tool
from workbench.api import Endpoint
from workbench.serving.certificates import CertificateFolder
from workbench.serving.resolver import Resolver
from workbench.tapping import UpstreamTls

ANY = Endpoint("127.0.0.1", 0)
WARNING = 6_291_456
"""Wireshark's number of the severity "warning"; errors are above."""


@contextmanager
def tapped(way: Way, path: Path, **options):
    """A running tap that looks up names, and what it told: (tap, troubles as (target, reason))."""
    troubles = []
    made = Tap(way, path, names=Resolver, tell=lambda trouble: troubles.append((trouble.target, trouble.reason)), **options)
    with running(made) as tap:
        yield tap, troubles


def trusting(path: Path) -> tuple[CertificateFolder, UpstreamTls]:
    """A folder of certificates, and the trust in what its authority signs: our servers, and the taps between."""
    folder = certificates(path)
    return folder, UpstreamTls(authorities=folder.authority)


def complaints(path: Path) -> str:
    """Errors and warnings of tshark's experts, and what it finds odd in TCP, with no settings but that checksums are looked at."""
    options = [option for name in ("tcp", "udp", "ip") for option in ("-o", f"{name}.check_checksum:TRUE")]
    # a client that closes before it has read everything resets the connection: that is no fault of the file
    wanted = f"(_ws.expert.severity >= {WARNING} and !tcp.flags.reset) or (tcp.analysis.flags and !tcp.analysis.reused_ports)"
    return _tshark(path, *options, "-Y", wanted)


def fields(path: Path, wanted: str, *names: str) -> list[list[str]]:
    """These fields of the packets that a display filter finds, with no settings at all."""
    columns = [word for name in names for word in ("-e", name)]
    return [line.split("\t") for line in _tshark(path, "-Y", wanted, "-T", "fields", *columns).splitlines()]


def ours(path: Path) -> list[str]:
    """Protocols of the messages that we find in a file, in order of their first appearance, with no settings. None may be in error."""
    from workbench.registry import load
    from workbench.session import Session

    with Session.open(path, registry=load()) as session:
        session.grow()
        messages = list(session.messages())
    broken = [message.summary for message in messages if message.errors]
    assert not broken, broken[0]
    return list(dict.fromkeys(message.protocol for message in messages))


def _tshark(path: Path, *words: str) -> str:
    command = [tool("tshark"), "-n", "-r", str(path), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
