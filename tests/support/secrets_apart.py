"""The recorded HTTP/2 in TLS as a capture without secrets and a key log beside it, as browsers leave them."""

from dataclasses import dataclass
from pathlib import Path

from support.shared import ROOT
from workbench.export.formats import format_for
from workbench.registry import load
from workbench.session import Session

__all__ = ["SAMPLE", "Apart", "secrets_apart"]

SAMPLE = ROOT / "captures" / "samples" / "http2-tls.pcapng"


@dataclass(frozen=True)
class Apart:
    """The capture, the text of the key log that belongs to it, and the packet with the first request."""

    capture: Path
    keylog: bytes
    request: int


def secrets_apart(folder: Path) -> Apart:
    """Write the capture into `folder`; the key log is only given, tests write it when they want it to come."""
    path = folder / "encrypted.pcap"
    with Session.open(SAMPLE, load()) as session:
        session.grow()
        with path.open("wb") as out:
            format_for("pcap").write(session.source(), out)
        messages = session.messages()
        request = next(found.packet for found in messages if found.protocol == "http2" and "GET" in found.summary)
        return Apart(path, b"".join(session.secrets), request)
