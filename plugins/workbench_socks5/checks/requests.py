"""Checks of requests and replies that end in a failure, and of the form of replies (RFC 1928 sections 4 to 6)."""

from workbench.api import CheckSkipped, Level
from workbench_socks5.checks.talk import DENIED, Reply, Talk, check, expect, request_to
from workbench_socks5.seeds import request

__all__ = ["REQUESTS"]

_REFUSED, _NOT_ALLOWED, _NO_COMMAND, _NO_ADDRESS_TYPE = 5, 2, 7, 8
_CONNECT = 1


def _fails(talk: Talk, data: bytes, code: int | None = None) -> Reply:
    reply = talk.ask(data)
    expect(reply.code == code if code is not None else reply.code != 0, f"reply {code if code else 'other than 0'}", reply)
    return reply


def _unreachable(talk: Talk) -> bytes:
    """A request that fails: where nobody listens, or where nobody may go."""
    return request_to(talk.target("closed", talk.peer.options.get("denied", DENIED)))


def _unserved(talk: Talk, data: bytes) -> None:
    """There may be a failure, or the end; success must not be."""
    talk.negotiate()
    talk.send(data)
    talk.peer.finish()
    answer = talk.read(2)
    expect(answer[:2] != b"\5\0", "no success", answer)


@check("RFC 1928 6")
def an_unknown_command(talk: Talk) -> None:
    """An unknown command is answered with X'07'."""
    _fails(talk, request(9, "127.0.0.1", 80), _NO_COMMAND)


@check("RFC 1928 6")
def command_zero(talk: Talk) -> None:
    """Command 0 is answered with X'07'."""
    _fails(talk, request(0, "127.0.0.1", 80), _NO_COMMAND)


@check("RFC 1928 6")
def command_255(talk: Talk) -> None:
    """Command 255 is answered with X'07'."""
    _fails(talk, request(255, "127.0.0.1", 80), _NO_COMMAND)


@check("RFC 1928 6")
def a_failure_ends(talk: Talk) -> None:
    """After a failure the server MUST end the connection within ten seconds."""
    _fails(talk, _unreachable(talk))
    expect(talk.closes(), "the end of the connection", "an open one after ten seconds")


@check("RFC 1928 6")
def an_unknown_address_type(talk: Talk) -> None:
    """An unknown address type is answered with X'08'."""
    _fails(talk, b"\5\1\0\x09" + b"\x7f\0\0\1\0\x50", _NO_ADDRESS_TYPE)


@check("RFC 1928 6")
def address_type_zero(talk: Talk) -> None:
    """Address type 0 is answered with X'08'."""
    _fails(talk, b"\5\1\0\0" + b"\x7f\0\0\1\0\x50", _NO_ADDRESS_TYPE)


@check("RFC 1928 6")
def address_type_two(talk: Talk) -> None:
    """Address type 2, the gap between 1 and 3, is answered with X'08'."""
    _fails(talk, b"\5\1\0\2" + b"\x7f\0\0\1\0\x50", _NO_ADDRESS_TYPE)


@check("RFC 1928 6")
def the_reserved_byte_is_zero(talk: Talk) -> None:
    """The reserved byte of a reply MUST be X'00'."""
    reply = _fails(talk, _unreachable(talk))
    expect(reply.reserved == 0, "reserved byte 0", reply.reserved)


@check("RFC 1928 4")
def a_request_of_another_version(talk: Talk) -> None:
    """A request of another version is not served."""
    _unserved(talk, b"\4" + request_to(talk.target())[1:])


@check("RFC 1928 4")
def a_cut_request(talk: Talk) -> None:
    """A request that is cut off is not served."""
    _unserved(talk, request_to(talk.target())[:-1])


@check("RFC 1928 4")
def a_cut_request_ends(talk: Talk) -> None:
    """A client that ends within its request finds the connection ended."""
    _unserved(talk, request_to(talk.target())[:-3])
    expect(talk.closes(), "the end of the connection", "an open one")


@check("RFC 1928 4")
def half_a_request_is_not_answered(talk: Talk) -> None:
    """There is no reply before the request is whole."""
    data = request_to(talk.target())
    talk.negotiate()
    talk.send(data[:-1])
    early = talk.silence()
    expect(not early, "silence until the last byte", early)
    talk.send(data[-1:])
    talk.reply()


@check("RFC 1928 5")
def an_empty_name_in_a_request(talk: Talk) -> None:
    """A name of length 0 leads nowhere."""
    _fails(talk, request(_CONNECT, b"", 80))


@check("RFC 1928 5")
def the_longest_name(talk: Talk) -> None:
    """A name may have 255 bytes."""
    name = b".".join([b"a" * 50] * 4 + [b"b" * 43, b"invalid"])
    reply = talk.ask(request(_CONNECT, name, 80))
    expect(reply.code != 0 or "target" not in talk.peer.options, "reply other than 0", reply)  # in memory every name is known


@check("RFC 1928 5")
def an_unknown_name(talk: Talk) -> None:
    """A name that nobody has leads nowhere."""
    if "target" not in talk.peer.options:
        raise CheckSkipped("in memory every name is this machine; give --option target=HOST:PORT for a real one")
    _fails(talk, request(_CONNECT, b"no-such-host.invalid", 80))


@check("RFC 1928 5")
def a_name_with_a_zero_byte(talk: Talk) -> None:
    """A name with a zero byte is no other name."""
    _fails(talk, request(_CONNECT, b"localhost\0.invalid", 80))


@check("RFC 1928 6")
def a_refused_connection(talk: Talk) -> None:
    """A port where nobody listens is answered with X'05'."""
    _fails(talk, request_to(talk.needs("closed")), _REFUSED)


@check("RFC 1928 6")
def a_forbidden_destination(talk: Talk) -> None:
    """A destination that the rules forbid is answered with X'02'."""
    talk.negotiate()
    talk.send(request_to(talk.target("denied", DENIED)))
    if "denied" not in talk.peer.options:
        answer = talk.read(2)
        if answer != b"\5\2":
            raise CheckSkipped("the proxy's rules are not known; give --option denied=HOST:PORT")
        return
    reply = talk.reply()
    expect(reply.code == _NOT_ALLOWED, "reply 2", reply)


@check("RFC 1928 6")
def a_failure_is_a_whole_reply(talk: Talk) -> None:
    """A reply to a failure is whole, address and port included."""
    _fails(talk, _unreachable(talk))
    more = talk.silence()
    expect(not more, "nothing behind the reply", more)


@check("RFC 1928 4", Level.SHOULD)
def a_reserved_byte_in_a_request(talk: Talk) -> None:
    """A reserved byte other than X'00' does not make a request a different one."""
    data = bytearray(request_to(talk.target()))
    data[2] = 0x7F
    talk.ask(bytes(data))


REQUESTS = (
    an_unknown_command,
    command_zero,
    command_255,
    a_failure_ends,
    an_unknown_address_type,
    address_type_zero,
    address_type_two,
    the_reserved_byte_is_zero,
    a_request_of_another_version,
    a_cut_request,
    a_cut_request_ends,
    half_a_request_is_not_answered,
    an_empty_name_in_a_request,
    the_longest_name,
    an_unknown_name,
    a_name_with_a_zero_byte,
    a_refused_connection,
    a_forbidden_destination,
    a_failure_is_a_whole_reply,
    a_reserved_byte_in_a_request,
)
