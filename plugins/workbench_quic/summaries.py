"""What a packet is called in a list and in a state table: its type, and the frame that tells most."""

from collections.abc import Sequence

from workbench_quic.frame_items import Ack, Close, Crypto, DatagramData, Item, Numbers, Stream
from workbench_quic.frame_types import Type, type_name
from workbench_quic.versions import Kind

__all__ = ["FRAME_LABELS", "KIND_LABELS", "label_of", "summary_of", "words_of"]

KIND_LABELS = {
    Kind.INITIAL: "initial",
    Kind.EARLY: "early",
    Kind.HANDSHAKE: "handshake",
    Kind.ONE_RTT: "one_rtt",
    Kind.RETRY: "retry",
    Kind.NEGOTIATION: "version_negotiation",
    Kind.RESET: "stateless_reset",
    Kind.UNKNOWN: "unknown_version",
    Kind.PADDING: "padding",
}

_TELLING = (
    ("close", (Type.CONNECTION_CLOSE, Type.CONNECTION_CLOSE_APP)),
    ("done", (Type.HANDSHAKE_DONE,)),
    ("crypto", (Type.CRYPTO,)),
    ("reset", (Type.RESET_STREAM, Type.RESET_STREAM_AT, Type.STOP_SENDING)),
    ("stream", tuple(range(Type.STREAM, Type.STREAM + 8))),
    ("datagram", (Type.DATAGRAM, Type.DATAGRAM_LEN)),
    ("path", (Type.PATH_CHALLENGE, Type.PATH_RESPONSE)),
    ("id", (Type.NEW_CONNECTION_ID, Type.RETIRE_CONNECTION_ID)),
    ("token", (Type.NEW_TOKEN,)),
    ("flow", tuple(range(Type.MAX_DATA, Type.STREAMS_BLOCKED_UNI + 1))),
    ("ack", (Type.ACK, Type.ACK_ECN)),
    ("ping", (Type.PING, Type.IMMEDIATE_ACK)),
)
"""Names for labels and the frame types behind them, the most telling ones first. Other types are "other"."""

FRAME_LABELS = (*(name for name, _ in _TELLING), "other")
_RANKS = {int(kind): rank for rank, (_, kinds) in enumerate(_TELLING) for kind in kinds}
_OTHER = len(_TELLING)
_LABELS = {kind: [f"{label}.{frame}" for frame in FRAME_LABELS] for kind, label in KIND_LABELS.items()}

MOST_WORDS = 6
"""Frames that a summary tells of: a line of a list holds no more."""


def label_of(kind: Kind, items: Sequence[Item] | None) -> str:
    """The packet's type, and behind a dot its most telling frame where they are known: "initial.crypto"."""
    if not items:
        return KIND_LABELS[kind]
    rank = _RANKS.get(items[0].kind, _OTHER)
    for item in items[1:]:
        rank = min(rank, _RANKS.get(item.kind, _OTHER))
    return _LABELS[kind][rank]


def summary_of(kind: Kind, number: int | None, items: Sequence[Item] | None) -> str:
    """One line: "Initial 0: CRYPTO 0+476, PADDING"."""
    return kind.value if number is None else f"{kind.value} {number}: {words_of(items or ())}"


def words_of(items: Sequence[Item]) -> str:
    """What a summary says of frames: "CRYPTO 0+476, PADDING"."""
    words: list[str] = []
    last, times, more = "", 1, ""
    for place, item in enumerate(items):
        word = _words(item)
        if word == last:
            times += 1
            words[-1] = f"{word} ×{times}"
        elif len(words) < MOST_WORDS:
            words.append(word)
            last, times = word, 1
        else:
            more = f", {len(items) - place} more"
            break
    return f"{', '.join(words)}{more}"


def _words(item: Item) -> str:
    if isinstance(item, Stream):
        return f"STREAM {item.stream} {item.offset}+{len(item.data)}{' end' if item.fin else ''}"
    if isinstance(item, Crypto):
        return f"CRYPTO {item.offset}+{len(item.data)}"
    if isinstance(item, Ack):
        return f"ACK {item.largest}"
    if isinstance(item, DatagramData):
        return f"DATAGRAM {len(item.data)} bytes"
    if isinstance(item, Close):
        return f"{type_name(item.kind)} 0x{item.code:x}"
    if isinstance(item, Numbers):
        return " ".join((type_name(item.kind), *map(str, item.values)))
    return type_name(item.kind)
