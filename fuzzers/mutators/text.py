"""Changes of text-like messages: words go where other words were, so that what is said stays speakable."""

import re
from collections.abc import Sequence
from random import Random

from fuzzers.escape import shown
from fuzzers.model import Mutation

__all__ = ["swap_words"]

_WORD = re.compile(rb"[A-Za-z0-9_.%+/-]+")
MOST_SWAPS = 3
MOST_WORDS = 4_096
"""Words of one message that are looked at: a long body does not make every change slow."""


def swap_words(data: bytes, other: bytes, tokens: Sequence[bytes], random: Random, message: int) -> tuple[bytes, list[Mutation]]:
    """One to three words of `data` replaced by words of `other` or tokens of the protocol; nothing where there are no words."""
    choices = [*_WORD.findall(other)[:MOST_WORDS], *tokens]
    mutations: list[Mutation] = []
    for _ in range(random.randint(1, MOST_SWAPS)):
        words = list(_WORD.finditer(data))[:MOST_WORDS]
        if not words or not choices:
            break
        word, new = random.choice(words), random.choice(choices)
        if word[0] != new:
            place = f"[{word.start()}:{word.end()}]"
            mutations.append(Mutation("text.swap", message, place, shown(word[0]), shown(new)))
            data = data[: word.start()] + new + data[word.end() :]
    return data, mutations
