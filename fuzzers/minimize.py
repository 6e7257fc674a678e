"""The smallest case that still shows the same defect: fewer messages, an ordinary conduct, smaller values (rebuilt), fewer bytes.

Every attempt is one execution; a fixed number of them is allowed, so that the result does not depend on the speed of the machine. What
is left at the end was seen to fail with the same fingerprint.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from dissectors import converse
from dissectors.codegen.building import build
from fuzzers.ddmin import ddmin, skimmed
from fuzzers.model import USUAL, Conduct, Parting
from fuzzers.repair import repairer
from fuzzers.values import leaves, lists, replaced
from workbench.api import Direction, Message, ProtocolSpec

__all__ = ["MAX_ATTEMPTS", "Minimizer"]

MAX_ATTEMPTS = 1200
"""Executions for one finding: about a second in process."""
EXACT = 64
"""Numbers up to this are brought down one by one; larger ones to within a sixteenth, which takes a few attempts instead of thousands."""

Messages = tuple[bytes, ...]
Failing = Callable[[Messages, Conduct], bool]


class Minimizer:
    """Shrinks one failing case. `fails` plays messages in a conduct and says whether the defect is the same one, `price` how many of the
    allowed executions the last candidate counts.

    Afterwards `kept` has the index of the original message that each message of the result was made from, `conduct` how the result is to be
    performed.
    """

    def __init__(
        self, spec: ProtocolSpec, fails: Failing, attempts: int = MAX_ATTEMPTS, price: Callable[[], int] = lambda: 1
    ) -> None:
        self.attempts = 0
        self._price = price
        self.kept: tuple[int, ...] = ()
        self.conduct = USUAL
        self._spec = spec
        self._fails = fails
        self._left = attempts
        self._known: dict[tuple[Messages, Conduct], bool] = {}
        self._repair = repairer(spec.grammar_for(Direction.TO_SERVER))

    def minimize(self, messages: Messages, conduct: Conduct = USUAL, said: int | None = None) -> Messages:
        """A case no larger than `messages` (which fails) that fails as well. `said` is how many of them were sent before it did."""
        self.kept = tuple(range(len(messages)))
        self.conduct = conduct
        messages = self._suspected(messages, len(messages) if said is None else said)
        messages = self._fewer_messages(messages)
        self._plainer_conduct(messages)
        while True:
            before = messages
            for index in range(len(messages)):
                messages = self._smaller_values(messages, index)
            for index in range(len(messages)):
                messages = self._fewer_bytes(messages, index)
            messages = self._fewer_messages(messages)
            if messages == before or self._left <= 0:
                return messages

    def _still_fails(self, messages: Messages, conduct: Conduct | None = None) -> bool:
        """Try a case, at most once; no when the budget is used up."""
        if not messages or not all(messages):
            return False
        case = messages, self.conduct if conduct is None else conduct
        if case not in self._known:
            if self._left <= 0:
                return False
            self.attempts += 1
            self._known[case] = self._fails(*case)
            self._left -= self._price()
        return self._known[case]

    def _suspected(self, messages: Messages, said: int) -> Messages:
        """None show with what was not sent any more; most with the last message that was, alone or after few of those before it."""
        if 0 < said < len(messages) and self._holds(messages, range(said)):
            messages = self._left_with(messages, range(said))
        return self._left_with(messages, skimmed(range(len(messages)), lambda places: self._holds(messages, places)))

    def _fewer_messages(self, messages: Messages) -> Messages:
        return self._left_with(messages, ddmin(range(len(messages)), lambda places: self._holds(messages, places)))

    def _holds(self, messages: Messages, places: Sequence[int]) -> bool:
        return self._still_fails(tuple(messages[place] for place in places), self.conduct.for_messages(places))

    def _left_with(self, messages: Messages, places: Sequence[int]) -> Messages:
        self.kept = tuple(self.kept[place] for place in places)
        self.conduct = self.conduct.for_messages(places)
        return tuple(messages[place] for place in places)

    def _plainer_conduct(self, messages: Messages) -> None:
        """All over one connection, or each connection left as usual, where that shows the defect as well."""
        lanes, partings = self.conduct.lanes, self.conduct.partings
        plainer = [USUAL, Conduct.of(lanes), Conduct.of((), partings[-1:])]
        plainer += [Conduct.of(lanes, (*partings[:lane], Parting.CLOSE, *partings[lane + 1 :])) for lane in range(len(partings))]
        for conduct in plainer:
            if conduct != self.conduct and self._still_fails(messages, conduct):
                self.conduct = conduct
                return

    def _smaller_values(self, messages: Messages, index: int) -> Messages:
        """Replace values of one message by simpler ones as long as it fails; each success starts over with the new message."""
        message = self._decoded(messages[index])
        progress = message is not None and message.value is not None
        while progress and message is not None:
            progress = False
            for value in _simpler(message.value):
                raw = self._built(message, value)
                if raw is None or not _is_simpler(raw, messages[index]):
                    continue
                candidate = _with(messages, index, raw)
                if self._still_fails(candidate):
                    messages = candidate
                    message = self._decoded(raw)
                    progress = message is not None and message.value is not None
                    break
        return messages

    def _decoded(self, raw: bytes) -> Message | None:
        """The message, when `raw` is exactly one error-free message."""
        found = converse(self._spec, [(Direction.TO_SERVER, raw)])
        if len(found) == 1 and found[0].protocol == self._spec.name and found[0].raw == raw and not found[0].errors:
            return found[0]
        return None

    def _built(self, message: Message, value: Any) -> bytes | None:
        try:
            return build(self._spec, replace(message, value=value))
        except Exception:  # a value that cannot be built is no candidate, whatever the encoder raises
            return None

    def _fewer_bytes(self, messages: Messages, index: int) -> Messages:
        """Leave out bytes of one message, as they are and with lengths and checksums made right."""
        best = messages

        def test(kept: list[int]) -> bool:
            nonlocal best
            plain = bytes(kept)
            for raw in (plain, self._repair(plain)) if self._repair is not None else (plain,):
                candidate = _with(messages, index, raw)
                if raw and len(raw) < len(messages[index]) and self._still_fails(candidate):
                    if len(raw) <= len(best[index]):
                        best = candidate
                    return True
            return False

        ddmin(list(messages[index]), test)
        return best


def _with(messages: Messages, index: int, raw: bytes) -> Messages:
    return (*messages[:index], raw, *messages[index + 1 :])


def _is_simpler(new: bytes, old: bytes) -> bool:
    """Shorter, or as long and smaller byte for byte: every step goes down, so shrinking ends."""
    return (len(new), new) < (len(old), old)


def _simpler(value: Any) -> Iterator[Any]:
    """Simpler versions of a value, the most promising first: without array items, with empty strings, with small numbers."""
    for path, items in lists(value):
        for kept in _sublists(items):
            yield replaced(value, path, type(items)(kept))
    for path, leaf in leaves(value):
        yield from (replaced(value, path, other) for other in _simpler_leaf(leaf))


def _sublists(items: Sequence[Any]) -> Iterator[list[Any]]:
    if len(items) > 1:
        yield []
        yield list(items[: len(items) // 2])
        yield list(items[len(items) // 2 :])
    for position in range(min(len(items), 16)):
        yield [*items[:position], *items[position + 1 :]]


def _simpler_leaf(leaf: Any) -> Iterator[Any]:
    if isinstance(leaf, bool):
        if leaf:
            yield False
    elif isinstance(leaf, int) or hasattr(leaf, "intvalue"):
        number = int(leaf)
        smaller = [0, 1, 1 << max(0, number.bit_length() - 1), number // 2, number - number // 4, number - number // 16]
        smaller += [number - 1] if number <= EXACT else []
        yield from dict.fromkeys(each for each in smaller if 0 <= each < number)
    elif isinstance(leaf, bytes | str) and leaf:
        size = len(leaf)
        shorter = [leaf[:0], leaf[: size // 2], leaf[size // 2 :], leaf[: size - size // 4], leaf[: size - size // 16]]
        yield from dict.fromkeys(each for each in (*shorter, leaf[:-1], leaf[1:]) if len(each) < size)
        plain = b"a" * len(leaf) if isinstance(leaf, bytes) else "a" * len(leaf)
        if leaf != plain:
            yield plain
