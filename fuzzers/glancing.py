"""Judging what was judged before only now and then: decoding a conversation costs more than having it with a fast server.

Conversations are made of a few hundred steps: a request that begins as ever, and the same reply to it, after the same reply, but for dates
and numbers. One whose steps were all judged and not objected to shows nothing new, and one in some is judged all the same, because a
request may be another one behind its beginning. Whatever is new in the target's code, ends badly or holds the secret is judged always. What
is remembered depends on what was played before, so this is not for targets that are expected to show the same in every worker.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

from fuzzers.model import Ending, Execution
from fuzzers.oracles import Judge
from fuzzers.targets.executor import Judged
from workbench.api import Direction

__all__ = ["EVERY", "Glancing"]

EVERY = 32
"""One in so many conversations of known steps is judged."""
BEGINNING = 16
"""Bytes of a client's message that are looked at, up to the first space: a method, or the header of a binary message."""
REMEMBERED = 65_536
"""Steps; a server has hundreds, and one that echoes has no end of them."""

_DIGITS = bytes(ord("0") if byte in b"0123456789" else byte for byte in range(256))
_HARMLESS = (Ending.OPEN, Ending.CLOSED)


class Glancing:
    """A judge who knows conversations by their looks. `requests` are messages of the seeds: beginnings that none of them has count as one,
    for whatever they are, no seed means it."""

    def __init__(self, judge: Judge, requests: Iterable[bytes]) -> None:
        self._judge = judge
        self._beginnings = frozenset(map(_beginning, requests))
        self._known: set[bytes] = set()
        self._usual = 0

    def judged(self, execution: Execution) -> Judged:
        """See `Judge.judged`; a conversation of known steps has no features, for none of them could be new."""
        if not self._is_harmless(execution):
            return self._judge.judged(execution)
        steps = set(self._steps(execution))
        if steps <= self._known:
            self._usual += 1
            if self._usual % EVERY:
                return Judged(execution, None)
        judged = self._judge.judged(execution)
        if judged.verdict is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known |= steps
        return judged

    def _is_harmless(self, execution: Execution) -> bool:
        """Whether nothing about it but what was said could be objected to."""
        secret = self._judge.spec.hints.secret
        return (
            execution.ending in _HARMLESS
            and not (execution.coverage or execution.failure or execution.growth or execution.others or execution.cut)
            and not (secret is not None and execution.secret and secret.token in execution.replies)
        )

    def _steps(self, execution: Execution) -> Iterator[bytes]:
        """The steps of each conversation: a reply, what was said after it, and the reply (or the end) that followed."""
        for conversation in execution.conversations:
            before = asked = b""
            for direction, data in conversation:
                if direction is Direction.TO_SERVER:
                    beginning = _beginning(data)
                    asked += b">" + (beginning if beginning in self._beginnings else b"?")
                else:
                    reply = blake2b(data.translate(_DIGITS), digest_size=16).digest()
                    yield blake2b(before + asked + b"<" + reply, digest_size=12).digest()
                    before, asked = reply, b""
            yield blake2b(before + asked + b"|" + execution.ending.value.encode(), digest_size=12).digest()


def _beginning(message: bytes) -> bytes:
    return message[:BEGINNING].partition(b" ")[0]
