"""How long an answer over UDP may be, and how one that is too long is cut (RFC 1035 4.2.1, RFC 2181 9, RFC 6891 7)."""

from workbench.api import CheckFailed, CheckSkipped
from workbench_dns.checks.talk import NOERROR, Row, Talk, expect, rcode
from workbench_dns.message import Parsed
from workbench_dns.queries import opt_record, query

__all__ = ["ROWS"]

_TC = 0x0200
_PLAIN = 512


def _long_answer(talk: Talk, size: int | None = None) -> tuple[Parsed, int]:
    """The answer to the question whose answer is too long, and its size."""
    records = [] if size is None else [opt_record(size=size)]
    talk.send(query(talk.option("large"), "TXT", records=records))
    parsed, raw = talk.receive()
    rcode(parsed, NOERROR)
    if not parsed.flags & _TC and not parsed.counts[1]:
        raise CheckFailed("expected the records, or TC to be set, got neither")
    if not parsed.flags & _TC and len(raw) < _PLAIN:
        raise CheckSkipped(f"the answer has {len(raw)} bytes only: name more TXT records with --option large=NAME")
    return parsed, len(raw)


def _plain_limit(talk: Talk) -> None:
    _, size = _long_answer(talk)
    if size > _PLAIN:
        raise CheckFailed(f"expected {_PLAIN} bytes at most without EDNS, got {size}")


def _plain_marked(talk: Talk) -> None:
    parsed, _ = _long_answer(talk)
    expect(bool(parsed.flags & _TC), True, "TC")


def _small_limit(talk: Talk) -> None:
    _, size = _long_answer(talk, 100)
    if size > _PLAIN:
        raise CheckFailed(f"expected {_PLAIN} bytes at most, got {size}")


def _announced_limit(talk: Talk) -> None:
    for announced in (512, 600, 900, 1232):
        _, size = _long_answer(talk, announced)
        if size > announced:
            raise CheckFailed(f"expected {announced} bytes at most, as announced, got {size}")


def _edns_kept(talk: Talk) -> None:
    parsed, _ = _long_answer(talk, 512)
    if parsed.opt is None:
        raise CheckFailed("expected OPT in a truncated answer, too, got none")


def _question_kept(talk: Talk) -> None:
    expect(len(_long_answer(talk)[0].questions), 1, "questions:")


def _not_marked_needlessly(talk: Talk) -> None:
    expect(bool(talk.question("name").flags & _TC), False, "TC")


def _one_datagram(talk: Talk) -> None:
    """An answer is one datagram."""
    talk.send(query(talk.option("name")))
    found = talk.peer.receive_datagrams(lambda datagrams: len(datagrams) > 1, 1.0)
    expect(len(found), 1, "datagrams:")


ROWS: tuple[Row, ...] = (
    ("plain-limit", "RFC 1035 4.2.1", "Without EDNS an answer over UDP has 512 bytes at most", _plain_limit),
    ("truncation-marked", "RFC 1035 4.2.1", "TC is set in an answer that was cut", _plain_marked),
    ("small-limit", "RFC 6891 6.2.3", "A client that announces less than 512 bytes gets 512 at most", _small_limit),
    ("announced-limit", "RFC 6891 6.2.3", "An answer is no longer than the client announced", _announced_limit),
    ("truncation-edns", "RFC 6891 7", "A truncated answer has its OPT record", _edns_kept),
    ("truncation-question", "RFC 1035 4.1.1", "A truncated answer repeats the question", _question_kept),
    ("truncation-needless", "RFC 2181 9", "TC is clear in an answer that is whole", _not_marked_needlessly),
    ("one-datagram", "RFC 1035 4.2.1", "A query is answered with one datagram", _one_datagram),
)
