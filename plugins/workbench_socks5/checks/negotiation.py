"""Checks of the method negotiation (RFC 1928 section 3)."""

from workbench.api import Level
from workbench_socks5.checks.talk import Talk, check, expect, request_to
from workbench_socks5.names import METHODS
from workbench_socks5.seeds import greeting

__all__ = ["NEGOTIATION"]

_FF = b"\x05\xff"
_PRIVATE = 0xF3
"""A method of the private range: nobody knows it by accident."""


@check("RFC 1928 3")
def the_client_speaks_first(talk: Talk) -> None:
    """The server waits for the client's greeting before it says anything."""
    early = talk.silence()
    expect(not early, "silence", early)


@check("RFC 1928 3")
def a_method_is_selected(talk: Talk) -> None:
    """The server selects one of the methods that were offered."""
    answer = talk.select(talk.method)
    expect(answer == bytes([5, talk.method]), f"05 {talk.method:02x}", answer)


@check("RFC 1928 3")
def a_selection_is_two_bytes(talk: Talk) -> None:
    """The selection is two bytes long, and nothing follows by itself."""
    talk.select(talk.method)
    more = talk.silence()
    expect(not more, "nothing behind the selection", more)


@check("RFC 1928 3")
def the_last_method_counts(talk: Talk) -> None:
    """The order of the methods does not hide one."""
    answer = talk.select(_PRIVATE, 0x85, talk.method)
    expect(answer == bytes([5, talk.method]), f"05 {talk.method:02x}", answer)


@check("RFC 1928 3")
def a_greeting_may_offer_255_methods(talk: Talk) -> None:
    """A greeting may offer 255 methods."""
    others = [number for number in range(256) if number not in (talk.method, 0xFF, *range(3))]
    answer = talk.select(*[*others, *others][:254], talk.method)
    expect(answer == bytes([5, talk.method]), f"05 {talk.method:02x}", answer)


@check("RFC 1928 3")
def methods_may_repeat(talk: Talk) -> None:
    """A method that is offered twice is still offered."""
    answer = talk.select(talk.method, talk.method)
    expect(answer == bytes([5, talk.method]), f"05 {talk.method:02x}", answer)


@check("RFC 1928 3")
def no_acceptable_method(talk: Talk) -> None:
    """Without an acceptable method the server answers X'FF'."""
    answer = talk.select(_PRIVATE)
    expect(answer == _FF, "05 ff", answer)


@check("RFC 1928 3", Level.SHOULD)
def no_acceptable_method_ends(talk: Talk) -> None:
    """After X'FF' the connection is over; a server need not wait for the client to close it."""
    talk.select(_PRIVATE)
    expect(talk.closes(), "the end of the connection", "an open one")


@check("RFC 1928 3")
def nothing_is_served_without_method(talk: Talk) -> None:
    """A request behind X'FF' is not served."""
    talk.send(greeting(_PRIVATE), request_to(talk.target()))
    answer = talk.read(4)
    expect(answer[:2] == _FF and answer[2:4] != b"\5\0", "05 ff and no success behind it", answer)


@check("RFC 1928 3")
def only_offered_methods_are_selected(talk: Talk) -> None:
    """A method that was not offered is never selected."""
    answer = talk.select(METHODS["chap"])
    expect(answer in (_FF, bytes([5, METHODS["chap"]])), "05 ff or 05 03", answer)


@check("RFC 1928 3")
def a_greeting_without_methods(talk: Talk) -> None:
    """A greeting without methods leads to no authentication method."""
    answer = talk.select()
    expect(answer in (_FF, b""), "05 ff, or the end", answer)


@check("RFC 1928 3")
def another_version_is_not_served(talk: Talk) -> None:
    """VER is X'05': another version is not negotiated with."""
    talk.send(b"\x06" + greeting(talk.method)[1:])
    answer = talk.read(2)
    expect(answer in (_FF, b""), "no method for version 6", answer)


@check("RFC 1928 3")
def greeting_byte_by_byte(talk: Talk) -> None:
    """A greeting that comes byte by byte is the same greeting."""
    talk.send(greeting(_PRIVATE, talk.method), bytewise=True)
    answer = talk.read(2)
    expect(answer == bytes([5, talk.method]), f"05 {talk.method:02x}", answer)


@check("RFC 1928 3")
def half_a_greeting_is_not_answered(talk: Talk) -> None:
    """There is no answer before all methods were told."""
    talk.send(bytes([5, 3, talk.method]))
    early = talk.silence()
    expect(not early, "silence until all three methods are there", early)
    talk.send(bytes([_PRIVATE, 0x85]))
    answer = talk.read(2)
    expect(answer == bytes([5, talk.method]), f"05 {talk.method:02x}", answer)


@check("RFC 1928 3")
def a_cut_greeting_ends(talk: Talk) -> None:
    """A client that ends within its greeting gets no method, and the connection ends."""
    talk.send(b"\x05\x02")
    talk.peer.finish()
    answer = talk.read(2)
    expect(answer in (b"", _FF), "no method", answer)
    expect(talk.closes(), "the end of the connection", "an open one")


NEGOTIATION = (
    the_client_speaks_first,
    a_method_is_selected,
    a_selection_is_two_bytes,
    the_last_method_counts,
    a_greeting_may_offer_255_methods,
    methods_may_repeat,
    no_acceptable_method,
    no_acceptable_method_ends,
    nothing_is_served_without_method,
    only_offered_methods_are_selected,
    a_greeting_without_methods,
    another_version_is_not_served,
    greeting_byte_by_byte,
    half_a_greeting_is_not_answered,
    a_cut_greeting_ends,
)
