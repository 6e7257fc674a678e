"""Why our dissection differs from tshark's where it is meant to: what is known, and what a table of the user adds.

A table is tab-separated with the columns packet, field and reason; `*` stands for any packet, and in a field for any rest of a name.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.api import UsageError

if TYPE_CHECKING:
    from workbench.export.comparison import Difference

__all__ = ["KNOWN", "Explanation", "read_explanations", "reason_for"]

MOST_ROWS = 100_000
"""Rows of a table that are read."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Differences in `field` (a protocol or a field; `*` as in file names) of `packet` (0: any) and of `kind` ("": any) have a reason."""

    field: str
    reason: str
    packet: int = 0
    kind: str = ""


KNOWN: tuple[Explanation, ...] = (
    Explanation("http.*", "tshark marks the whole line of a header, we mark its value", kind="range"),
    Explanation("x509*", "tshark marks the content of a DER value, we mark its tag and length, too", kind="range"),
    Explanation("pkcs1.*", "tshark marks the content of a DER value, we mark its tag and length, too", kind="range"),
    Explanation("ipv6.tclass*", "tshark marks the four bytes around these bits, we mark those that hold them", kind="range"),
    Explanation("ip.version", "tshark says it of IPv6, too, where it is ipv6.version", kind="value"),
    Explanation("x509af.issuer", "tshark shows the number of an ASN.1 choice, we show the name", kind="value"),
    Explanation("x509af.subject", "tshark shows the number of an ASN.1 choice, we show the name", kind="value"),
    Explanation("x509af.notBefore", "tshark shows the number of an ASN.1 choice, we show the time", kind="value"),
    Explanation("x509af.notAfter", "tshark shows the number of an ASN.1 choice, we show the time", kind="value"),
    Explanation("x509af.algorithm.id", "we show the parameters of an algorithm under this name, too", kind="value"),
    Explanation("http.file_data", "tshark 4.0 shows bodies as text up to their first zero byte, we show bytes", kind="value"),
    Explanation("http2.data.data", "tshark shows unpacked bodies under this name, too", kind="value"),
    Explanation("tls.app_data", "tshark leaves the encrypted bytes out when it has decrypted them", kind="value"),
    Explanation(
        "tls.handshake.extension.data", "tshark gives known extensions without a structure this field, too", kind="value"
    ),
    Explanation(
        "quic.connection.number", "tshark says it once for a datagram, we say it of each QUIC packet in it", kind="value"
    ),
    Explanation("websocket.*payload", "tshark shows branches of these names without a value", kind="value"),
    Explanation("socks", "tshark calls every later packet of a relayed connection SOCKS", kind="protocol"),
)
"""Differences from tshark 4.0 that are meant."""


def reason_for(difference: "Difference", explanations: Iterable[Explanation]) -> str:
    """The first reason that fits; "" where there is none."""
    return next((each.reason for each in explanations if _fits(each, difference)), "")


def _fits(each: Explanation, difference: "Difference") -> bool:
    return (
        each.packet in (0, difference.packet)
        and each.kind in ("", difference.kind)
        and (each.field == difference.name or ("*" in each.field and fnmatchcase(difference.name, each.field)))
    )


def read_explanations(path: Path) -> tuple[Explanation, ...]:
    """A user's table. Raises UsageError where it is none, with the line."""
    found = []
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if not {"packet", "field", "reason"} <= set(rows.fieldnames or ()):
            problem = "its first line does not name the columns packet, field and reason"
            raise UsageError(problem, place=str(path), remedy="Separate them by tabs")
        for number, row in enumerate(rows, 2):
            packet, name, reason = row["packet"], row["field"], row["reason"]
            if not name or not reason or (packet != "*" and not (packet or "").isdecimal()) or number > MOST_ROWS:
                problem = f"line {number} is no packet number (or *), field and reason"
                raise UsageError(problem, place=str(path), remedy="Separate them by tabs")
            found.append(Explanation(name, reason, 0 if packet == "*" else int(packet)))
    return tuple(found)
