"""Judging what was judged before only now and then: decoding a conversation costs more than having it with a fast server.

Most cases end in one of a few hundred conversations: requests that begin as ever, and the same replies to them but for dates and numbers.
What such a conversation shows is remembered, and one in some is judged all the same, because a request may be another one behind its
beginning. Whatever is new in the target's code, ends badly or holds the secret is judged always. What is remembered depends on what was
played before, so this is not for targets that are expected to show the same in every worker.
"""

from dataclasses import dataclass
from hashlib import blake2b

from fuzzers.model import Ending, Execution
from fuzzers.oracles import Judge
from fuzzers.targets.executor import Judged
from workbench.api import Direction

__all__ = ["EVERY", "Glancing"]

EVERY = 16
"""One in so many conversations of a kind is judged."""
BEGINNING = 16
"""Bytes of a client's message that are looked at, up to the first space: a method, or the header of a binary message."""
REMEMBERED = 16_384
"""Kinds of conversations; a server has hundreds, and one that echoes has no end of them."""

_DIGITS = bytes(ord("0") if chr(byte).isdecimal() and byte < 128 else byte for byte in range(256))
_HARMLESS = (Ending.OPEN, Ending.CLOSED)


@dataclass(slots=True)
class _Kind:
    features: tuple[int, ...]
    seen: int = 1


class Glancing:
    """A judge who knows conversations by their looks."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._kinds: dict[bytes, _Kind] = {}

    def judged(self, execution: Execution) -> Judged:
        """See `Judge.judged`."""
        if not self._is_usual(execution):
            return self._judge.judged(execution)
        looks = _looks(execution)
        kind = self._kinds.get(looks)
        if kind is not None:
            kind.seen += 1
            if kind.seen % EVERY:
                return Judged(execution, None, kind.features)
        judged = self._judge.judged(execution)
        if judged.verdict is not None:
            self._kinds.pop(looks, None)
        elif kind is None:
            if len(self._kinds) >= REMEMBERED:
                self._kinds.clear()
            self._kinds[looks] = _Kind(judged.features)
        return judged

    def _is_usual(self, execution: Execution) -> bool:
        """Whether nothing about it but what was said could be objected to."""
        secret = self._judge.spec.hints.secret
        return (
            execution.ending in _HARMLESS
            and not (execution.coverage or execution.failure or execution.growth or execution.others or execution.cut)
            and not (secret is not None and execution.secret and secret.token in execution.replies)
        )


def _looks(execution: Execution) -> bytes:
    """What makes a conversation one of its kind."""
    told = [execution.ending.value.encode()]
    for conversation in execution.conversations:
        told.append(b"+")
        for direction, data in conversation:
            if direction is Direction.TO_CLIENT:
                told.append(b"<" + data.translate(_DIGITS))
            else:
                told.append(b">" + data[:BEGINNING].partition(b" ")[0])
    return blake2b(b"\0".join(told), digest_size=16).digest()
