"""One connection: the keys of each level and direction, packet numbers, key updates, and what the handshake told about it.

A role is who sent a packet: the client (`TO_SERVER`) or the server. Roles are not the directions of a flow, for a capture may mistake
those. Which packets belong to a connection is `connections`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from workbench.api import Direction, Secrets
from workbench_quic.hellos import CLIENT_HELLO, SERVER_HELLO, Hello, message_size, read_hello
from workbench_quic.keys import SUITES, Suite
from workbench_quic.levels import Level
from workbench_quic.limits import MOST_BASES, MOST_GENERATIONS_AHEAD, MOST_HELLO, MOST_KEYS, MOST_RANDOMS
from workbench_quic.measures import Measures
from workbench_quic.names import application_codes
from workbench_quic.numbers import whole_number
from workbench_quic.observed import SPACES
from workbench_quic.protection import Protection, Unmasked, initial_protection
from workbench_quic.rules import Rules
from workbench_quic.streams import CRYPTO_BYTES, CRYPTO_PIECES, Added, OrderedBytes, Streams
from workbench_quic.versions import Version

__all__ = ["CLIENT", "SERVER", "Connection", "Next", "Opened"]

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT

_LABELS = {
    (Level.EARLY, CLIENT): "CLIENT_EARLY_TRAFFIC_SECRET",
    (Level.HANDSHAKE, CLIENT): "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    (Level.HANDSHAKE, SERVER): "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    (Level.ONE_RTT, CLIENT): "CLIENT_TRAFFIC_SECRET_0",
    (Level.ONE_RTT, SERVER): "SERVER_TRAFFIC_SECRET_0",
}
"""In key logs. Servers have no early data."""

_PHASE = 0x04
"""Key Phase bit of a short header's first byte (RFC 9000 17.3.1)."""

_SPENT = Rules(), Measures(), (Streams(), Streams())
"""What connections have that are forgotten; nobody asks them any more."""


class Opened(NamedTuple):
    """A packet without its protection: the first byte, its whole number, in how many bytes that was sent, and the payload."""

    found: Unmasked
    number: int
    payload: bytes
    protection: Protection


Next = tuple[int, int, int, bytes]
"""The same of a packet that is the next one of its sender: the first byte without its mask, in how many bytes the number was sent, the
number and the payload. A plain tuple, for there is one for each packet."""


@dataclass(slots=True)
class _Generations:
    """The 1-RTT keys of one role. `lowest` is the first packet number of the current phase that was seen."""

    current: Protection
    phase: bool = False
    previous: Protection | None = None
    lowest: int = 0

    def others(self, phase: bool, number: int) -> Iterator[tuple[Protection, int]]:
        """Protections but the current one that a packet with this phase bit may have, and how many updates each is ahead (-1: it is late;
        RFC 9001 6.3, 6.5). Missed updates come in pairs where the phase is the current one."""
        differs = phase != self.phase
        before = self.previous if differs else None
        late = number < self.lowest
        if before is not None and late:
            yield before, -1
        ahead = self.current
        for updates in range(1, MOST_GENERATIONS_AHEAD + 1):
            ahead = ahead.next
            if updates % 2 == differs:
                yield ahead, updates
        if before is not None and not late:
            yield before, -1

    def update(self, protection: Protection, updates: int, number: int) -> None:
        """A packet authenticated with keys that are so many updates ahead."""
        self.previous = self.current if updates == 1 else None
        self.current = protection
        self.phase ^= updates % 2 == 1
        self.lowest = number


@dataclass(slots=True)
class _Crypto:
    """The CRYPTO data of one level and role. `begun` is what came of a message that is not whole yet, None once bytes were lost."""

    ordered: OrderedBytes = field(default_factory=lambda: OrderedBytes(CRYPTO_BYTES, pieces=CRYPTO_PIECES))
    begun: bytearray | None = field(default_factory=bytearray)


@dataclass(slots=True)
class Connection:
    """See the module. `number` counts connections of the capture from 0."""

    number: int
    secrets: Secrets
    bases: list[bytes]
    """Connection IDs that Initial keys may come from, the newest first."""
    version: Version | None
    """What the server's long headers bear, which is the version agreed on (RFC 9369 4.1); before it answered, what the client's do."""
    randoms: list[bytes] = field(default_factory=list)
    """Client randoms, the newest first."""
    offered: tuple[int, ...] = ()
    suite: int = 0
    alpn: str = ""
    name: str = ""
    rules: Rules = field(default_factory=Rules)
    measures: Measures = field(default_factory=Measures)
    streams: tuple[Streams, Streams] = field(default_factory=lambda: (Streams(), Streams()))
    """Those of each role."""
    home: int = -1
    """The flow (UDP stream) in which a packet was opened last."""
    counted: int = 0
    """What its capture last knew of `waiting`."""
    tried: bool = False
    """Whether the last packet that was to be opened met any key."""
    vain: int = 0
    """How many packets in a row were tried to end sooner, and did not."""
    forgotten: bool = False
    """Whether it was one too many; nothing is known of it any more."""
    answered: bool = False
    """Whether a packet of the server could be read."""
    _facts: dict[str, object] = field(default_factory=dict)
    """Made when somebody asks; {} after something was learnt."""
    _versions: dict[int, Version] = field(default_factory=dict)
    """Those of packets that were opened."""
    _largest: list[list[int]] = field(default_factory=lambda: [[-1, -1, -1], [-1, -1, -1]])
    _initial: dict[tuple[int, bytes], tuple[Protection, Protection]] = field(default_factory=dict)
    _proven: dict[tuple[Level, Direction, int], Protection] = field(default_factory=dict)
    _tried: dict[tuple[bytes, int, int], Protection] = field(default_factory=dict)
    _generations: list[_Generations | None] = field(default_factory=lambda: [None, None])
    _crypto: dict[tuple[Level, Direction], _Crypto] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """Bytes (with their costs) that wait behind holes in its streams and its CRYPTO data."""
        up, down = self.streams
        return up.cost + down.cost + sum(known.ordered.cost for known in self._crypto.values())

    @property
    def original(self) -> bytes:
        """The first Destination Connection ID of the client."""
        return self.bases[-1]

    def open(self, role: Direction, level: Level, version: Version | None, packet: bytes, number_at: int) -> Opened | None:
        """A packet of a role with a long header, without its protection; None where no key is known, or none fits.

        `version` is what its header says, `number_at` where its number is.
        """
        self.tried = False
        if version is None:
            return None
        known = self._proven.get((level, role, version.number))
        if known is not None:
            opened = self._try(known, role, level, packet, number_at)
            if opened is not None:
                return opened
        for protection in self._candidates(role, level, version):
            if protection is not known:
                opened = self._try(protection, role, level, packet, number_at)
                if opened is not None:
                    self._proven[level, role, version.number] = protection
                    return opened
        return None

    def _try(self, protection: Protection, role: Direction, level: Level, packet: bytes, number_at: int) -> Opened | None:
        self.tried = True
        found = protection.unmask(packet, 0, number_at)
        if found is None:
            return None
        largest = self._largest[role]
        space = SPACES[level]
        number = whole_number(found.truncated, found.size, largest[space])
        payload = protection.open(memoryview(packet), 0, number_at, len(packet), found, number)
        if payload is None:
            return None
        if number > largest[space]:
            largest[space] = number
        return Opened(found, number, payload, protection)

    def open_short(self, role: Direction, packet: bytes, number_at: int) -> Opened | None:
        """The same for a packet with a short header."""
        known = self._generations[role]
        if known is None:
            return self._open_first_short(role, packet, number_at)
        self.tried = True
        current = known.current
        found = current.unmask(packet, 0, number_at)
        if found is None:
            return None
        first, truncated, size = found
        largest = self._largest[role]
        number = whole_number(truncated, size, largest[2])
        view = memoryview(packet)
        end = len(packet)
        payload = None
        protection, updates = current, 0
        if (first & _PHASE > 0) == known.phase:
            payload = current.open(view, 0, number_at, end, found, number)
        if payload is None:
            for other, ahead in known.others(first & _PHASE > 0, number):
                payload = other.open(view, 0, number_at, end, found, number)
                if payload is not None:
                    protection, updates = other, ahead
                    break
            else:
                return None
        if updates > 0:
            known.update(protection, updates, number)
        if number > largest[2]:
            largest[2] = number
        return Opened(found, number, payload, protection)

    def open_next(self, role: Direction, packet: bytes, number_at: int) -> Next | None:
        """`open_short` where the packet is the next one of its sender, in the same key phase; None, and nothing done, elsewhere."""
        known = self._generations[role]
        if known is None:
            return None
        largest = self._largest[role]
        number = largest[2] + 1
        opened = known.current.open_next(packet, number_at, number, known.phase * _PHASE)
        if opened is None:
            return None
        self.tried = True
        largest[2] = number
        first, size, payload = opened
        return first, size, number, payload

    def reads(self, role: Direction) -> bool:
        """Whether packets with short headers of this role were opened before."""
        return self._generations[role] is not None

    def _open_first_short(self, role: Direction, packet: bytes, number_at: int) -> Opened | None:
        """The first 1-RTT packet of a role for which a secret is known: it tells which suite it is."""
        self.tried = False
        if self.version is None:
            return None
        for protection in self._candidates(role, Level.ONE_RTT, self.version):
            self._generations[role] = _Generations(protection)
            opened = self.open_short(role, packet, number_at)
            if opened is not None:
                return opened
        self._generations[role] = None
        return None

    def _candidates(self, role: Direction, level: Level, version: Version) -> Iterator[Protection]:
        """Protections that packets of a level may have, the likeliest first."""
        if level is Level.INITIAL:
            # some clients go on with the keys of the version that they began with when the server has chosen another one
            others = (one for one in self._versions.values() if one is not version)
            for one in (version, *others):
                yield from (self._initial_pair(one, base)[role] for base in self.bases)
        label = _LABELS.get((level, role))
        if label is None:
            return
        for random in self.randoms:
            secret = self.secrets.find(label, random)
            if secret is not None:
                for suite in self._suites(len(secret), level):
                    yield self._protection(secret, suite, version)

    def _initial_pair(self, version: Version, base: bytes) -> tuple[Protection, Protection]:
        pair = self._initial.get((version.number, base))
        if pair is None:
            pair = self._initial[version.number, base] = initial_protection(version, base)
        return pair

    def _protection(self, secret: bytes, suite: Suite, version: Version) -> Protection:
        key = secret, suite.number, version.number
        known = self._tried.get(key)
        if known is None:
            if len(self._tried) >= MOST_KEYS:
                self._tried.clear()
            known = self._tried[key] = Protection(secret, suite, version)
        return known

    def _suites(self, size: int, level: Level) -> Iterable[Suite]:
        """Suites with secrets of that size: the one agreed on; else those offered; else all."""
        if self.suite and level is not Level.EARLY:
            numbers: Iterable[int] = (self.suite,)
        else:
            # early data go on with the suite of the session before (RFC 8446 4.2.11), which this handshake need not choose
            numbers = [number for number in self.offered if number in SUITES] or SUITES
        return [suite for suite in map(SUITES.get, numbers) if suite is not None and suite.secret == size]

    def speaks(self, role: Direction, version: Version) -> None:
        """The long header of a packet that was opened bore this version."""
        self._versions[version.number] = version
        if role is SERVER or not self.answered:
            self.version = version
            self._facts = {}
            self.answered = role is SERVER

    def retried(self, base: bytes) -> None:
        """The server sent a Retry: Initial keys come from its connection ID from now on, and the client begins again."""
        if base not in self.bases:
            self.based_on(base)
        self.begin_again()

    def based_on(self, base: bytes) -> None:
        """Initial keys may come from this connection ID, too. The first one stays: tags of Retry packets are about it."""
        self.bases = [base, *self.bases[:-1][: MOST_BASES - 2], self.original]
        self._initial = {key: pair for key, pair in self._initial.items() if key[1] in self.bases}

    def forget(self) -> None:
        """Let go of everything that takes memory."""
        self.forgotten = True
        self.randoms = []
        self.rules, self.measures, self.streams = _SPENT
        self._initial.clear()
        self._proven.clear()
        self._tried.clear()
        self._crypto.clear()
        self._generations = [None, None]

    def begin_again(self) -> None:
        """Retry or Version Negotiation: the client's first flight comes once more, perhaps another one."""
        for role in (CLIENT, SERVER):
            self._crypto.pop((Level.INITIAL, role), None)
        self._proven = {key: value for key, value in self._proven.items() if key[0] is not Level.INITIAL}

    def crypto(self, role: Direction, level: Level, offset: int, data: bytes) -> tuple[Added, tuple[Hello, ...]]:
        """A CRYPTO frame: what has become readable of its level, and the messages among that which matter here."""
        known = self._crypto.get((level, role))
        if known is None:
            known = self._crypto[level, role] = _Crypto()
        added = known.ordered.add(offset, data)
        hellos: list[Hello] = []
        for run in added.runs:
            if run.gap:
                known.begun = None
            if known.begun is not None and level is not Level.ONE_RTT:
                known.begun += run.data
                hellos += self._read(role, known)
        return added, tuple(hellos)

    def finish_crypto(self, role: Direction) -> Iterator[tuple[Level, Added]]:
        """No more packets of a role will come: what waited behind holes in the CRYPTO data of each level."""
        for (level, owner), known in self._crypto.items():
            if owner is role:
                yield level, known.ordered.finish()

    def _read(self, role: Direction, known: _Crypto) -> Iterator[Hello]:
        begun = known.begun
        while begun:
            size = message_size(begun)
            if size > MOST_HELLO or len(begun) > MOST_HELLO:
                known.begun = None
                return
            if not size or len(begun) < size:
                return
            hello = read_hello(bytes(begun[:size]))
            del begun[:size]
            if hello is not None:
                self._learn(role, hello)
                yield hello

    def _learn(self, role: Direction, hello: Hello) -> None:
        if hello.parameters:
            self.rules.parameters(role, hello.parameters)
            self.measures.parameters(role, hello.parameters)
        if hello.kind == CLIENT_HELLO and role is CLIENT:
            if hello.random not in self.randoms:
                self.randoms = [hello.random, *self.randoms[: MOST_RANDOMS - 1]]
            self.offered = hello.suites
            self.name = hello.name.decode("ascii", "backslashreplace")
            if not self.alpn:
                self.alpn = hello.alpn.decode("utf-8", "backslashreplace")
        elif hello.kind == SERVER_HELLO and role is SERVER:
            if not hello.retry:
                self.suite = hello.suites[0]
        elif role is SERVER and hello.alpn:
            self.alpn = hello.alpn.decode("utf-8", "backslashreplace")
        self.rules.codes = application_codes(self.alpn)
        self._facts = {}

    @property
    def facts(self) -> dict[str, object]:
        """What the protocols inside get to know."""
        if not self._facts:
            version = f"QUIC {self.version.name}" if self.version is not None else ""
            self._facts = {"alpn": self.alpn, "sni": self.name, "version": version, "connection": self.number}
        return self._facts
