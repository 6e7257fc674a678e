"""What the laws examine: a plugin with its neighbours, the conversations its seeds and server make, and spoilt variants of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random

from dissectors.slots import described
from workbench.api import Direction, ProtocolSpec, Seed, ServerConnection, ServerOptions, in_memory

__all__ = ["Conversation", "Subject", "Turn", "answer", "spoil"]

Turn = tuple[Direction, bytes]

ROUNDS = 40
"""Random inputs of each kind that a law tries: enough to find a decoder that raises at all, within a second."""

REPLY_LIMIT = 16 * 1024 * 1024
"""Bytes pulled from a server for one request before it counts as never ending."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A seed with the reference server's replies, in order; `crash` says what the server raised instead of answering."""

    seed: Seed
    turns: tuple[Turn, ...]
    crash: str = ""

    @property
    def replies(self) -> bytes:
        """Everything the server said."""
        return b"".join(data for direction, data in self.turns if direction is Direction.TO_CLIENT)


@dataclass(frozen=True)
class Subject:
    """One plugin under examination. `others` are the other installed plugins; `seed` decides every random input."""

    spec: ProtocolSpec
    others: tuple[ProtocolSpec, ...] = ()
    seed: int = 1
    rounds: int = ROUNDS

    def random(self, law: str) -> Random:
        """Randomness of one law: the same in every run, different from the other laws'."""
        return Random(f"{self.seed}:{self.spec.name}:{law}")

    @cached_property
    def conversations(self) -> tuple[Conversation, ...]:
        """Every seed played against a fresh reference server; without a server, the seeds alone."""
        return tuple(self.play(seed) for seed in self.spec.seeds)

    def inputs(self, law: str) -> Iterator[tuple[str, tuple[Turn, ...]]]:
        """What decoders are tried on, each with a name: every conversation, spoilt conversations, and noise."""
        random = self.random(law)
        for conversation in self.conversations:
            yield f"seed {conversation.seed.name!r}", conversation.turns
        for number in range(self.rounds if self.conversations else 0):
            conversation = random.choice(self.conversations)
            yield f"spoilt seed {conversation.seed.name!r} ({number})", spoil(conversation.turns, random)
        for number in range(self.rounds):
            noise = tuple(
                (random.choice(tuple(Direction)), random.randbytes(random.choice((1, 7, 64, 700))))
                for _ in range(random.randint(1, 5))
            )
            yield f"noise ({number})", noise

    def play(self, seed: Seed) -> Conversation:
        """One seed against a fresh server, message by message."""
        turns: list[Turn] = []
        try:
            connection = None if self.spec.server is None else in_memory(self.spec.server(ServerOptions())())
        except Exception as error:  # nobody answers; the messages are still worth decoding
            return Conversation(seed, tuple((Direction.TO_SERVER, data) for data in seed.messages), described(error))
        try:
            for data in seed.messages:
                turns.append((Direction.TO_SERVER, data))
                if connection is not None:
                    reply = answer(connection, data)
                    turns += [(Direction.TO_CLIENT, reply)] if reply else []
        except Exception as error:  # the law that asks wants to name it
            return Conversation(seed, tuple(turns), described(error))
        return Conversation(seed, tuple(turns))


def answer(connection: ServerConnection, data: bytes) -> bytes:
    """Everything the server says to `data`, as if the client read at once."""
    connection.wakeup(0)
    replies = [connection.receive(data)]
    size = len(replies[0])
    while size <= REPLY_LIMIT:
        more = connection.pull()
        if not more:
            break
        replies.append(more)
        size += len(more)
    return b"".join(replies)


def spoil(turns: tuple[Turn, ...], random: Random) -> tuple[Turn, ...]:
    """The same conversation with one turn damaged the way wires and attackers do it: flipped, cut, grown, repeated or lost bytes."""
    index = random.randrange(len(turns))
    direction, data = turns[index]
    here, there = sorted((random.randint(0, len(data)), random.randint(0, len(data))))
    there = min(there, here + 64)
    spoilt = random.choice(
        (
            data[:here] + bytes([random.randrange(256)]) + data[here + 1 :],
            data[:here],
            data[:here] + data[there:],
            data[:here] + random.randbytes(random.randint(1, 16)) + data[here:],
            data[:there] + data[here:there] * random.randint(1, 4) + data[there:],
            data[:here] + bytes(byte ^ 0xFF for byte in data[here:there]) + data[there:],
        )
    )
    return (*turns[:index], (direction, spoilt), *turns[index + 1 :]) if spoilt else (*turns[:index], *turns[index + 1 :])
