"""How checks talk to a proxy: negotiated connections, whole replies, and verdicts that say what was expected."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.api import Check, CheckFailed, CheckSkipped, Endpoint, FrameError, Level, Peer
from workbench_socks5.grammar import GRAMMARS, Kind, frame
from workbench_socks5.names import COMMANDS, METHODS, REPLY_TEXTS
from workbench_socks5.presentation import host_of
from workbench_socks5.seeds import greeting, password, request
from workbench_socks5.session import is_address

__all__ = ["Reply", "Talk", "check", "expect", "place", "request_to"]

TARGET = "127.0.0.1:7"
"""The echo service (RFC 862) of this machine; in memory every address says back what it hears."""
DENIED = "192.0.2.1:80"
"""TEST-NET-1 (RFC 5737): no proxy that is open to loopback only will go there."""
QUIET_S = 0.5
"""How long silence is listened to where nothing may come."""
CLOSE_S = 10.0
"""RFC 1928 section 6: a failed connection ends within ten seconds."""


def check(section: str, level: Level = Level.MUST) -> Callable[[Callable[["Talk"], None]], Check]:
    """Make a check of a function: its name, with dashes, and its docstring, which is the rule."""

    def made(function: Callable[["Talk"], None]) -> Check:
        name = function.__name__.replace("_", "-")
        rule = (function.__doc__ or "").rstrip(".")
        return Check(name=name, section=section, rule=rule, run=lambda peer: function(Talk(peer)), level=level)

    return made


def expect(right: bool, expected: str, got: object) -> None:
    """Raise `CheckFailed` unless it is right."""
    if not right:
        raise CheckFailed(f"expected {expected}, got {got.hex(' ') or 'nothing' if isinstance(got, bytes) else got}")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply of RFC 1928 section 6."""

    code: int
    reserved: int
    place: Endpoint

    def __str__(self) -> str:
        return f"reply {self.code} ({REPLY_TEXTS.get(self.code, 'unassigned')}), {self.place}"


class Talk:
    """One connection of a check. What was read but not used yet stays in `rest`."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.rest = b""

    def again(self) -> "Talk":
        """Another connection."""
        return Talk(self.peer.again())

    @property
    def user(self) -> bytes:
        """The user name, b"" where the proxy asks nobody."""
        return self.peer.options.get("user", "").encode()

    @property
    def secret(self) -> bytes:
        return self.peer.options.get("password", "").encode()

    @property
    def method(self) -> int:
        """What this proxy is expected to choose."""
        return METHODS["password"] if self.user else METHODS["none"]

    def needs_user(self) -> None:
        """Skip the check where the proxy has no users."""
        if not self.user:
            raise CheckSkipped("the proxy asks for no password (--option user=… --option password=…)")

    def send(self, *data: bytes, bytewise: bool = False) -> None:
        """Send all at once, or byte by byte."""
        whole = b"".join(data)
        for piece in (whole[at : at + 1] for at in range(len(whole))) if bytewise else (whole,):
            self.peer.send(piece)

    def read(self, size: int, patience_s: float | None = None) -> bytes:
        """So many bytes; fewer where the proxy ended or says no more."""
        while len(self.rest) < size and not self.peer.ended:
            wanted = size - len(self.rest)
            more = self.peer.receive(lambda data, wanted=wanted: len(data) >= wanted, patience_s)  # type: ignore[misc]
            if not more:
                break
            self.rest += more
        found, self.rest = self.rest[:size], self.rest[size:]
        return found

    def silence(self) -> bytes:
        """What comes although nothing should; b"" after a moment of quiet."""
        return self.read(1, QUIET_S)

    def closes(self) -> bool:
        """Whether the proxy ends the connection in the time that RFC 1928 section 6 gives it."""
        while not self.peer.ended and self.peer.receive(lambda _: False, CLOSE_S):
            pass
        return self.peer.ended

    def select(self, *methods: int) -> bytes:
        """Greet, and give the proxy's answer."""
        self.send(greeting(*methods))
        return self.read(2)

    def negotiate(self) -> None:
        """Up to where a request is due."""
        chosen = self.select(self.method)
        expect(chosen == bytes([5, self.method]), f"method {self.method}", chosen)
        if self.user:
            self.send(password(self.user, self.secret))
            status = self.read(2)
            expect(status == b"\1\0", "the password accepted", status)

    def reply(self, patience_s: float | None = None) -> Reply:
        """The next reply, which has to be whole."""
        head = self.read(5, patience_s)
        expect(len(head) == 5, "a reply", head)
        try:
            size = frame(Kind.REPLY, head + bytes(300))
        except FrameError as error:
            raise CheckFailed(f"expected a reply with an address, got {head.hex(' ')}: {error.message}") from None
        assert size is not None
        data = head + self.read(size - 5)
        expect(len(data) == size, f"a reply of {size} bytes", data)
        value: Any = GRAMMARS[Kind.REPLY].parse(data)
        expect(value.version == 5, "version 5 in the reply", value.version)
        return Reply(data[1], value.reserved, Endpoint(host_of(value), value.port))

    def ask(self, *data: bytes, bytewise: bool = False) -> Reply:
        """Negotiate, send a request and read its reply."""
        self.negotiate()
        self.send(*data, bytewise=bytewise)
        return self.reply()

    def target(self, option: str = "target", default: str = TARGET) -> Endpoint:
        """A place that the user named."""
        return place(self.peer.options.get(option, default), option)

    def needs(self, option: str, default: str = "") -> Endpoint:
        """The same, skipping the check where it was not named."""
        if not self.peer.options.get(option, default):
            raise CheckSkipped(f"give one with --option {option}=HOST:PORT")
        return self.target(option, default)

    def tunnel(self, *early: bytes, bytewise: bool = False, where: Endpoint | None = None) -> "Talk":
        """A tunnel to the echo service; skips where there is none and nobody said where."""
        reply = self.ask(request_to(where or self.target()), *early, bytewise=bytewise)
        if reply.code and "target" not in self.peer.options:
            raise CheckSkipped(f"nobody says back at {TARGET} ({reply}); give --option target=HOST:PORT")
        expect(reply.code == 0, "reply 0", reply)
        return self

    def echoes(self, data: bytes) -> None:
        """What goes into the tunnel comes back."""
        self.send(data)
        self.returns(data)

    def returns(self, data: bytes) -> None:
        """These bytes come next."""
        back = self.read(len(data))
        same = next((at for at, (one, other) in enumerate(zip(data, back, strict=False)) if one != other), len(back))
        expect(back == data, f"{len(data)} bytes back", f"{len(back)} bytes, of which the first {same} are right")


def place(text: str, option: str = "") -> Endpoint:
    """HOST:PORT as a user types it."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit():
        raise CheckSkipped(f"{option}={text} is not HOST:PORT")
    return Endpoint(host.strip("[]"), int(port))


def request_to(where: Endpoint, command: str = "connect") -> bytes:
    """A request for a place, by address or by name."""
    host = where.host if is_address(where.host) else where.host.encode()
    return request(COMMANDS[command], host, where.port)
