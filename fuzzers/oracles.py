"""What is wrong with an execution? Each oracle is a function that objects with a `Verdict` or has nothing to say.

The client of a fuzz case breaks rules all the time, so what the server may answer is judged only as far as the rules still say it:
state and pairing oracles fall silent from the first client message that is not a legal one.
"""

from collections.abc import Sequence

from fuzzers.escape import shown
from fuzzers.fingerprints import normalised, project_frames
from fuzzers.hearing import Hearing
from fuzzers.model import Ending, Execution, Verdict
from workbench.api import Direction, Field, Message, ProtocolSpec, Severity

__all__ = ["Judge"]

REMEMBERED = 4096
"""Field trees whose errors are remembered (as many as `hearing` remembers)."""

Heard = Sequence[tuple[Message, tuple[str, ...]]]
"""Messages in order of completion, each with what is wrong with it."""


class Judge:
    """The oracles for one protocol. `verdict` gives the first objection, the gravest kind first."""

    def __init__(self, spec: ProtocolSpec) -> None:
        self.spec = spec
        self._hear = Hearing(spec)
        self._trees: dict[int, tuple[Field, tuple[str, ...]]] = {}

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
        heard = [(message, self._errors(message)) for message in self._hear(execution.turns)]
        if leaked:
            return self._leak(heard)
        for oracle in (self._reply, self._exchange, self._state):
            objection = oracle(heard)
            if objection is not None:
                return objection
        return None

    def _errors(self, message: Message) -> tuple[str, ...]:
        """What is wrong with a message; nothing for a sound one of this protocol."""
        if message.protocol != self.spec.name:
            return ("bytes that are no message",)
        noted = tuple(note.text for note in message.notes if note.severity is Severity.ERROR)
        return self._field_errors(message.root) + noted

    def _field_errors(self, root: Field) -> tuple[str, ...]:
        """As `Message.errors` has them; trees of messages that were heard before are the same objects."""
        known = self._trees.get(id(root))
        if known is None:
            if len(self._trees) >= REMEMBERED:
                self._trees.clear()
            known = root, tuple(f"{node.name}: {node.error}" for _, node in root.walk() if node.error)
            self._trees[id(root)] = known
        return known[1]

    def _leaks(self, execution: Execution) -> bool:
        secret = self.spec.hints.secret
        if secret is None or not execution.secret or secret.token not in execution.replies:
            return False
        said = b"".join(data for direction, data in execution.turns if direction is Direction.TO_SERVER)
        return secret.token not in said

    def _leak(self, heard: Heard) -> Verdict:
        assert self.spec.hints.secret is not None
        token = self.spec.hints.secret.token
        holders = [message for message, _ in heard if message.direction is Direction.TO_CLIENT and token in message.raw]
        label = holders[0].label if holders else ""
        evidence = holders[0].raw if holders else token
        what = f"a reply ({label})" if label else "a reply"
        return Verdict("leak", f"{what} holds the secret of another session", f"leak:{label}", evidence=evidence)

    def _reply(self, heard: Heard) -> Verdict | None:
        """A reply that the grammar does not know. After a request that cannot be read, what a decoder with its own state makes of
        replies says more about that request than about the server."""
        for message, errors in heard:
            if message.direction is Direction.TO_SERVER:
                if errors and self.spec.decoder is not None:
                    return None
            elif errors:
                text = f"the reply breaks the grammar: {errors[0]}"
                return _objection("reply", text, normalised(errors[0]), message)
        return None

    def _exchange(self, heard: Heard) -> Verdict | None:
        """A reply to a request that nobody made."""
        asked = set()
        for message, errors in heard:
            if message.direction is Direction.TO_SERVER:
                if errors:
                    return None
                asked.add(message.exchange)
            elif message.exchange is not None and message.exchange not in asked:
                text = f"{message.label or 'a reply'} answers {message.exchange!r}, which was never asked"
                return _objection("exchange", text, message.label, message)
        return None

    def _state(self, heard: Heard) -> Verdict | None:
        """A reply that is not legal in the state of the conversation."""
        states, state = self.spec.states, self.spec.initial
        if not states:
            return None
        for message, errors in heard:
            following = states.get((state, message.label)) if not errors else None
            if following is not None:
                state = following
            elif message.direction is Direction.TO_SERVER:
                return None
            else:
                text = f"{message.label} is not legal in state {state}"
                # labels of their own only where the table has no such label: speaking out of turn is one defect, whatever is said
                known = any(label == message.label for _, label in states)
                return _objection("state", text, state if known else f"{state}:{message.label}", message)
        return None


def _objection(oracle: str, text: str, what: str, message: Message) -> Verdict:
    return Verdict(oracle, text, f"{oracle}:{what}", shown(message.raw, 2000), message.raw)


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
