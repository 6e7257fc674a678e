"""DNS Stateful Operations (RFC 8490): what follows a header without counts is a list of TLVs."""

from collections.abc import Callable, Mapping

from workbench.api import Field, Note
from workbench_dns.cursor import Cursor, ShortError
from workbench_dns.names import Names

__all__ = ["TLVS", "read_dso"]

TLVS = {
    0: "Reserved", 1: "KeepAlive", 2: "RetryDelay", 3: "EncryptionPadding", 0x40: "SUBSCRIBE", 0x41: "PUSH", 0x42: "UNSUBSCRIBE",
    0x43: "RECONFIRM",
}  # fmt: skip
"""Those from 0x40 on are DNS Push's (RFC 8765)."""


def _read_keepalive(cursor: Cursor) -> None:
    cursor.number(4, "Inactivity timeout", "dns.dso.tlv.keepalive.inactivity")
    cursor.number(4, "Keepalive interval", "dns.dso.tlv.keepalive.interval")


def _read_retry(cursor: Cursor) -> None:
    cursor.number(4, "Retry delay", "dns.dso.tlv.retrydelay.retrydelay")


def _read_padding(cursor: Cursor) -> None:
    cursor.rest("Padding", "dns.dso.tlv.encpad.padding")


_READERS: Mapping[int, Callable[[Cursor], None]] = {1: _read_keepalive, 2: _read_retry, 3: _read_padding}


def _read_tlv(cursor: Cursor) -> str:
    kind = cursor.number(2, "Type", "dns.dso.tlv.type", TLVS)
    size = cursor.number(2, "Length", "dns.dso.tlv.length")
    if size > cursor.left:
        cursor.take(size, "Data")
    reader = _READERS.get(kind)
    if reader is not None:
        reader(cursor)
    else:
        cursor.rest("Data", "dns.dso.tlv.data")
    return TLVS.get(kind) or f"TLV {kind}"


def read_dso(data: bytes, start: int, names: Names) -> tuple[Field, list[Note]]:
    """All TLVs to the end of the message."""
    cursor = Cursor(data, start, len(data), names)
    said = []
    try:
        while cursor.left:
            at = cursor.at
            size = int.from_bytes(data[at + 2 : at + 4], "big")
            cursor.group("TLV", "dns.dso.tlv", _read_tlv, at + 4 + size)
            said.append(cursor.fields[-1].name)
    except ShortError:
        pass
    field = Field(f"DNS Stateful Operations: {', '.join(said)}", start, len(data), None, tuple(cursor.fields), "dns.dso")
    return field, cursor.notes
