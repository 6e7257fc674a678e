"""Checks of CONNECT and BIND: the reply, and the bytes that go through (RFC 1928 sections 4 and 6)."""

from workbench.api import CheckSkipped, Endpoint, Level
from workbench_socks5.checks.talk import Reply, Talk, check, expect, request_to
from workbench_socks5.seeds import greeting, password, request

__all__ = ["TUNNELS"]

_NOT_ALLOWED, _NO_NETWORK, _NO_COMMAND, _NO_ADDRESS_TYPE = 2, 3, 7, 8
_CONNECT, _BIND = 1, 2
_ALL_BYTES = bytes(range(256))
_LARGE = 256 * 1024
"""Bytes that no buffer between client and target holds at once."""


@check("RFC 1928 4")
def connect_to_an_address(talk: Talk) -> None:
    """CONNECT to an address opens a tunnel."""
    talk.tunnel().echoes(b"over the tunnel\r\n")


@check("RFC 1928 5")
def connect_to_a_name(talk: Talk) -> None:
    """CONNECT to a name opens a tunnel."""
    talk.tunnel(where=Endpoint("localhost", talk.target().port)).echoes(b"by name\r\n")


@check("RFC 1928 5")
def connect_to_an_ipv6_address(talk: Talk) -> None:
    """CONNECT to an IPv6 address opens a tunnel, or is refused by the rules or for want of IPv6."""
    where = talk.target("target6", "[::1]:7")
    reply = talk.ask(request_to(where))
    if "target6" in talk.peer.options:
        expect(reply.code in (0, _NOT_ALLOWED, _NO_NETWORK, _NO_ADDRESS_TYPE), "reply 0, 2, 3 or 8", reply)
    if reply.code == 0:
        talk.echoes(b"over IPv6\r\n")


@check("RFC 1928 6")
def the_reserved_byte_of_a_success(talk: Talk) -> None:
    """The reserved byte of a success is X'00' as well."""
    reply = talk.ask(request_to(talk.target()))
    expect(reply.reserved == 0, "reserved byte 0", reply.reserved)


@check("RFC 1928 6", Level.SHOULD)
def the_bound_port_is_told(talk: Talk) -> None:
    """BND.PORT of a success is the port that the server uses towards the target."""
    talk.negotiate()
    talk.send(request_to(talk.target()))
    reply = talk.reply()
    if reply.code:
        raise CheckSkipped(f"there is no tunnel ({reply}); give --option target=HOST:PORT")
    expect(reply.place.port != 0, "a port other than 0", reply)


@check("RFC 1928 4")
def request_byte_by_byte(talk: Talk) -> None:
    """A request that comes byte by byte is the same request."""
    talk.tunnel(bytewise=True).echoes(b"slowly asked\r\n")


@check("RFC 1928 6", Level.SHOULD)
def early_data_goes_through(talk: Talk) -> None:
    """Bytes behind the request belong to the tunnel."""
    talk.tunnel(b"not waiting for the reply\r\n").returns(b"not waiting for the reply\r\n")


@check("RFC 1928 3", Level.SHOULD)
def everything_at_once(talk: Talk) -> None:
    """Greeting, sub-negotiation and request may come in one segment."""
    talk.tunnel()  # skips where there is no target
    other = talk.again()
    credentials = [password(other.user, other.secret)] if other.user else []
    other.send(greeting(other.method), *credentials, request_to(other.target()))
    answers = other.read(4 if other.user else 2)
    expect(answers == bytes([5, other.method]) + b"\1\0" * bool(other.user), "all steps answered", answers)
    reply = other.reply()
    expect(reply.code == 0, "reply 0", reply)


@check("RFC 1928 6")
def all_bytes_go_through(talk: Talk) -> None:
    """All byte values go through unchanged."""
    talk.tunnel().echoes(_ALL_BYTES + _ALL_BYTES[::-1])


@check("RFC 1928 6")
def much_data_goes_through(talk: Talk) -> None:
    """Much data goes through whole and in order."""
    tunnel = talk.tunnel()
    for number in range(_LARGE // 8192):
        tunnel.echoes(number.to_bytes(2, "big") * 4096)


@check("RFC 1928 6")
def socks_inside_is_data(talk: Talk) -> None:
    """What looks like SOCKS inside a tunnel is only bytes."""
    talk.tunnel().echoes(greeting(0) + request(_CONNECT, "127.0.0.1", 1))


@check("RFC 1928 6")
def two_tunnels_do_not_mix(talk: Talk) -> None:
    """Two tunnels do not mix."""
    one, other = talk.tunnel(), talk.again().tunnel()
    one.send(b"first" * 100)
    other.echoes(b"other" * 100)
    one.returns(b"first" * 100)


@check("RFC 1928 6", Level.SHOULD)
def half_close_goes_through(talk: Talk) -> None:
    """What was sent before the client's end still comes back."""
    tunnel = talk.tunnel()
    tunnel.send(b"the last words")
    tunnel.peer.finish()
    tunnel.returns(b"the last words")
    expect(tunnel.closes(), "the end of the tunnel", "an open one")


@check("RFC 1928 6")
def a_silent_tunnel_stays(talk: Talk) -> None:
    """A tunnel that says nothing stays open."""
    tunnel = talk.tunnel()
    early = tunnel.silence()
    expect(not early and not tunnel.peer.ended, "a quiet open tunnel", early or "its end")
    tunnel.echoes(b"still here")


def _bound(talk: Talk) -> Reply:
    """The first reply to BIND; skips where the server has no BIND."""
    where = talk.target()
    talk.negotiate()
    talk.send(request(_BIND, where.host, 0))
    reply = talk.reply()
    if reply.code in (_NO_COMMAND, _NOT_ALLOWED):
        raise CheckSkipped(f"BIND is not served ({reply})")
    expect(reply.code == 0, "reply 0", reply)
    return reply


@check("RFC 1928 4")
def bind_tells_a_port(talk: Talk) -> None:
    """The first reply to BIND tells a port to call."""
    reply = _bound(talk)
    expect(reply.place.port != 0, "a port other than 0", reply)


@check("RFC 1928 4")
def bind_waits_for_a_caller(talk: Talk) -> None:
    """The second reply to BIND comes only when somebody called."""
    _bound(talk)
    early = talk.silence()
    expect(not early and not talk.peer.ended, "silence until somebody calls", early or "the end")


@check("RFC 1928 4")
def bind_connects_the_caller(talk: Talk) -> None:
    """The second reply to BIND names the caller, and then bytes go both ways."""
    from socket import create_connection

    if talk.peer.options.get("callers") != "yes":
        raise CheckSkipped("give --option callers=yes when the checks may call the addresses that BIND gives")
    reply = _bound(talk)
    host = talk.peer.host if reply.place.host in ("0.0.0.0", "::") else reply.place.host  # noqa: S104 - a reply's
    with create_connection((host, reply.place.port), 5) as caller:
        second = talk.reply()
        expect(second.code == 0, "reply 0", second)
        expect(second.place.port == caller.getsockname()[1], f"the caller's port {caller.getsockname()[1]}", second)
        caller.sendall(b"from the caller")
        talk.returns(b"from the caller")
        talk.send(b"to the caller")
        got = caller.recv(100)
        expect(got == b"to the caller", "the client's bytes", got)


TUNNELS = (
    connect_to_an_address,
    connect_to_a_name,
    connect_to_an_ipv6_address,
    the_reserved_byte_of_a_success,
    the_bound_port_is_told,
    request_byte_by_byte,
    early_data_goes_through,
    everything_at_once,
    all_bytes_go_through,
    much_data_goes_through,
    socks_inside_is_data,
    two_tunnels_do_not_mix,
    half_close_goes_through,
    a_silent_tunnel_stays,
    bind_tells_a_port,
    bind_waits_for_a_caller,
    bind_connects_the_caller,
)
