"""Laws about the reference server, the state table and the fuzzer's view of a plugin."""

from collections.abc import Iterator

from dissectors.engine import converse
from workbench.api import UNDECODED, Direction, Message, ProtocolSpec
from workbench.laws.subject import Conversation, Subject

__all__ = ["campaigns_repeat", "server_answers", "server_is_deterministic", "transitions_are_legal"]

CASES = (*range(24), *range(1_000, 1_024))
"""Numbers of the cases that are compared between two campaigns: the seeds themselves, the first changed ones, and later ones."""


def server_answers(subject: Subject) -> Iterator[str]:
    """Every seed gets a reply, and every reply is a message without errors."""
    if subject.spec.server is None:
        return
    for conversation in subject.conversations:
        name = conversation.seed.name
        if conversation.crash:
            yield f"seed {name!r}: the server raised {conversation.crash}"
        elif not conversation.replies:
            yield f"seed {name!r} gets no reply"
        for message in _own_messages(subject.spec, conversation):
            if message.direction is Direction.TO_CLIENT and (message.errors or message.protocol == UNDECODED):
                yield f"a reply to seed {name!r} does not decode clean: {'; '.join(message.errors) or 'undecoded bytes'}"


def transitions_are_legal(subject: Subject) -> Iterator[str]:
    """Every message of every conversation takes a transition of the table; every state of the table can be reached."""
    spec = subject.spec
    if not spec.states:
        return
    for conversation in subject.conversations:
        state = spec.initial
        for message in _own_messages(spec, conversation):
            following = spec.states.get((state, message.label))
            if following is None:
                yield f"seed {conversation.seed.name!r}: {message.label!r} is not legal in state {state!r}"
                break
            state = following
    lost = (set(spec.states.values()) | {state for state, _ in spec.states}) - _reachable(spec)
    if lost:
        yield f"no transitions lead to {', '.join(sorted(lost))}"


def server_is_deterministic(subject: Subject) -> Iterator[str]:
    """Two fresh servers give the same bytes for the same input."""
    if subject.spec.server is None:
        return
    for conversation in subject.conversations:
        again = subject.play(conversation.seed)
        if again.turns != conversation.turns or again.crash != conversation.crash:
            yield f"seed {conversation.seed.name!r} was answered differently by a second fresh server"


def campaigns_repeat(subject: Subject) -> Iterator[str]:
    """A case follows from the campaign's seed and its number alone."""
    from fuzzers import cases

    if not subject.spec.seeds:
        return
    campaigns = cases(subject.spec, subject.seed), cases(subject.spec, subject.seed)
    first, second = ([campaign.case_at(number) for number in CASES] for campaign in campaigns)
    for one, other in zip(first, second, strict=True):
        if one != other:
            yield f"case {one.number} differs between two campaigns with seed {subject.seed}"
    if len({case.messages for case in first}) < len(CASES) // 2:
        yield f"{len(CASES)} cases hold only {len({case.messages for case in first})} different ones"


def _own_messages(spec: ProtocolSpec, conversation: Conversation) -> Iterator[Message]:
    """The messages of a conversation up to where it becomes another protocol."""
    for message in converse(spec, conversation.turns):
        if message.protocol not in (spec.name, UNDECODED):
            return
        yield message


def _reachable(spec: ProtocolSpec) -> set[str]:
    found, edge = {spec.initial}, [spec.initial]
    while edge:
        state = edge.pop()
        for (origin, _), following in spec.states.items():
            if origin == state and following not in found:
                found.add(following)
                edge.append(following)
    return found
