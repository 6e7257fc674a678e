"""Every bound of what is remembered about connections, with its reason. Those of frames and streams stand where frames and streams are."""

__all__ = [
    "LONGEST_DATAGRAM",
    "MOST_BASES",
    "MOST_CONNECTIONS",
    "MOST_GENERATIONS_AHEAD",
    "MOST_HEARD",
    "MOST_HELLO",
    "MOST_IDS",
    "MOST_KEYS",
    "MOST_OFFERED",
    "MOST_RANDOMS",
    "MOST_ROUTES",
    "MOST_TOKENS",
    "MOST_WAITING",
    "SHORTEST_RESET",
    "SHORTEST_SHORT",
    "SHORTEST_WANDERING_ID",
]

LONGEST_DATAGRAM = 65_535
"""Bytes that the length of a UDP datagram can name (RFC 768)."""

SHORTEST_RESET = 21
"""Bytes of a Stateless Reset: five before the token (RFC 9000 10.3)."""

SHORTEST_SHORT = 21
"""The same of a packet with a short header and no connection ID: sample and number are 20 behind the first byte (RFC 9001 5.4.2)."""

MOST_HEARD = 256
"""Connections of one flow whose inner conversations are ended with it: of those before, everything that matters has ended."""

MOST_CONNECTIONS = 8_192
"""Connections of one capture that are followed; the one that was silent longest goes first. Each may hold some 20 KB of keys and IDs, so
that a flood of Initial packets takes less than 200 MB."""

MOST_IDS = 64
"""Connection IDs remembered of one side of a connection. Peers allow each other 2 to 8 active ones (RFC 9000 18.2); the others are retired,
and late packets may still bear them."""

MOST_ROUTES = 1_024
"""Connection IDs remembered by one flow (two endpoints) and direction. A client that keeps its port makes one or two
with each connection."""

SHORTEST_WANDERING_ID = 4
"""Bytes of a connection ID that is looked for in other flows: shorter ones meet by chance."""

MOST_TOKENS = 65_536
"""Stateless reset tokens of one capture; the oldest go first. Each belongs to a connection ID."""

MOST_WAITING = 256 * 1024 * 1024
"""Bytes that wait behind holes in all connections of a capture together; beyond, those that were silent longest are forgotten. Anybody can
write Initial packets with holes, so that connections times what each may keep would be gigabytes."""

MOST_BASES = 4
"""Connection IDs from which a connection's Initial keys may come: the first one, and one for each Retry that was seen."""

MOST_RANDOMS = 4
"""Client randoms of one connection: clients may make a new one after a Retry, and after each Version Negotiation."""

MOST_KEYS = 64
"""Protections derived for one connection and kept: levels, directions and versions are twelve; the rest are guesses at suites."""

MOST_GENERATIONS_AHEAD = 4
"""Key updates that may have been missed between two packets: each one more costs an authenticated decryption for every forged packet."""

MOST_HELLO = 64 * 1024
"""Bytes of a level's CRYPTO stream that are kept until its first messages are read: hellos with post-quantum keys take 2 to 10 KB."""

MOST_OFFERED = 64
"""Versions shown of one Version Negotiation packet: servers offer two to ten."""
