"""The record format of SSL 2.0: its hello messages (RFC 5246 E.2, RFC 6101 E) and the client's master key; the rest is encrypted.

Message types share the numbers, not the meaning, of TLS's handshake types.
"""

from workbench.api import Direction, Field, Message
from workbench_tls.names import version_name
from workbench_tls.vocabulary import suite_name
from workbench_tls.wire import Piece

__all__ = ["ssl2_message"]

_Part = tuple[str, int]

_LAYOUTS: dict[int, tuple[str, tuple[_Part, ...], tuple[_Part, ...]]] = {
    1: (
        "client_hello",
        (("version", 2),),
        (("cipher_spec_len", 2), ("session_id_length", 2), ("challenge_length", 2)),
    ),
    2: (
        "client_master_key",
        (("cipherspec", 3),),
        (("clear_key_length", 2), ("encrypted_key_length", 2), ("key_arg_length", 2)),
    ),
    4: (
        "server_hello",
        (("session_id_hit", 1), ("cert_type", 1), ("version", 2)),
        (("certificate_length", 2), ("cipher_spec_len", 2), ("connection_id_length", 2)),
    ),
}
"""Type → name, numbers, and the lengths of what follows, in order."""

_CONTENTS = {
    "cipher_spec_len": "cipherspecs",
    "session_id_length": "session_id",
    "challenge_length": "challenge",
    "clear_key_length": "clear_key_data",
    "encrypted_key_length": "encrypted_key",
    "key_arg_length": "key_arg",
    "certificate_length": "certificate",
    "connection_id_length": "connection_id",
}


def ssl2_message(direction: Direction, piece: Piece) -> Message:
    """A message for one whole record of SSL 2.0."""
    raw = piece.raw
    head = 2 if raw[0] >= 0x80 else 3
    length = int.from_bytes(raw[:2], "big") & (0x7FFF if head == 2 else 0x3FFF)
    fields = [Field("length", 0, 2, length, abbrev="tls.record.length")]
    if head == 3:
        fields.append(Field("padding_length", 2, 3, raw[2], abbrev="tls.record.padding_length"))
    found = _message(raw, head)
    if found is None:
        label, summary = "ssl2_encrypted", f"SSL 2.0 encrypted record, {length} bytes"
        fields.append(Field(label, head, len(raw), raw[head:], abbrev="tls.app_data"))
    else:
        label, summary = f"ssl2_{found.name}", f"SSL 2.0 {found.name}"
        fields.append(found)
    return Message(
        protocol="tls",
        direction=direction,
        start=piece.start,
        end=piece.end,
        raw=raw,
        root=Field("tls", 0, len(raw), None, tuple(fields), "tls"),
        label=label,
        summary=summary,
        value={"header": raw[:head], "data": raw[head:]},
    )


def _message(raw: bytes, at: int) -> Field | None:
    """The message as a field; None where lengths say that these bytes are something else: encrypted."""
    layout = _LAYOUTS.get(raw[at]) if at < len(raw) else None
    if layout is None:
        return None
    name, numbers, lengths = layout
    fields = [Field("type", at, at + 1, raw[at], abbrev="tls.handshake.type", text=name)]
    here = at + 1
    sizes: list[_Part] = []
    for part, width in (*numbers, *lengths):
        value = int.from_bytes(raw[here : here + width], "big")
        text = version_name(value) if part == "version" else suite_name(value) if part == "cipherspec" else ""
        fields.append(Field(part, here, here + width, value, abbrev=f"tls.handshake.{part}", text=text))
        here += width
        if part in _CONTENTS:
            sizes.append((_CONTENTS[part], value))
    if here + sum(size for _, size in sizes) != len(raw):
        return None
    for part, size in sizes:
        data = raw[here : here + size]
        children = _specs(data, here) if part == "cipherspecs" else ()
        value_of = None if children else data
        fields.append(Field(part, here, here + size, value_of, children, f"tls.handshake.{part}"))
        here += size
    return Field(name, at, len(raw), None, tuple(fields), "tls.handshake")


def _specs(data: bytes, at: int) -> tuple[Field, ...]:
    """Cipher specs of three bytes; those that begin with 0 are TLS's."""
    return tuple(
        Field("cipherspec", at + place, at + place + 3, number, (), "tls.handshake.cipherspec", suite_name(number))
        for place in range(0, len(data) - 2, 3)
        for number in (int.from_bytes(data[place : place + 3], "big"),)
    )
