"""Checks of UDP ASSOCIATE (RFC 1928 section 7). Most need a UDP service that says back what it hears, and sockets of their own."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.api import CheckSkipped, Endpoint, Level
from workbench_socks5.checks.talk import QUIET_S, Reply, Talk, check, expect
from workbench_socks5.grammar import GRAMMARS, Kind, build
from workbench_socks5.names import COMMANDS
from workbench_socks5.presentation import host_of
from workbench_socks5.seeds import request
from workbench_socks5.session import address_fields

if TYPE_CHECKING:  # a plugin's import stays light
    import socket

__all__ = ["RELAYS"]

_NOT_ALLOWED, _NO_COMMAND = 2, 7
_ANY = "0.0.0.0"  # noqa: S104 - in a request: "I do not know yet"
_PATIENCE_S = 2.0


def _associated(talk: Talk) -> Reply:
    reply = talk.ask(request(COMMANDS["associate"], _ANY, 0))
    if reply.code in (_NO_COMMAND, _NOT_ALLOWED):
        raise CheckSkipped(f"UDP ASSOCIATE is not served ({reply})")
    expect(reply.code == 0, "reply 0", reply)
    return reply


@dataclass(frozen=True, slots=True)
class _Client:
    """A UDP socket, the relay it talks to, and the service behind that."""

    sock: "socket.socket"
    relay: tuple[str, int]
    service: Endpoint

    def send(self, payload: bytes, fragment: int = 0, *, reserved: int = 0) -> None:
        self.raw(
            build(
                Kind.DATAGRAM,
                {
                    "reserved": reserved,
                    "fragment_number": fragment,
                    "dstport": self.service.port,
                    "payload": payload,
                    **address_fields(self.service.host),
                },
            )
        )

    def raw(self, datagram: bytes) -> None:
        self.sock.sendto(datagram, self.relay)

    def receive(self, patience_s: float = _PATIENCE_S) -> bytes:
        """The next datagram, b"" when none comes."""
        self.sock.settimeout(patience_s)
        try:
            return self.sock.recv(65_536)
        except OSError:
            return b""

    def echoes(self, payload: bytes) -> None:
        self.send(payload)
        self.expect_payload(payload)

    def expect_payload(self, payload: bytes) -> None:
        back = self.receive()
        expect(back.endswith(payload) and len(back) > len(payload), f"{payload!r} behind a header", back)


@contextmanager
def _client(talk: Talk) -> Iterator[_Client]:
    import socket

    service = talk.needs("udp-target")
    reply = _associated(talk)
    host = talk.peer.host if reply.place.host in (_ANY, "::") else reply.place.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_DGRAM)) as sock:
        yield _Client(sock, (host, reply.place.port), service)


@check("RFC 1928 6")
def associate_tells_a_port(talk: Talk) -> None:
    """The reply to UDP ASSOCIATE tells the port of the relay."""
    reply = _associated(talk)
    expect(reply.place.port != 0, "a port other than 0", reply)


@check("RFC 1928 7")
def an_association_stays_open(talk: Talk) -> None:
    """The connection of an association stays open as long as the client wants it."""
    _associated(talk)
    early = talk.silence()
    expect(not early and not talk.peer.ended, "a quiet open connection", early or "its end")


@check("RFC 1928 7")
def an_association_ends_with_the_client(talk: Talk) -> None:
    """An association ends with its TCP connection."""
    _associated(talk)
    talk.peer.finish()
    expect(talk.closes(), "the end of the connection", "an open one")


@check("RFC 1928 7")
def datagrams_go_both_ways(talk: Talk) -> None:
    """Datagrams go to their destination and back."""
    with _client(talk) as client:
        client.echoes(b"there and back")


@check("RFC 1928 7")
def answers_name_the_remote_host(talk: Talk) -> None:
    """What comes back has a header with the remote host's address."""
    with _client(talk) as client:
        client.send(b"who are you")
        value = GRAMMARS[Kind.DATAGRAM].parse(client.receive().ljust(10, b"\xff"))
        expect(value.reserved == 0, "reserved bytes 0", value.reserved)
        expect(value.fragment_number == 0, "fragment number 0", value.fragment_number)
        found = Endpoint(host_of(value), value.dstport)
        expect(found == client.service, str(client.service), found)


@check("RFC 1928 7")
def an_empty_datagram(talk: Talk) -> None:
    """An empty datagram is a datagram."""
    with _client(talk) as client:
        client.send(b"")
        expect(len(client.receive()) == 10, "a header with nothing behind it", "none")


@check("RFC 1928 7", Level.SHOULD)
def a_large_datagram(talk: Talk) -> None:
    """A large datagram goes through whole."""
    with _client(talk) as client:
        client.echoes(bytes(range(256)) * 32)


@check("RFC 1928 7")
def a_datagram_to_a_name(talk: Talk) -> None:
    """A datagram to a name goes to the host of that name."""
    with _client(talk) as client:
        port = client.service.port.to_bytes(2, "big")
        client.raw(b"\0\0\0\3\x09localhost" + port + b"by name")
        client.expect_payload(b"by name")


@check("RFC 1928 7")
def a_lone_fragment_is_not_relayed(talk: Talk) -> None:
    """A lone fragment is not relayed: an implementation drops fragments, or waits for all of them."""
    with _client(talk) as client:
        client.send(b"a part", 1)
        back = client.receive(QUIET_S)
        expect(not back, "nothing", back)


@check("RFC 1928 7")
def fragments_are_whole_or_nothing(talk: Talk) -> None:
    """Fragments are put together, or dropped altogether."""
    with _client(talk) as client:
        client.send(b"one, ", 1)
        client.send(b"two", 0x82)
        back = client.receive(QUIET_S)
        expect(not back or back.endswith(b"one, two"), "both parts together, or nothing", back)


@check("RFC 1928 7")
def a_lower_fragment_begins_again(talk: Talk) -> None:
    """A fragment of a lower number begins a new sequence."""
    with _client(talk) as client:
        for payload, fragment in ((b"old ", 1), (b"older ", 2), (b"new ", 1), (b"sequence", 0x82)):
            client.send(payload, fragment)
        back = client.receive(QUIET_S)
        expect(not back or back[10:] == b"new sequence", "the new sequence alone, or nothing", back)


@check("RFC 1928 7")
def strangers_are_dropped(talk: Talk) -> None:
    """Datagrams from another address than the client's are dropped."""
    import socket

    with _client(talk) as client:
        client.echoes(b"the client itself")
        if not client.relay[0].startswith("127."):
            raise CheckSkipped("only on loopback have the checks a second address")
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as stranger:
            stranger.bind(("127.0.0.2", 0))
            _Client(stranger, client.relay, client.service).send(b"a stranger")
            back = _Client(stranger, client.relay, client.service).receive(QUIET_S)
        expect(not back and not client.receive(QUIET_S), "nothing for a stranger", back)


@check("RFC 1928 7")
def broken_datagrams_are_dropped(talk: Talk) -> None:
    """What cannot be relayed is dropped without a word, and the association goes on."""
    with _client(talk) as client:
        for datagram in (b"", b"\0", b"\0\0\0", b"\0\0\0\1\x7f", b"\0\0\0\x09\x7f\0\0\1\0\7x", b"\0\0\0\3\xffab"):
            client.raw(datagram)
        back = client.receive(QUIET_S)
        expect(not back, "nothing", back)
        client.echoes(b"still relaying")


@check("RFC 1928 7")
def nothing_is_relayed_after_the_end(talk: Talk) -> None:
    """After the TCP connection ended nothing is relayed any more."""
    with _client(talk) as client:
        client.echoes(b"while it lasts")
        talk.peer.finish()
        talk.closes()
        client.send(b"too late")
        back = client.receive(QUIET_S)
        expect(not back, "nothing", back)


RELAYS = (
    associate_tells_a_port,
    an_association_stays_open,
    an_association_ends_with_the_client,
    datagrams_go_both_ways,
    answers_name_the_remote_host,
    an_empty_datagram,
    a_large_datagram,
    a_datagram_to_a_name,
    a_lone_fragment_is_not_relayed,
    fragments_are_whole_or_nothing,
    a_lower_fragment_begins_again,
    strangers_are_dropped,
    broken_datagrams_are_dropped,
    nothing_is_relayed_after_the_end,
)
