"""Names of addresses, from what a capture itself says: its name-resolution records, and the answers of name servers in it.

A name from a record of the file holds for all of it: somebody wrote it there. A name from an answer holds from that answer on; nobody
is asked outside, and what the capture does not say has no name.
"""

from collections.abc import Iterator, Mapping

from workbench.api import Message

__all__ = ["MOST_ADDRESSES", "MOST_NAMES", "NameBook"]

MOST_ADDRESSES = 100_000
"""Addresses that get names from answers; a hostile capture could give any number."""

MOST_NAMES = 16
"""Names kept of one address, the latest."""

MOST_ALIASES = 16
"""Steps from an address back to the name that was asked for; resolvers give up after about as many."""

_ADDRESSES = frozenset(("dns.a", "dns.aaaa"))


class NameBook:
    """Learns as messages come, in their order. `given` are the names of the file."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self._seen: dict[str, list[tuple[int, str]]] = {}

    def __len__(self) -> int:
        return len(self._given) + len(self._seen)

    def learn(self, message: Message) -> None:
        """An answer of a name server; anything else says nothing."""
        for address, name in _answers(message):
            known = self._seen.get(address)
            if known is None:
                if len(self._seen) >= MOST_ADDRESSES:
                    continue
                known = self._seen[address] = []
            if not known or known[-1][1] != name:
                known.append((message.packet, name))
                del known[:-MOST_NAMES]

    def name_of(self, address: str, packet: int | None = None) -> str:
        """The name of an address as a packet could know it (None: as the whole capture does, the latest); "" without one."""
        given = self._given.get(address)
        if given:
            return given
        for seen, name in reversed(self._seen.get(address, ())):
            if packet is None or seen <= packet:
                return name
        return ""


def _answers(message: Message) -> Iterator[tuple[str, str]]:
    """Addresses with the names that lead to them: of several aliases (RFC 1034 3.6.2) the one that was asked for."""
    owner = ""
    aliases: dict[str, str] = {}
    found: list[tuple[str, str]] = []
    for _, node in message.root.walk():
        if not isinstance(node.value, str):
            continue
        if node.abbrev == "dns.resp.name":
            owner = node.value
        elif node.abbrev == "dns.cname":
            aliases[node.value] = owner
        elif node.abbrev in _ADDRESSES:
            found.append((node.value, owner))
    for address, name in found:
        yield address, _first(name, aliases)


def _first(name: str, aliases: Mapping[str, str]) -> str:
    for _ in range(MOST_ALIASES):
        if name not in aliases:
            break
        name = aliases[name]
    return name
