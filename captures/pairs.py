"""Who sent to whom: each directed (source, destination) pair of addresses and ports gets a small number.

The index stores that number per packet; names, filters by address, and streams are looked up per pair instead of per packet.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from captures.addresses import ip_text
from captures.arrays import Growing, Ints

__all__ = ["IPV4", "IPV6", "MAC", "NOBODY", "Keys", "Pairs", "distinct", "host_text", "key_of", "keys_array", "meta"]

Keys = NDArray[np.uint64]
"""Shape (n, 5): two words of source address, two of destination address, and `meta` (kind, IP protocol, ports)."""

NOBODY, MAC, IPV4, IPV6 = 0, 1, 4, 6
"""Kinds of address; those of IP are its version."""

_COLUMNS = {"source_high": "u8", "source_low": "u8", "destination_high": "u8", "destination_low": "u8", "meta": "u8"}
_CONVERSATION = "conversation"
_SPREAD = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xFF51AFD7ED558CCD], np.uint64
)
"""Odd numbers without pattern, one for each word of a key."""


def meta(kind: Ints | int, protocol: Ints | int, source_port: Ints | int, destination_port: Ints | int) -> Ints | int:
    """The last word of a key."""
    return kind << 40 | protocol << 32 | source_port << 16 | destination_port


def key_of(kind: int, source: bytes, destination: bytes, protocol: int, ports: tuple[int, int]) -> tuple[int, int, int, int, int]:
    """The key of one packet from its address bytes (4, 6 or 16; empty for nobody)."""
    words = []
    for address in (source, destination):
        if len(address) == 16:
            words += [int.from_bytes(address[:8], "big"), int.from_bytes(address[8:], "big")]
        else:
            words += [int.from_bytes(address, "big"), 0]
    return words[0], words[1], words[2], words[3], int(meta(kind, protocol, *ports))


def keys_array(keys: list[tuple[int, int, int, int, int]]) -> Keys:
    """Keys of `key_of` in the shape that `Pairs.number` takes."""
    return np.array(keys, np.uint64).reshape(len(keys), 5)


class Pairs:
    """The table of directed pairs, numbered from 0 in order of appearance."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._conversations: dict[bytes, int] = {}
        self._table = Growing({**_COLUMNS, _CONVERSATION: "i4"})

    def __len__(self) -> int:
        return len(self._table)

    def number(self, keys: Keys) -> Ints:
        """The pair number of each row of keys; new pairs are added in row order."""
        if not len(keys):
            return np.zeros(0, np.int64)
        first, inverse = distinct(keys)
        order = np.argsort(first)
        rows = np.ascontiguousarray(keys[first[order]])
        raw = rows.tobytes()
        numbers = self._numbers
        known = len(numbers)
        found = [numbers.setdefault(raw[at : at + 40], len(numbers)) for at in range(0, len(raw), 40)]
        numbered = np.array(found, np.int64)
        if len(numbers) > known:
            self._add(rows[numbered >= known])
        by_value = np.empty(len(found), np.int64)
        by_value[order] = numbered
        return by_value[inverse]

    def _add(self, fresh: Keys) -> None:
        both = np.ascontiguousarray(_undirected(fresh)).tobytes()
        numbers = self._conversations
        conversations = [numbers.setdefault(both[at : at + 40], len(numbers)) for at in range(0, len(both), 40)]
        columns: dict[str, NDArray[Any]] = {name: fresh[:, place] for place, name in enumerate(_COLUMNS)}
        self._table.append(len(fresh), {**columns, _CONVERSATION: np.array(conversations, np.int64)})

    def conversations(self) -> NDArray[np.int32]:
        """For every pair the number of its conversation, which it shares with the opposite pair."""
        return self._table.column(_CONVERSATION)

    def conversation_count(self) -> int:
        """How many conversations there are."""
        return len(self._conversations)

    def opposite(self, pair: int) -> int:
        """The pair with the same parties and swapped roles; it is added when no packet went that way yet."""
        key = self.key(pair)
        swapped = np.array([[key[2], key[3], key[0], key[1], _swap_ports(key[4])]], np.uint64)
        return int(self.number(swapped)[0])

    def key(self, pair: int) -> tuple[int, int, int, int, int]:
        """The five words of a pair."""
        words = [int(self._table.column(name)[pair]) for name in _COLUMNS]
        return words[0], words[1], words[2], words[3], words[4]

    def words(self) -> tuple[NDArray[np.uint64], ...]:
        """The five words of every pair: source (high, low), destination (high, low), `meta`."""
        return tuple(self._table.column(name) for name in _COLUMNS)

    def keys(self, pairs: Ints) -> Keys:
        """The keys of many pairs."""
        return np.stack([self._table.column(name)[pairs] for name in _COLUMNS], axis=1)

    def metas(self) -> NDArray[np.uint64]:
        """The `meta` word of every pair."""
        return self._table.column("meta")

    def hosts(self, pair: int) -> tuple[str, str]:
        """Source and destination as text: IP addresses, else MAC addresses, else ""."""
        source_high, source_low, destination_high, destination_low, word = self.key(pair)
        kind = word >> 40
        return host_text(kind, source_high, source_low), host_text(kind, destination_high, destination_low)

    def ports(self, pair: int) -> tuple[int, int]:
        """Source and destination port."""
        word = int(self.metas()[pair])
        return word >> 16 & 0xFFFF, word & 0xFFFF


def _undirected(keys: Keys) -> Keys:
    """The keys with the smaller party first, so that both directions of a conversation give one key."""
    port = np.uint64(16)
    word = keys[:, 4]
    source, destination = word >> port & np.uint64(0xFFFF), word & np.uint64(0xFFFF)
    swapped = keys[:, [2, 3, 0, 1, 4]]
    swapped[:, 4] = word & ~np.uint64(0xFFFFFFFF) | destination << port | source
    greater = (keys[:, 0] > keys[:, 2]) | (
        (keys[:, 0] == keys[:, 2]) & ((keys[:, 1] > keys[:, 3]) | ((keys[:, 1] == keys[:, 3]) & (source > destination)))
    )
    return np.where(greater[:, None], swapped, keys)


def _swap_ports(word: int) -> int:
    return word >> 32 << 32 | (word & 0xFFFF) << 16 | word >> 16 & 0xFFFF


def distinct(keys: Keys) -> tuple[Ints, Ints]:
    """(row of the first occurrence, index into those for every row) of the distinct keys."""
    mixed = keys[:, 0] * _SPREAD[0]
    for place in range(1, 5):
        mixed += keys[:, place] * _SPREAD[place]
    # by hand, because np.unique sorts stably, which costs three times as much
    order = np.argsort(mixed)
    ranked = mixed[order]
    begins = np.ones(len(keys), np.bool_)
    np.not_equal(ranked[1:], ranked[:-1], out=begins[1:])
    inverse = np.empty(len(keys), np.int64)
    inverse[order] = np.cumsum(begins) - 1
    first = np.minimum.reduceat(order, np.flatnonzero(begins))
    if not np.array_equal(keys[first[inverse]], keys):
        # two keys with one hash: nobody sends that by accident, so it only has to be right, not fast
        _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        inverse = inverse.reshape(-1)
    return first, inverse


def host_text(kind: int, high: int, low: int) -> str:
    """An address in its usual spelling; "" for nobody."""
    if kind == IPV4:
        return f"{high >> 24}.{high >> 16 & 255}.{high >> 8 & 255}.{high & 255}"
    if kind == IPV6:
        return ip_text((high << 64 | low).to_bytes(16, "big"))
    if kind == MAC:
        return high.to_bytes(6, "big").hex(":")
    return ""
