"""Cases about clients that cost more than they give (RFC 9113 10.5). The RFC leaves the limits to servers, so these are SHOULDs: the target
sets bounds, and says so with ENHANCE_YOUR_CALM or by hanging up."""

from collections.abc import Callable

from workbench.api import CheckFailed, Peer
from workbench_http2.checks.literals import block, indexed, literal
from workbench_http2.checks.talk import Talk, greet
from workbench_http2.checks.verdicts import case, expect_alive, should
from workbench_http2.server_frames import (
    END_HEADERS,
    END_STREAM,
    ErrorCode,
    FrameType,
    SettingId,
    build,
    rst_stream,
    settings,
    window_update,
)

__all__ = ["CHECKS"]

ROUNDS = 20_000
"""Frames of a flood: ten times what any client has reason to send at once."""

AT_ONCE = 500
"""Frames between two looks at what came back."""


def _flood(one: Callable[[Talk, int], bytes], first: Callable[[Talk], bytes] = lambda _: b"") -> Callable[[Peer], None]:
    """After `first`, `one(talk, number)` again and again, until the target has had enough."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        talk.send(first(talk))
        for start in range(0, ROUNDS, AT_ONCE):
            talk.send(*(one(talk, number) for number in range(start, start + AT_ONCE)))
            if talk.until(lambda: peer.ended or bool(talk.all(FrameType.GOAWAY)), 0.0):
                return
        if not talk.until(lambda: peer.ended or bool(talk.all(FrameType.GOAWAY))) and not peer.ended:
            raise CheckFailed(f"expected an end within {ROUNDS} frames, got {talk.heard()}")

    return run


def _refused(*parts: Callable[[Talk], bytes]) -> Callable[[Peer], None]:
    """What was said on stream 1 must not be served, however it is refused."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        talk.send(*(part(talk) for part in parts))
        talk.until(lambda: talk.over(1) or bool(talk.all(FrameType.GOAWAY)))
        answer = talk.answer(1)
        if not (peer.ended or talk.all(FrameType.GOAWAY) or answer.reset is not None or 400 <= answer.status < 500):
            raise CheckFailed(f"expected a refusal, got status {answer.status}; {talk.heard()}")

    return run


def _bomb(talk: Talk) -> bytes:
    """A request whose block of 8 kB refers four thousand times to an entry of 4 kB."""
    entry = literal(b"x-bomb", b"b" * 4000, pattern=0x40)
    return build(FrameType.HEADERS, END_HEADERS | END_STREAM, 1, block(talk.fields()) + entry + indexed(62) * 4000)


def _large_list(talk: Talk) -> bytes:
    """A request with 240 kB of fields."""
    large = block([*talk.fields(), *((b"x-large-%d" % number, b"v" * 4000) for number in range(60))])
    first, *others = [large[start : start + 16_384] for start in range(0, len(large), 16_384)]
    frames = [build(FrameType.CONTINUATION, 0, 1, part) for part in others[:-1]]
    return b"".join(
        (build(FrameType.HEADERS, END_STREAM, 1, first), *frames, build(FrameType.CONTINUATION, END_HEADERS, 1, others[-1]))
    )


def _many_requests(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(window_update(0, 2**30))
    for start in range(0, 300, 50):
        numbers = [2 * number + 1 for number in range(start, start + 50)]
        talk.send(*(talk.request(number) for number in numbers))
        talk.until_over(*numbers)
        lost = [number for number in numbers if not talk.answer(number).ended]
        if lost:
            raise CheckFailed(f"expected responses to 50 requests at once, {len(lost)} did not come; {talk.heard()}")
    expect_alive(talk)


def _reset(talk: Talk, number: int) -> bytes:
    return talk.request(2 * number + 1) + rst_stream(2 * number + 1, ErrorCode.CANCEL)


def _bad_request(talk: Talk, number: int) -> bytes:
    return talk.request(2 * number + 1, extra=[(b"X-Upper", b"1")])


def _setting(_: Talk, number: int) -> bytes:
    return settings([(SettingId.MAX_CONCURRENT_STREAMS, number)])


def _ping(_: Talk, number: int) -> bytes:
    return build(FrameType.PING, 0, 0, number.to_bytes(8, "big"))


def _empty(kind: FrameType) -> Callable[[Talk, int], bytes]:
    return lambda _talk, _number: build(kind, 0, 1)


def _open_block(_: Talk) -> bytes:
    return build(FrameType.HEADERS, END_STREAM, 1)


def _open_upload(talk: Talk) -> bytes:
    return talk.request(1, b"POST", end=False)


CHECKS = (
    case("calm-client-is-served", "9113 9.1", "Three hundred requests on one connection, fifty at a time, are all answered.",
         _many_requests),
    should("flood-resets", "9113 10.5", "Requests that are reset at once, over and over, are not served without end.", _flood(_reset)),
    should("flood-continuations", "9113 10.5.1", "A header block does not go on without end, even if nothing is in it.",
           _flood(_empty(FrameType.CONTINUATION), _open_block)),
    should("flood-settings", "9113 10.5", "SETTINGS, each of which asks for an answer, are not taken without end.", _flood(_setting)),
    should("flood-pings", "9113 10.5", "PING, each of which asks for an answer, is not taken without end.", _flood(_ping)),
    should("flood-empty-data", "9113 10.5", "DATA without content that does not end its stream is not taken without end.",
           _flood(_empty(FrameType.DATA), _open_upload)),
    should("flood-bad-requests", "9113 10.5", "Malformed requests are not taken without end.", _flood(_bad_request)),
    should("hpack-bomb", "9113 10.5.1", "A block that unpacks to sixteen megabytes is not served.", _refused(_bomb)),
    should("large-header-list", "9113 10.5.1", "Header lists far beyond what servers take are refused.", _refused(_large_list)),
)  # fmt: skip
