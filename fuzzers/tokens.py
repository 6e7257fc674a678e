"""Words out of replies: names and values that a server made up itself (a session, a cookie, an offered method) mean something to it when it
hears them again."""

import re
from collections.abc import Iterable, Sequence

from fuzzers.model import Turn
from workbench.api import Direction

__all__ = ["MOST", "learnt", "words_of"]

_WORD = re.compile(rb"[A-Za-z0-9_.%+/=-]{3,32}")
"""A word: shorter ones are everywhere, longer ones are content."""
READ = 4096
"""Bytes of the replies to one case that are read: what matters stands at their beginning."""
EACH = 8
"""Words that one case may add."""
MOST = 128
"""Words that are known at a time: the newest; with more, each would hardly ever come up."""


def words_of(turns: Sequence[Turn]) -> tuple[bytes, ...]:
    """The first words of the replies of one case that the client did not say itself, in order, none twice."""
    said = b"\n".join(data for direction, data in turns if direction is Direction.TO_SERVER)
    replies = b"\n".join(data for direction, data in turns if direction is Direction.TO_CLIENT)[:READ]
    found: dict[bytes, None] = {}
    for match in _WORD.finditer(replies):
        if match[0] not in found and match[0] not in said:
            found[match[0]] = None
            if len(found) == EACH:
                break
    return tuple(found)


def learnt(newest_first: Iterable[tuple[bytes, ...]]) -> tuple[bytes, ...]:
    """The words of many cases that are kept: no more than `MOST`, the newest ones."""
    found: dict[bytes, None] = {}
    for words in newest_first:
        found.update(dict.fromkeys(words))
        if len(found) >= MOST:
            break
    return tuple(found)[:MOST]
