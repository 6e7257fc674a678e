"""Which headers a packet has, outermost first, as a small number: so that packets are counted by protocol without reading them again.

A shape is a tuple of Wireshark's protocol names. Ordinary packets have shape 0: the other columns say it.
"""

from itertools import product

import numpy as np

from captures.arrays import Gather, Ints
from captures.cursor import Layer
from captures.link_steps import first_step
from captures.pairs import IPV4, IPV6

__all__ = ["MAX_SHAPES", "PLAIN_PROTOCOLS", "TAGS", "Shapes", "link_name", "shape_of", "tag_shapes"]

MAX_SHAPES = 4096
"""Shapes that are told apart: tunnels within tunnels could make any number, and real captures have a few dozen."""

_KINDS = {0x8100: "vlan", 0x9100: "vlan", 0x88A8: "ieee8021ad"}
TAGS: tuple[tuple[str, ...], ...] = (("ieee8021ad",), *product(("vlan", "ieee8021ad"), repeat=2))
"""Tags of packets that are ordinary otherwise; shape 1 is the first of these. A single customer tag is in the column `vlan`."""

PLAIN_PROTOCOLS = {2: "igmp", 50: "esp", 89: "ospf", 103: "pim", 112: "vrrp"}
"""What IP carries that nothing else is looked for in."""

_INSIDE = ("ipv6.", "wlan.")
"""Parts of a protocol that Wireshark shows inside it."""
_OTHER_NAMES = {"fragment": "data", "sll2": "sll"}
_IP_ITSELF = (228, 229)
"""LINKTYPE_IPV4 and LINKTYPE_IPV6."""


class Shapes:
    """Numbers for tuples of names; 0 is no shape of its own, the first ones are TAGS."""

    def __init__(self) -> None:
        self.names: list[tuple[str, ...]] = [(), *TAGS]
        self._numbers = {names: number for number, names in enumerate(self.names) if number > len(TAGS)}

    def number(self, names: tuple[str, ...]) -> int:
        """The number of a shape; that of its link layer alone once there are too many."""
        found = self._numbers.get(names)
        if found is None:
            if len(self.names) >= MAX_SHAPES:
                return self._numbers.get(names[:1], 0)
            found = self._numbers[names] = len(self.names)
            self.names.append(names)
        return found

    def is_whole(self, number: int) -> bool:
        """Whether it names all headers, and not only what stands between link layer and network."""
        return number > len(TAGS)


def shape_of(layers: list[Layer], link: str = "") -> tuple[str, ...]:
    """The headers that were peeled off a packet, as Wireshark's hierarchy counts them: without what an ICMP error quotes.

    `link` is the protocol that packets of its interface begin with; one without a header of its own is named all the same.
    """
    kinds = [_name(layer) for layer in layers if not (layer.quoted or _is_inside(layer))]
    return (link, *kinds) if link == "raw" else tuple(kinds)


def _is_inside(layer: Layer) -> bool:
    """Whether Wireshark shows the header inside the one before it: extension headers of IPv6 are, AH among them."""
    return layer.kind.startswith(_INSIDE) or (layer.kind == "ah" and layer.version == IPV6)


def _name(layer: Layer) -> str:
    if layer.kind == "data" and layer.version in (IPV4, IPV6):
        return PLAIN_PROTOCOLS.get(layer.protocol, layer.kind)
    return _OTHER_NAMES.get(layer.kind, layer.kind)


def link_name(link_type: int) -> str:
    """What Wireshark calls the protocol that packets of a LINKTYPE_ begin with; "" where they begin with IP, or with nothing known."""
    step = first_step(link_type)
    return "" if step == "data" or link_type in _IP_ITSELF else _OTHER_NAMES.get(step, step)


def tag_shapes(gather: Gather, begin: Ints) -> Ints:
    """Shapes of Ethernet frames that are ordinary but for two tags, or a service tag; `begin` is where they begin."""
    numbers = {names: number for number, names in enumerate(TAGS, 1)}
    found = np.zeros(len(begin), np.int64)
    outer, inner = gather.u16(begin + 12), gather.u16(begin + 16)
    for first, one in _KINDS.items():
        for second, other in ((0, ""), *_KINDS.items()):
            names = (one, other) if other else (one,)
            rows = (outer == first) & (inner == second if other else ~np.isin(inner, list(_KINDS)))
            found[rows] = numbers.get(names, 0)
    return found
