"""Where clients may go: allow and deny rules over addresses, names and ports."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from workbench.api import UsageError

__all__ = ["LOOPBACK", "Rule", "Rules", "parse_rules"]

LOOPBACK = "127.0.0.0/8, [::1]"
"""What is allowed when nobody says otherwise: a proxy must not open this machine's network to strangers by itself."""
_ANY_PORT = range(65_536)


@dataclass(frozen=True, slots=True)
class Rule:
    """A network, or a name pattern (its own name, or `*.` and everything below it), and ports."""

    network: IPv4Network | IPv6Network | None
    name: str
    ports: range

    def covers(self, address: str, name: str, port: int) -> bool:
        """Whether the rule speaks about this address, reached under this name ("" where the client gave an address)."""
        if port not in self.ports:
            return False
        if self.network is not None:
            found = ip_address(address)
            if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
                found = found.ipv4_mapped  # the same host, however it is written
            return found in self.network
        name = name.lower().rstrip(".")
        return self.name == "*" or name == self.name or (self.name.startswith("*.") and name.endswith(self.name[1:]))


@dataclass(frozen=True, slots=True)
class Rules:
    """Deny rules win; what no allow rule covers is denied."""

    allow: tuple[Rule, ...]
    deny: tuple[Rule, ...] = ()

    def permit(self, address: str, name: str, port: int) -> bool:
        """Whether a client may talk to `address` (an IP address), which it called `name`."""
        if any(rule.covers(address, name, port) for rule in self.deny):
            return False
        return any(rule.covers(address, name, port) for rule in self.allow)

    def permitted(self, addresses: Iterable[str], name: str, port: int) -> tuple[str, ...]:
        """Those of the addresses that a client may talk to, in order."""
        return tuple(address for address in addresses if self.permit(address, name, port))


def parse_rules(text: str, option: str) -> tuple[Rule, ...]:
    """Rules separated by commas: `10.0.0.0/8`, `192.0.2.7:80`, `[2001:db8::]/32:1-1024`, `*.example.org:443`, `*`. Raises `UsageError`."""
    return tuple(_parse(word.strip(), option) for word in text.split(",") if word.strip())


def _parse(word: str, option: str) -> Rule:
    host, ports = _split(word)
    try:
        first, dash, last = ports.partition("-")
        allowed = range(int(first), int(last if dash else first) + 1) if ports else _ANY_PORT
        if not allowed or allowed[0] < 0 or allowed[-1] > 65_535:
            raise ValueError(ports)
        numeric = host.replace("[", "").replace("]", "")
        if _is_name(numeric):
            return Rule(None, host.lower(), allowed)
        return Rule(ip_network(numeric, strict=False), "", allowed)
    except ValueError as error:
        raise UsageError(
            f"the rule {word!r} cannot be read", place=option, remedy="Write it like 10.0.0.0/8:80, [::1]:1-1024 or *.example.org"
        ) from error


def _split(word: str) -> tuple[str, str]:
    """Host and ports; colons in brackets belong to the address, and so do those of a bare IPv6 address."""
    closed = word.rfind("]")
    if closed < 0 and word.count(":") > 1:
        return word, ""
    colon = word.find(":", closed + 1)
    return (word, "") if colon < 0 else (word[:colon], word[colon + 1 :])


def _is_name(host: str) -> bool:
    return any(letter.isalpha() or letter == "*" for letter in host) and ":" not in host
