"""The file that `workbench plugins new` writes: a small, complete protocol that keeps every law, to be changed into the real one."""

__all__ = ["render"]

_TEMPLATE = '''\
"""@NAME@: say here what this protocol is. Until you change it, it answers "ping" and "echo" requests.

  workbench plugins check @FILE@                              does it keep the laws?
  workbench --plugin @FILE@ serve @NAME@ --port @PORT@        a server of it
  workbench --plugin @FILE@ dissect FILE --filter @NAME@      its messages in a capture
  workbench --plugin @FILE@ fuzz @NAME@ --cases 2000          what breaks the server?
"""

import zlib
from construct import ConstructError, Const, Enum, Int8ub, Int16ub, Int32ub, PascalString
from workbench.api import Confidence, Crc, Direction, Framed, Message, ProtocolSpec, Seed, framed, length_prefixed

# One message: the length counts the bytes after itself; lengths and checksums repair themselves when a message is built.
MESSAGE = Framed(
    "length",
    "length" / Int16ub,
    "magic" / Const(b"@MAGIC@"),
    "id" / Int32ub,
    "kind" / Enum(Int8ub, ping=1, echo=2, pong=129, echoed=130, refused=255),
    "text" / PascalString(Int8ub, "utf8"),
    "crc" / Crc(Int32ub, zlib.crc32),
)
ANSWERS = {"ping": "pong", "echo": "echoed"}


def build(number: int, kind: str, text: str = "") -> bytes:
    return bytes(MESSAGE.build({"id": number, "kind": kind, "text": text}))


def answer(frame: bytes) -> bytes:
    try:
        request = MESSAGE.parse(frame)
    except ConstructError:  # a broken request is refused; anything else raised here would be a crash of the server
        return build(0, "refused", "unreadable")
    kind = ANSWERS.get(str(request.kind))
    return build(request.id, kind, request.text) if kind else build(request.id, "refused", "unknown kind")


def probe(data: bytes, direction: Direction) -> Confidence:
    if len(data) < 6:
        return Confidence.NEED_DATA
    return Confidence.LIKELY if data[2:6] == b"@MAGIC@" else Confidence.NO


def summary(message: Message) -> str:
    return f"{message.value.kind} #{message.value.id} {message.value.text!r}"


PROTOCOL = ProtocolSpec(
    name="@NAME@", title="@NAME@ (describe it)", ports=(@PORT@,),
    grammar=MESSAGE, frame=length_prefixed(2), probe=probe, summary=summary,
    label=lambda message: str(message.value.kind), exchange=lambda message: message.value.id,
    states={("start", kind): "start" for kind in (*ANSWERS, *ANSWERS.values(), "refused")},
    seeds=(Seed("ping", (build(1, "ping"),)), Seed("echoes", (build(1, "echo", "hello"), build(2, "echo", "again")))),
    server=framed(length_prefixed(2), answer),
)  # fmt: skip
'''


def render(name: str, file: str) -> str:
    """The text of a plugin file for a protocol called `name`, to be written to `file`; about 50 lines."""
    # a magic and a port of its own keep two new protocols from claiming each other's traffic
    magic = (name.upper().replace("-", "").replace("_", "") + "XXXX")[:3] + str(sum(name.encode()) % 10)
    port = 20_000 + sum(place * byte for place, byte in enumerate(name.encode(), 1)) % 10_000
    values = {"@NAME@": name, "@FILE@": file, "@MAGIC@": magic, "@PORT@": str(port)}
    text = _TEMPLATE
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text
