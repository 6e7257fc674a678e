"""The fast lane for datagrams: what was said before but for its id and cookie is said again without a tree.

The same questions and answers pass again and again; only the id (and a cookie) is new each time. The text of a message is made once by the
decoder, and kept with holes for these. Everything else goes through the decoder, so both lanes agree by construction.
"""

from collections.abc import Callable
from typing import NamedTuple

from workbench.api import Direction, Memory, Message, members_text, message_members
from workbench_dns.header import HEADER, Flavour
from workbench_dns.limits import DATAGRAM_LIMITS
from workbench_dns.message import Parsed, read_message
from workbench_dns.messages import dns_message, parsed_message
from workbench_dns.pairing import Pairing, Turn, turn_of

__all__ = ["MOST_TEXTS", "skim_datagrams"]

MOST_TEXTS = 16_384
"""Messages that are remembered, the oldest forgotten first: about 1 KB each."""

_COOKIE_HEADS = (b"\0\x0a\0\x08", b"\0\x0a\0\x10", b"\0\x0a\0\x18")
"""How an option with a cookie begins: of a client alone, and with a server's of 8 or 16 bytes."""

_CLIENT = 8

_Key = tuple[int, bytes, bytes, int]
"""Direction, what stands between id and cookie, what stands behind the cookie, and bytes of the cookie."""


class _Said(NamedTuple):
    """A text with holes (`%`), how many parts of a cookie fill some of them, and what counts for pairing."""

    text: str
    cookie: int
    turn: Turn


def _cookie_at(raw: bytes) -> tuple[int, int]:
    """Where a cookie may stand. Whether it does, only reading the message tells; equal bytes before it mean that it is one again."""
    for head in _COOKIE_HEADS:
        at = raw.rfind(head)
        if at > 0 and at + 4 + head[3] <= len(raw):
            return at + 4, at + 4 + head[3]
    return len(raw), len(raw)


def _has_cookie(parsed: Parsed, start: int, end: int) -> bool:
    """Whether the only option with a cookie has its data there, and nothing can point into it: OPT comes last, and has no names."""
    if parsed.opt is None or parsed.opt.names or parsed.opt is not parsed.records[-1]:
        return False
    found = [node for _, node in parsed.opt.field.walk() if node.abbrev == "dns.opt.cookie.client"]
    return len(found) == 1 and found[0].start == start and found[0].end == start + _CLIENT <= end


class _Texts:
    """All texts of a process, by what stands in the message."""

    def __init__(self) -> None:
        self._said: dict[_Key, _Said] = {}

    def find(self, raw: bytes, direction: Direction) -> tuple[str, Turn] | None:
        """The text of a message like one that was said before, and how that one counts for pairing."""
        start, end = _cookie_at(raw)
        said = self._said.get((direction, raw[2:start], raw[end:], end - start))
        if said is None and start < len(raw):
            said = self._said.get((direction, raw[2:], b"", 0))
        if said is None:
            return None
        number = raw[0] << 8 | raw[1]
        turn = said.turn._replace(id=number)
        if not said.cookie:
            return said.text % number, turn
        cookie = raw[start:end].hex()
        if said.cookie == 1:
            return said.text % (number, cookie, cookie), turn
        return said.text % (number, cookie, cookie[: 2 * _CLIENT], cookie[2 * _CLIENT :]), turn

    def keep(self, raw: bytes, direction: Direction, parsed: Parsed, text: str) -> None:
        """Remember what was said; not what is remarkable, since names in it may lead anywhere, into the id for example."""
        if parsed.notes or parsed.error:
            return
        start, end = _cookie_at(raw)
        if start < end and not _has_cookie(parsed, start, end):
            start, end = len(raw), len(raw)
        holes = _with_holes(text, raw, raw[start:end].hex())
        if holes is None:
            return
        if len(self._said) >= MOST_TEXTS:
            del self._said[next(iter(self._said))]
        cookie = 0 if start == end else 1 if end - start == _CLIENT else 2
        self._said[direction, raw[2:start], raw[end:], end - start] = _Said(holes, cookie, turn_of(parsed))


def _with_holes(text: str, raw: bytes, cookie: str) -> str | None:
    """The text with `%d` for the id and `%s` for the parts of the cookie; None where these do not stand where they always do."""
    number = f'"dns.id":{raw[0] << 8 | raw[1]},'
    before, found, behind = text.partition(number)
    if not found or before.count('"dns.id"'):
        return None
    before, behind = before.replace("%", "%%"), behind.replace("%", "%%")
    if cookie:
        client, server = cookie[: 2 * _CLIENT], cookie[2 * _CLIENT :]
        parts = [("dns.opt.cookie.client", client), *([("dns.opt.cookie.server", server)] if server else [])]
        whole = f'"{cookie}"'
        if behind.count(whole) != (1 if server else 2) or before.count(cookie):
            return None
        for name, part in parts:
            said = f'"{name}":"{part}"'
            if behind.count(said) != 1:
                return None
            behind = behind.replace(said, f'"{name}":"%s"')
        behind = behind.replace(whole, '"%s"')
        if cookie in behind or client in behind:
            return None
    return f'{before}"dns.id":%d,{behind}'


_TEXTS = _Texts()


def skim_datagrams() -> Callable[[Direction, bytes], str]:
    """See `ProtocolSpec.skim_datagrams`: one flow of unicast DNS."""
    pairing = Pairing(Memory(DATAGRAM_LIMITS.memory))

    def skim(direction: Direction, raw: bytes) -> str:
        found = _TEXTS.find(raw, direction)
        if found is not None:
            text, turn = found
            if not pairing.exchange(turn)[1]:
                return text
        place = direction, 0, len(raw)
        if found is not None or len(raw) < HEADER:
            return _text(dns_message(place, raw, flavour=Flavour.DNS, pairing=pairing))
        parsed = read_message(raw)
        odd = () if parsed.error else pairing.exchange(turn_of(parsed))[1]
        message = parsed_message(place, raw, parsed, flavour=Flavour.DNS, more=odd, lean=True)
        text = _text(message)
        if not odd:
            _TEXTS.keep(raw, direction, parsed, text)
        return text

    return skim


def _text(message: Message) -> str:
    return members_text(message_members(message))
