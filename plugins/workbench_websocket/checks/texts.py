"""Texts are UTF-8: what must come back, and what must fail the connection, with the border at every place (RFC 6455 8.1, RFC 3629)."""

from collections.abc import Callable

from workbench.api import Check, Level, Peer
from workbench_websocket.checks.talk import MASK, case, echo_case, failing_case, open_talk
from workbench_websocket.frames import build_frame
from workbench_websocket.opcodes import BINARY, CONTINUATION, TEXT

__all__ = ["CHECKS"]

_VALID = (
    ("ascii", "Hello, World! ~\x7f"),
    ("nul", "a\0b"),
    ("two-bytes", "\u0080\u07ff grüße"),
    ("three-bytes", "\u0800\uffff κόσμε \ud7ff\ue000"),
    ("four-bytes", "\U00010000\U0010ffff \U0001f600"),
    ("noncharacters", "\ufffe\uffff\U0001fffe\U0010ffff"),
    ("bom", "\ufeffbegins with a mark"),
)

_INVALID = (
    ("lone-continuation", b"\x80", "A continuation byte alone is no UTF-8."),
    ("lone-lead", b"a\xc3", "A text must not end inside a character."),
    ("lead-then-ascii", b"\xc3(", "Behind a lead byte a continuation byte must come."),
    ("overlong-2", b"\xc0\xaf", "A character must be written in the fewest bytes (two for one)."),
    ("overlong-3", b"\xe0\x80\xaf", "A character must be written in the fewest bytes (three for one)."),
    ("overlong-4", b"\xf0\x80\x80\xaf", "A character must be written in the fewest bytes (four for one)."),
    ("overlong-nul", b"\xc0\x80", "NUL is one byte."),
    ("surrogate", b"\xed\xa0\x80", "Half of a surrogate pair is no character."),
    ("surrogate-pair", b"\xed\xa0\x80\xed\xb0\x80", "A surrogate pair is no character."),
    ("above-10ffff", b"\xf4\x90\x80\x80", "There is nothing above U+10FFFF."),
    ("five-bytes", b"\xf8\x88\x80\x80\x80", "There are no characters of five bytes."),
    ("fe", b"\xfe", "The byte FE never occurs."),
    ("latin-1", "grüße".encode("latin-1"), "Latin-1 is no UTF-8."),
    ("at-the-end", "κόσμε".encode() + b"\xed\xa0\x80edited", "What was right before does not help."),
)

_KOSME = "κόσμε".encode()


def _split(step: int) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        talk = open_talk(peer)
        talk.pieces(TEXT, *(_KOSME[at : at + step] for at in range(0, len(_KOSME), step)))
        talk.hears(TEXT, _KOSME)

    return run


def _fails_at_the_border(first: bytes, *rest: bytes) -> Callable[[Peer], None]:
    """The last of these fragments makes the text wrong, and is not the final one."""

    def run(peer: Peer) -> None:
        talk = open_talk(peer)
        talk.send(TEXT, first, fin=False)
        for piece in rest:
            talk.send(CONTINUATION, piece, fin=False)
        talk.fails(1007)

    return run


def _fragmented_end(peer: Peer) -> None:
    talk = open_talk(peer)
    talk.pieces(TEXT, b"whole ", _KOSME[:1])
    talk.fails(1007)


def _binary(peer: Peer) -> None:
    open_talk(peer).echoes(BINARY, b"\xff\xfe\xc0\x80\xed\xa0\x80")


CHECKS: tuple[Check, ...] = (
    *(echo_case(f"utf8-{name}", "5.6", "Any text in UTF-8 is understood.", TEXT, text.encode("utf-8")) for name, text in _VALID),
    case("utf8-fragments", "5.6", "Fragments may be cut anywhere between characters or inside them.", _split(3)),
    case("utf8-byte-fragments", "5.6", "Every byte may be a fragment.", _split(1)),
    case("utf8-binary", "5.6", "Binary messages may be anything.", _binary),
    *(failing_case(f"utf8-bad-{name}", "8.1", rule, build_frame(TEXT, data, key=MASK), 1007) for name, data, rule in _INVALID),
    case(
        "utf8-bad-last-fragment",
        "8.1",
        "A text whose last fragment ends inside a character fails the connection.",
        _fragmented_end,
    ),
    case(
        "utf8-fast-first",
        "8.1",
        "What can never become UTF-8 fails at the first fragment.",
        _fails_at_the_border(b"bad \xff"),
        Level.SHOULD,
    ),
    case(
        "utf8-fast-second",
        "8.1",
        "What can never become UTF-8 fails at the fragment that shows it.",
        _fails_at_the_border(b"\xf4", b"\x90"),
        Level.SHOULD,
    ),
)
