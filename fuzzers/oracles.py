"""What is wrong with an execution? Each oracle is a function that objects with a `Verdict` or has nothing to say.

The client of a fuzz case breaks rules all the time, so what the server may answer is judged only as far as the rules still say it:
state and pairing oracles fall silent from the first client message that is not a legal one.
"""

from collections.abc import Sequence

from fuzzers.escape import shown
from fuzzers.fingerprints import normalised, project_frames
from fuzzers.hearing import Hearing
from fuzzers.model import Ending, Execution, Verdict
from workbench.api import Direction, Message, ProtocolSpec

__all__ = ["Judge"]


class Judge:
    """The oracles for one protocol. `verdict` gives the first objection, the gravest kind first."""

    def __init__(self, spec: ProtocolSpec) -> None:
        self.spec = spec
        self._hear = Hearing(spec)

    def verdict(self, execution: Execution) -> Verdict | None:
        """Judge one execution."""
        if execution.ending in (Ending.CRASHED, Ending.GONE):
            return _crash(execution)
        if execution.ending is Ending.HUNG:
            return _hang(execution)
        if not any(direction is Direction.TO_CLIENT for direction, _ in execution.turns):
            return None
        leaked = self._leaks(execution)
        if execution.cut and not leaked:
            return None  # half a message proves nothing
        messages = self._hear(execution.turns)
        if leaked:
            return self._leak(messages)
        for oracle in (self._reply, self._exchange, self._state):
            objection = oracle(messages)
            if objection is not None:
                return objection
        return None

    def _leaks(self, execution: Execution) -> bool:
        secret = self.spec.hints.secret
        if secret is None or not execution.secret or secret.token not in execution.replies:
            return False
        said = b"".join(data for direction, data in execution.turns if direction is Direction.TO_SERVER)
        return secret.token not in said

    def _leak(self, messages: Sequence[Message]) -> Verdict:
        assert self.spec.hints.secret is not None
        token = self.spec.hints.secret.token
        holders = [message for message in messages if message.direction is Direction.TO_CLIENT and token in message.raw]
        label = holders[0].label if holders else ""
        evidence = holders[0].raw if holders else token
        what = f"a reply ({label})" if label else "a reply"
        return Verdict("leak", f"{what} holds the secret of another session", f"leak:{label}", evidence=evidence)

    def _reply(self, messages: Sequence[Message]) -> Verdict | None:
        """A reply that the grammar does not know. After a request that cannot be read, what a decoder with its own state makes of
        replies says more about that request than about the server."""
        for message in self._replies_in_step(messages) if self.spec.decoder is not None else _replies(messages):
            if message.protocol == self.spec.name and not message.errors:
                continue
            complaint = message.errors[0] if message.errors else "bytes that are no message"
            text = f"the reply breaks the grammar: {complaint}"
            return Verdict("reply", text, f"reply:{normalised(complaint)}", shown(message.raw, 2000), message.raw)
        return None

    def _exchange(self, messages: Sequence[Message]) -> Verdict | None:
        """A reply to a request that nobody made."""
        asked = set()
        for message in messages:
            if message.direction is Direction.TO_SERVER:
                if not self._legible(message):
                    return None
                asked.add(message.exchange)
            elif self._legible(message) and message.exchange is not None and message.exchange not in asked:
                text = f"{message.label or 'a reply'} answers {message.exchange!r}, which was never asked"
                return Verdict("exchange", text, f"exchange:{message.label}", shown(message.raw, 2000), message.raw)
        return None

    def _state(self, messages: Sequence[Message]) -> Verdict | None:
        """A reply that is not legal in the state of the conversation."""
        if not self.spec.states:
            return None
        state = self.spec.initial
        for message in messages:
            following = self.spec.states.get((state, message.label)) if self._legible(message) else None
            if following is not None:
                state = following
            elif message.direction is Direction.TO_SERVER or not self._legible(message):
                return None
            else:
                text = f"{message.label} is not legal in state {state}"
                return Verdict("state", text, f"state:{state}:{message.label}", shown(message.raw, 2000), message.raw)
        return None

    def _legible(self, message: Message) -> bool:
        return message.protocol == self.spec.name and not message.errors

    def _replies_in_step(self, messages: Sequence[Message]) -> list[Message]:
        """Replies up to the first client message that is not an error-free one."""
        replies = []
        for message in messages:
            if message.direction is Direction.TO_CLIENT:
                replies.append(message)
            elif not self._legible(message):
                break
        return replies


def _replies(messages: Sequence[Message]) -> list[Message]:
    return [message for message in messages if message.direction is Direction.TO_CLIENT]


def _crash(execution: Execution) -> Verdict:
    failure = execution.failure
    if failure is None:
        return Verdict("crash", "the server accepts no connections any more", "crash:gone")
    frames = project_frames(failure.frames)
    place = f" in {frames[-1].partition('+')[0]}" if frames else ""
    message = f": {shown(failure.message.encode('utf-8', 'replace'), 200)}" if failure.message else ""
    where = " | ".join(frames) or normalised(failure.message)
    return Verdict("crash", f"{failure.kind}{place}{message}", f"crash:{failure.kind}:{where}", failure.text)


def _hang(execution: Execution) -> Verdict:
    failure = execution.failure
    kind = failure.kind if failure is not None else "no answer"
    frames = project_frames(failure.frames) if failure is not None else ()
    place = f" in {frames[-1]}" if frames else ""
    return Verdict("hang", f"{kind}{place}", f"hang:{kind}:{' | '.join(frames)}", failure.text if failure is not None else "")
