"""A stream's messages as table rows, with how long each answer took, and the stream's headline. No widgets here."""

from collections.abc import Hashable, Iterator, Mapping, Sequence

from rich.text import Text

from workbench.api import UNDECODED, Direction, Message, Severity, Transport
from workbench.session import StreamView
from workbench.tui.cells import clean, duration, size
from workbench.tui.theme import Palette
from workbench.tui.widgets.table_list import Row

__all__ = ["headline", "latencies", "message_rows"]

INSIDE = "› "
"""Before the protocol of a message that travelled inside another one, once for each of them."""


def latencies(messages: Sequence[Message]) -> dict[int, int]:
    """For each message that answers another (by place in `messages`): nanoseconds since the request was complete."""
    asked: dict[tuple[str, tuple[str, ...], Hashable], int] = {}
    found: dict[int, int] = {}
    for place, message in enumerate(messages):
        if message.exchange is None:
            continue
        key = message.protocol, message.layer, message.exchange
        if message.direction is Direction.TO_SERVER:
            asked[key] = message.time_ns
        elif key in asked:
            found[place] = message.time_ns - asked.pop(key)
    return found


def message_rows(messages: Sequence[Message], names: Mapping[str, str], only: Direction | None = None) -> Iterator[Row]:
    """One row for each message of the wanted direction; the key is its place in `messages`. `names` is what protocols are called."""
    answered = latencies(messages)
    begun = messages[0].time_ns if messages else 0
    for place, message in enumerate(messages):
        if only is not None and message.direction is not only:
            continue
        to_server = message.direction is Direction.TO_SERVER
        side = "to_server" if to_server else "to_client"
        broken = bool(message.errors)
        noted = any(note.severity >= Severity.WARN for note in message.notes)
        protocol = "" if message.protocol == UNDECODED else names.get(message.protocol, message.protocol)
        cells = (
            str(place + 1),
            f"{(message.time_ns - begun) / 1e9:.6f}",
            "→" if to_server else "←",
            INSIDE * len(message.layer) + clean(protocol),
            clean(message.label),
            size(message.end - message.start),
            duration(answered[place]) if place in answered else "",
            str(message.packet) if message.packet else "",
            "✗" if broken else "!" if noted else "",
            clean(message.summary),
        )
        mood = "error" if broken else "warning" if noted else ""
        yield Row(
            place,
            cells,
            ("dim", "dim", side, protocol or "dim", side, "dim", "good", "dim", mood or "dim", "error" if broken else ""),
        )


def headline(transport: Transport, number: int, view: StreamView, names: Mapping[str, str], palette: Palette) -> Text:
    """Who talks to whom, how much each said, and the median latency."""
    line = Text(no_wrap=True, overflow="ellipsis", end="")
    line.append(f"{transport}.stream {number}  ", palette.ink("strong"))
    line.append(clean(str(view.flow.client)), palette.ink("to_server")).append(" ⇄ ", palette.ink("dim"))
    line.append(clean(str(view.flow.server)), palette.ink("to_client"))
    protocols = list(dict.fromkeys(message.protocol for message in view.messages if message.protocol != UNDECODED))
    for protocol in protocols[:4]:
        name = names.get(protocol, protocol)
        line.append("  ").append(clean(name), palette.ink(name))
    said = {way: sum(len(chunk.data) for chunk in view.conversation.chunks if chunk.direction is way) for way in Direction}
    line.append(f"   → {size(said[Direction.TO_SERVER])}", palette.ink("to_server"))
    line.append(f"   ← {size(said[Direction.TO_CLIENT])}", palette.ink("to_client"))
    times = sorted(latencies(view.messages).values())
    if times:
        line.append(f"   p50 {duration(times[len(times) // 2])} · max {duration(times[-1])}", palette.ink("good"))
    return line
