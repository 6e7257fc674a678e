"""How the checks talk: one question, one answer, over datagrams or over a stream, and the demands that most of them make.

What they may be told about a target is `check_options` of the plugin; names of the built-in zone are the defaults.
"""

from collections.abc import Callable, Sequence

from workbench.api import Check, CheckFailed, CheckSkipped, Level, Peer
from workbench_dns.message import Parsed, read_message
from workbench_dns.queries import framed, query
from workbench_dns.records import Record
from workbench_dns.vocabulary import rcode_name

__all__ = [
    "DEFAULTS",
    "FORMERR",
    "NOERROR",
    "NOTIMP",
    "NXDOMAIN",
    "Judge",
    "Row",
    "Talk",
    "checks",
    "expect",
    "rcode",
    "should",
    "some",
]

DEFAULTS = {
    "zone": "workbench.test.",
    "name": "www.workbench.test.",
    "missing": "missing.workbench.test.",
    "alias": "alias.workbench.test.",
    "wildcard": "made-up.wild.workbench.test.",
    "between": "c.deep.workbench.test.",
    "large": "big.workbench.test.",
    "service": "shop._http._tcp.workbench.test.",
    "child": "www.sub.workbench.test.",
    "redirected": "leaf.tree.workbench.test.",
}

NOERROR, FORMERR, NXDOMAIN, NOTIMP = 0, 1, 3, 4

SILENCE_S = 1.0
"""How long a target may take to say nothing, where that is an answer, too."""


class Talk:
    """One client of the target. With `stream`, messages have their length before them."""

    def __init__(self, peer: Peer, *, stream: bool) -> None:
        self.peer = peer
        self.stream = stream
        self._waiting = b""

    def option(self, name: str) -> str:
        """What the user said about the target, or what holds for our own."""
        return self.peer.options.get(name, DEFAULTS[name])

    def send(self, message: bytes) -> None:
        """A message, framed as the transport wants it."""
        self.peer.send(framed(message) if self.stream else message)

    def maybe_receive(self, patience_s: float | None = None) -> bytes | None:
        """The next message of the target; None where none comes."""
        if not self.stream:
            found = self.peer.receive_datagrams(patience_s=patience_s)
            return found[0] if found else None
        if not self._whole(b""):
            self._waiting += self.peer.receive(self._whole, patience_s)
        if not self._whole(b""):
            return None
        size = int.from_bytes(self._waiting[:2], "big")
        message, self._waiting = self._waiting[2 : 2 + size], self._waiting[2 + size :]
        return message

    def _whole(self, more: bytes) -> bool:
        data = self._waiting + more
        return len(data) >= 2 and len(data) >= 2 + int.from_bytes(data[:2], "big")

    def receive(self) -> tuple[Parsed, bytes]:
        """The next message, read and as it is. Raises `CheckFailed` where none comes, or a broken one."""
        raw = self.maybe_receive()
        if raw is None:
            raise CheckFailed("expected an answer, got none")
        if len(raw) < 12:
            raise CheckFailed(f"expected an answer, got {len(raw)} bytes")
        parsed = read_message(raw)
        if parsed.error:
            raise CheckFailed(f"expected a whole answer, got a broken one: {parsed.error}")
        return parsed, raw

    def ask(self, message: bytes) -> Parsed:
        """Send a query and read its answer."""
        self.send(message)
        return self.receive()[0]

    def question(self, option: str, kind: str | int = "A") -> Parsed:
        """Ask for a name that an option gives."""
        return self.ask(query(self.option(option), kind))

    def alive(self) -> None:
        """The target answers a plain question, on a connection of its own. Raises `CheckFailed`."""
        other = Talk(self.peer.again(), stream=self.stream)
        other.send(query(self.option("zone"), "SOA", number=0x7E57))
        raw = other.maybe_receive()
        if raw is None or raw[:2] != b"\x7e\x57":
            raise CheckFailed("expected the target to go on answering others, it does not")

    def refuses(self, message: bytes, *codes: int) -> None:
        """What is no query is answered with one of these codes, or not at all, and the target lives on. Raises `CheckFailed`."""
        self.send(message)
        raw = self.maybe_receive(SILENCE_S)
        if raw is not None and len(raw) >= 4 and raw[3] & 15 not in codes:
            wanted = " or ".join(map(rcode_name, codes))
            raise CheckFailed(f"expected {wanted}, or nothing, got {rcode_name(raw[3] & 15)}")
        self.alive()


Judge = Callable[[Talk], None]


def _check(name: str, section: str, rule: str, judge: Judge, *, stream: bool, level: Level = Level.MUST) -> Check:
    """A check over one of the transports."""

    def run(peer: Peer) -> None:
        judge(Talk(peer, stream=stream))

    return Check(name=name, section=section, rule=rule, run=run, level=level)


Row = tuple[str, str, str, Judge] | tuple[str, str, str, Judge, Level]


def should(name: str, section: str, rule: str, judge: Judge) -> Row:
    """A row of level SHOULD."""
    return name, section, rule, judge, Level.SHOULD


def checks(rows: Sequence[Row], *, stream: bool) -> tuple[Check, ...]:
    """The checks of a table."""
    return tuple(_check(*row[:4], stream=stream, level=row[4] if len(row) == 5 else Level.MUST) for row in rows)


def expect(found: object, wanted: object, what: str) -> None:
    """Raise `CheckFailed` unless both are equal."""
    if found != wanted:
        raise CheckFailed(f"expected {what} {wanted}, got {found}")


def rcode(parsed: Parsed, *codes: int) -> Parsed:
    """Raise `CheckFailed` unless the code is one of these."""
    if parsed.rcode not in codes:
        raise CheckFailed(f"expected {' or '.join(map(rcode_name, codes))}, got {rcode_name(parsed.rcode)}")
    return parsed


def some(records: Sequence[Record], what: str, option: str) -> Sequence[Record]:
    """Skip the check where there are none: the target has other names."""
    if not records:
        raise CheckSkipped(f"there is no {what}: name one with --option {option}=NAME")
    return records
