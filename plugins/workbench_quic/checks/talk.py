"""One QUIC connection with the target, packet by packet, as conformance cases hold it: nothing is retransmitted or corrected, and
everything can be said wrongly.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import urandom

from workbench.api import CheckFailed, CheckSkipped, Peer, varint
from workbench_quic.checks.building import DEFAULTS, Parameter, ack, crypto, parameters, read_parameters
from workbench_quic.checks.hello import Handshake
from workbench_quic.frame_items import Ack, Close, Crypto, Item
from workbench_quic.frame_types import Type, is_eliciting
from workbench_quic.frames import read_frames
from workbench_quic.keys import SUITES
from workbench_quic.levels import Level
from workbench_quic.numbers import whole_number
from workbench_quic.protection import TAG, Protection, initial_protection
from workbench_quic.varints import varint as number_at
from workbench_quic.versions import V1, V2, Kind, Version, version_of

__all__ = ["SMALLEST", "Received", "Talk", "connect", "greet"]

SMALLEST = 1200
"""Bytes of a datagram with a client's Initial packet, at least (RFC 9000 14.1)."""

ID_SIZE = 8
"""Bytes of our connection IDs; the first Destination Connection ID must have as many (RFC 9000 7.2)."""

ALPN = "hq-interop,h3,echo"
"""hq-interop first: its streams take anything, where HTTP/3 has rules of its own."""

_KINDS = {Kind.INITIAL: Level.INITIAL, Kind.HANDSHAKE: Level.HANDSHAKE}
_OF_LEVEL = {Level.INITIAL: Kind.INITIAL, Level.EARLY: Kind.EARLY, Level.HANDSHAKE: Kind.HANDSHAKE}
_LONG, _FIXED, _PHASE = 0x80, 0x40, 0x04
_NUMBER_SIZE, _LONGEST_NUMBER = 2, 4
SAMPLE_AT = 4
"""Bytes between the packet number and the sample (RFC 9001 5.4.2)."""
_RESERVED_AT = {True: 2, False: 3}
"""Where the reserved bits begin, in long headers and in short ones (RFC 9000 17.2, 17.3)."""


@dataclass(frozen=True, slots=True)
class Received:
    """A packet of the target. `datagram` counts from 0, `size` is that of the whole datagram, `peer` where it came to."""

    level: Level
    number: int
    items: tuple[Item, ...]
    datagram: int
    size: int
    source: bytes
    peer: Peer


class Talk:
    """See the module. `packets` has all that the target sent and we could open, `closed` its CONNECTION_CLOSE, `negotiated` the versions of
    its Version Negotiation (`negotiation`), `retries` its Retry packets, `datagrams` all that came. `original` is the connection ID that we
    made up for the server, `destination_first` the one it chose, `retry_source` that of its Retry; `generation` counts the server's key
    updates. Without `acknowledges` nothing is acknowledged, without `follows_retry` a Retry only changes what is said next."""

    def __init__(
        self,
        peer: Peer,
        *,
        version: int = 0,
        values: Mapping[int, int | bytes] | None = None,
        raw: bytes | None = None,
        alpn: Sequence[str] | None = None,
    ) -> None:
        """`values` replaces or adds transport parameters (b"" for those that are flags), `raw` is put in place of all of them."""
        options = peer.options
        self.peer = peer
        self.version = _version(version or {"1": V1, "2": V2}.get(options.get("version", "1"), V1))
        self.original = self.destination = urandom(ID_SIZE)
        self.source = urandom(ID_SIZE)
        self.destination_first = self.retry_source = b""
        self.token = b""
        self.packets: list[Received] = []
        self.datagrams: list[bytes] = []
        self.negotiated: list[int] = []
        self.negotiation = b""
        self.retries: list[bytes] = []
        self.closed: Close | None = None
        self.acknowledges = self.follows_retry = True
        self._following = False
        self.phase = self.generation = 0
        names = options.get("alpn", ALPN).split(",") if alpn is None else alpn
        said: dict[int, int | bytes] = {**DEFAULTS, Parameter.INITIAL_SOURCE: self.source, **(values or {})}
        self.tls = Handshake(
            names,
            options.get("name", peer.host),
            parameters(said.items()) if raw is None else raw.replace(b"%SOURCE%", self.source),
        )
        self._opening, self._sealing = {}, {}  # type: dict[Level, Protection], dict[Level, Protection]
        self._next = dict.fromkeys((Level.INITIAL, Level.HANDSHAKE, Level.ONE_RTT), 0)
        self._heard: dict[Level, set[int]] = {level: set() for level in self._next}
        self._owed: set[Level] = set()
        self._crypto_said = dict.fromkeys(self._next, 0)
        self._crypto: dict[Level, dict[int, bytes]] = {level: {} for level in self._next}
        self._crypto_at = dict.fromkeys(self._next, 0)
        self._hello = b""
        self._flight: list[tuple[bytes, int, int]] = []
        self._begin_keys()

    # saying

    def hello(self) -> bytes:
        """Our ClientHello; the same one each time."""
        if not self._hello:
            self._hello = self.tls.start()
        return self._hello

    def begin(self) -> None:
        """Send the first flight."""
        self.send(crypto(0, self.hello()), level=Level.INITIAL)

    def send(self, *frames: bytes, level: Level = Level.ONE_RTT) -> None:
        """A datagram of one packet with these frames, padded where the RFC wants it."""
        payload = b"".join(frames)
        self.peer.send(self.initial(payload) if level is Level.INITIAL else self.packet(payload, level))

    def initial(self, payload: bytes, size: int = SMALLEST, *, reserved: int = 0) -> bytes:
        """An Initial packet that fills a datagram of `size` bytes. Those of the first flight are said again after a Retry."""
        if not self.packets and not self._following:
            self._flight.append((payload, size, reserved))
        payload = payload.ljust(SAMPLE_AT - _NUMBER_SIZE, b"\0")
        packet = self.packet(payload, Level.INITIAL, reserved=reserved)
        if len(packet) >= size:
            return packet
        self._next[Level.INITIAL] -= 1
        return self.packet(payload + bytes(size - len(packet)), Level.INITIAL, reserved=reserved)

    def packet(
        self,
        payload: bytes,
        level: Level = Level.ONE_RTT,
        *,
        number: int | None = None,
        reserved: int = 0,
        fixed: bool = True,
        destination: bytes | None = None,
    ) -> bytes:
        """A protected packet. `reserved` are the two reserved bits, `number` its packet number where it is not the next one."""
        space = Level.ONE_RTT if level is Level.EARLY else level
        if number is None:
            number = self._next[space]
            self._next[space] += 1
        keys = self._sealing.get(level)
        if keys is None:
            raise CheckFailed(f"expected a handshake that comes to {level.name} packets, got {self.heard()}")
        size = (
            _NUMBER_SIZE if payload else _LONGEST_NUMBER
        )  # without a payload only the longest number leaves something to sample
        payload += bytes(max(0, SAMPLE_AT - len(payload) - size))  # PADDING (RFC 9001 5.4.2)
        tail = number.to_bytes(_LONGEST_NUMBER, "big")[-size:]
        whither = self.destination if destination is None else destination
        is_long = level is not Level.ONE_RTT
        first = _FIXED * fixed | reserved << _RESERVED_AT[is_long] | size - 1
        if not is_long:
            return keys.seal(bytes((first | _PHASE * self.phase,)) + whither + tail, number, payload)
        first |= _LONG | self.version.type_of(_OF_LEVEL[level]) << 4
        header = bytes((first,)) + self.version.number.to_bytes(4, "big") + _counted(whither) + _counted(self.source)
        if level is Level.INITIAL:
            header += varint(len(self.token)) + self.token
        length = size + len(payload) + TAG
        return keys.seal(header + (length | 0x4000).to_bytes(2, "big") + tail, number, payload)

    def update_keys(self) -> None:
        """Go on with the next generation of keys (RFC 9001 6)."""
        self._sealing[Level.ONE_RTT] = self._sealing[Level.ONE_RTT].next
        self.phase ^= 1

    @property
    def last_number(self) -> int:
        """The number of the packet that was sent last in 1-RTT."""
        return self._next[Level.ONE_RTT] - 1

    # hearing

    def until(self, condition: Callable[[], bool], patience_s: float | None = None) -> bool:
        """Listen, and acknowledge, until the condition is true; False when patience is over or nobody is there."""
        while not condition():
            if self.peer.ended:
                return False
            found = self.peer.receive_datagrams(patience_s=patience_s)
            if not found:
                return condition()
            self.hear(found, self.peer)
        return True

    def hear(self, datagrams: Iterable[bytes], peer: Peer) -> None:
        """Datagrams of the target that came to this peer."""
        for datagram in datagrams:
            self.datagrams.append(datagram)
            at = 0
            while at < len(datagram):
                at = self._packet(datagram, at, peer)
        self._answer()

    def items(self, *kinds: int, level: Level | None = None, since: int = 0) -> list[Item]:
        """The frames of these types that came so far, in packets from `since` on."""
        return [
            item
            for packet in self.packets[since:]
            if level in (None, packet.level)
            for item in packet.items
            if not kinds or item.kind in kinds
        ]

    def acknowledged(self, number: int) -> bool:
        """Whether the target has acknowledged a 1-RTT packet of ours."""
        acks = (item for item in self.items(Type.ACK, Type.ACK_ECN, level=Level.ONE_RTT) if isinstance(item, Ack))
        return any(low <= number <= high for item in acks for low, high in item.ranges)

    def heard(self) -> str:
        """What came, in short, for messages."""
        parts = [f"{packet.level.name} {packet.number}" for packet in self.packets[-4:]]
        if self.closed is not None:
            kind = "application's " if self.closed.frame_type is None else ""
            parts.append(f"the {kind}CONNECTION_CLOSE {self.closed.code:#x} {self.closed.reason.decode('ascii', 'replace')!r}")
        if self.negotiated:
            parts.append("Version Negotiation")
        if self.tls.failed:
            parts.append(f"a handshake that fails with {self.tls.failed}")
        return ", ".join(parts) or ("an unreachable port" if self.peer.ended else "nothing")

    @property
    def limits(self) -> dict[int, int]:
        """The numbers among the server's transport parameters."""
        sized = [(number, data) for number, data in self.given if data and len(data) == 1 << (data[0] >> 6)]
        return {number: number_at(data, 0)[0] for number, data in sized}

    @property
    def given(self) -> list[tuple[int, bytes]]:
        """The server's transport parameters. Raises CheckFailed where there are none, or broken ones."""
        data = self.tls.parameters
        if data is None:
            raise CheckFailed(f"expected transport parameters of the server (RFC 9001 8.2), got {self.heard()}")
        try:
            return read_parameters(data)
        except ValueError as error:
            raise CheckFailed(f"expected well-formed transport parameters, got {data.hex()}: {error}") from None

    def _begin_keys(self) -> None:
        client, server = initial_protection(self.version, self.destination)
        self._sealing[Level.INITIAL], self._opening[Level.INITIAL] = client, server

    def _packet(self, datagram: bytes, at: int, peer: Peer) -> int:
        """Take the packet at an offset; where the next one begins."""
        if not datagram[at] & _LONG:
            self._protected(datagram, at, at + 1 + len(self.source), len(datagram), Level.ONE_RTT, b"", peer)
            return len(datagram)
        try:
            return self._long(datagram, at, peer)
        except IndexError:  # rubbish of the target; what cases expect will be missing
            return len(datagram)

    def _long(self, datagram: bytes, start: int, peer: Peer) -> int:
        number = int.from_bytes(datagram[start + 1 : start + 5], "big")
        destination, at = _read_counted(datagram, start + 5)
        source, at = _read_counted(datagram, at)
        if number == 0:
            self.negotiation = datagram
            self.negotiated = [int.from_bytes(datagram[i : i + 4], "big") for i in range(at, len(datagram) - 3, 4)]
            return len(datagram)
        version = version_of(number)
        if version is None or destination != self.source:
            return len(datagram)
        kind = version.kinds[datagram[start] >> 4 & 3]
        if kind is Kind.RETRY:
            self._retry(datagram, at, source)
            return len(datagram)
        if kind is Kind.INITIAL:
            size, at = number_at(datagram, at)
            at += size
        length, at = number_at(datagram, at)
        end = min(at + length, len(datagram))
        if kind in _KINDS:
            if kind is Kind.INITIAL and version != self.version:  # a compatible version was chosen (RFC 9369 4)
                self.version = version
                self._begin_keys()
            self._protected(datagram, start, at, end, _KINDS[kind], source, peer)
        return end

    def _retry(self, datagram: bytes, at: int, source: bytes) -> None:
        self.retries.append(datagram)
        if len(self.retries) > 1 or self.packets:
            return  # RFC 9000 17.2.5.2: one, and only before anything else
        self.token, self.destination, self.retry_source = datagram[at:-TAG], source, source
        self._begin_keys()
        self._following = True
        for payload, size, reserved in self._flight if self.follows_retry else ():
            self.peer.send(self.initial(payload, size, reserved=reserved))
        self._following = False

    def _protected(self, data: bytes, start: int, at: int, end: int, level: Level, source: bytes, peer: Peer) -> None:
        keys = self._opening.get(level)
        found = keys.unmask(data, start, at) if keys is not None else None
        if keys is None or found is None:
            return
        heard = self._heard[level]
        number = whole_number(found.truncated, found.size, max(heard, default=-1))
        payload = keys.open(memoryview(data), start, at, end, found, number)
        if payload is None and level is Level.ONE_RTT:
            payload = keys.next.open(memoryview(data), start, at, end, found, number)
            if payload is not None:
                self._opening[level] = keys.next
                self.generation += 1
        if payload is None:
            return
        if level is Level.INITIAL and not heard and source:
            self.destination = self.destination_first = source  # RFC 9000 7.2
        heard.add(number)
        items = read_frames(payload, level, 0).items
        self.packets.append(Received(level, number, items, len(self.datagrams) - 1, len(data), source, peer))
        if is_eliciting(items):
            self._owed.add(level)
        for item in items:
            if isinstance(item, Close) and self.closed is None:
                self.closed = item
            elif isinstance(item, Crypto):
                self._crypto[level][item.offset] = item.data
        self._shake(level)

    def _shake(self, level: Level) -> None:
        """Give the handshake what of this level is in order, and say what it has to say."""
        waiting = self._crypto[level]
        while (found := next((each for each in waiting.items() if each[0] <= self._crypto_at[level]), None)) is not None:
            offset, data = found
            del waiting[offset]
            fresh = data[self._crypto_at[level] - offset :]
            self._crypto_at[level] += len(fresh)
            if not fresh or self.tls.failed:
                continue
            flights = self.tls.receive(fresh)
            self._take_secrets()
            for each, said in flights.items():
                offset = self._crypto_said[each]
                self._crypto_said[each] += len(said)
                self.send(crypto(offset, said), level=each)

    def _take_secrets(self) -> None:
        for level, sending, suite, secret in self.tls.secrets:
            keys = Protection(secret, SUITES[suite], self.version)
            (self._sealing if sending else self._opening)[level] = keys
        self.tls.secrets.clear()

    def _answer(self) -> None:
        """Acknowledge what asked for it."""
        owed, self._owed = sorted(self._owed), set()
        for level in owed if self.acknowledges and self.closed is None else ():
            if level in self._sealing:
                self.send(ack(self._heard[level]), level=level)


def connect(talk: Talk) -> Talk:
    """Go through the handshake until the server has confirmed it (RFC 9001 4.1.2)."""
    talk.begin()
    done = talk.until(
        lambda: talk.closed is not None or bool(talk.tls.failed) or (talk.tls.done and bool(talk.items(Type.HANDSHAKE_DONE)))
    )
    if talk.negotiated and not talk.packets:
        raise CheckSkipped(f"the target does not speak QUIC {talk.version.name}")
    if not done or talk.closed is not None or talk.tls.failed:
        raise CheckFailed(f"expected a handshake and HANDSHAKE_DONE, got {talk.heard()}")
    return talk


def greet(peer: Peer, **changes: Mapping[int, int | bytes]) -> Talk:
    """A connection, established; `values` as for `Talk`."""
    return connect(Talk(peer, **changes))  # type: ignore[arg-type]


def _version(number: int) -> Version:
    found = version_of(number)
    if found is None:
        raise CheckSkipped(f"version {number:#x} cannot be spoken")
    return found


def _counted(data: bytes) -> bytes:
    return bytes((len(data),)) + data


def _read_counted(data: bytes, at: int) -> tuple[bytes, int]:
    end = at + 1 + data[at]
    if end > len(data):
        raise IndexError
    return data[at + 1 : end], end
