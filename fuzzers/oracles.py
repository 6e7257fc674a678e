"""What is wrong with an execution? Each oracle is a function that objects with a `Verdict` or has nothing to say.

The client of a fuzz case breaks rules all the time, so what the server may answer is judged only as far as the rules still say it:
state and pairing oracles fall silent from the first client message that is not a legal one.
"""

from collections.abc import Sequence

from fuzzers.escape import shown
from fuzzers.fingerprints import functions, normalised, project_frames
from fuzzers.hearing import UNFINISHED, Heard, Hearing
from fuzzers.model import Ending, Execution, Failure, Growth, Turn, Verdict
from fuzzers.states import Walk
from fuzzers.targets.executor import Judged
from workbench.api import Direction, Message, PluginError, ProtocolSpec, Severity

__all__ = ["MONITORED", "STALLED", "Judge"]

STALLED = "no answer to a valid message"
"""The kind of failure of a server that goes on serving others; its message is the label that is left without an answer."""
MONITORED = "a monitor objects"
"""The kind of failure that somebody else saw; its message says what."""

_Talk = Sequence[Heard]


class Judge:
    """The oracles for one protocol. `verdict` gives the first objection, the gravest kind first."""

    def __init__(self, spec: ProtocolSpec) -> None:
        self.spec = spec
        self.walk = Walk(spec)
        """Counts the steps of everything that is judged."""
        self._hear = Hearing(spec)

    def judged(self, execution: Execution) -> Judged:
        """One execution with its verdict and its features. What cannot be judged shows what its code did."""
        verdict = self._ended_badly(execution)
        talked = any(direction is Direction.TO_CLIENT for direction, _ in execution.turns)
        if verdict is not None:
            return Judged(execution, verdict, execution.coverage)
        talks = [self._talk(turns) for turns in execution.conversations] if talked else [()]
        verdict = (self._objection(execution, talks) if talked else None) or self._kept(execution)
        if execution.cut:  # half a message at the end proves nothing and shows nothing
            return Judged(execution, verdict, execution.coverage)
        said = (number for talk in talks for number in self.walk.follow(talk, execution.ending))
        return Judged(execution, verdict, (*execution.coverage, *said))

    def verdict(self, execution: Execution) -> Verdict | None:
        """Judge one execution."""
        return self.judged(execution).verdict

    def _ended_badly(self, execution: Execution) -> Verdict | None:
        if execution.ending in (Ending.CRASHED, Ending.GONE):
            return self._crash(execution)
        if execution.ending is Ending.HUNG:
            return _hang(execution)
        return None if execution.failure is None else _hangup(execution.failure)

    def _crash(self, execution: Execution) -> Verdict:
        failure = execution.failure
        if failure is None:
            return Verdict("crash", "the server accepts no connections any more", "crash:gone")
        frames = project_frames(failure.frames)
        message = f": {shown(failure.message.encode('utf-8', 'replace'), 200)}" if failure.message else ""
        where, place = functions(frames) or normalised(failure.message), f" in {frames[-1]}" if frames else ""
        if not where:
            where = self._last_request(execution)
            place = f" on {where}" if where else ""
        return Verdict("crash", f"{failure.kind}{place}{message}", f"crash:{failure.kind}:{where}", failure.text)

    def _last_request(self, execution: Execution) -> str:
        """What the client said last, where nothing else tells one crash from another: its label, or that it was broken. Empty where the
        protocol has no labels. (What code was reached would tell more, but a smaller case reaches less of it, and were another crash.)"""
        asked = (
            [said for said in self._talk(execution.conversations[-1]) if said.by_client] if self.spec.label is not None else []
        )
        return ("broken" if asked[-1].errors else asked[-1].message.label) if asked else ""

    def _kept(self, execution: Execution) -> Verdict | None:
        return _growth(execution.growth) if execution.growth is not None else None

    def _objection(self, execution: Execution, talks: Sequence[_Talk]) -> Verdict | None:
        """`talks` are what was said on each of the connections."""
        leaked = self._leaks(execution)
        if execution.cut and not leaked:
            return None  # half a message proves nothing
        if leaked:
            return self._leak([said for talk in talks for said in talk])
        objections = (oracle(talk) for oracle in (self._reply, self._exchange, self._state) for talk in talks)
        return next(filter(None, objections), None)

    def is_answered(self, turns: Sequence[Turn]) -> bool:
        """Whether there are as many sound replies as requests, sound or not: then nothing more is to be waited for, least of all
        an answer to the beginning of a request."""
        talk = self._talk(turns)
        asked = sum(said.by_client and UNFINISHED not in said.errors for said in talk)
        sound = all(not said.errors or said.by_client for said in talk)
        return sound and asked <= sum(not said.by_client for said in talk)

    def valid_label(self, turns: Sequence[Turn]) -> str | None:
        """The label of the last message, when all were whole and valid beyond doubt (nothing is remarked about them), all but the last one
        answered, and there is more to be said; else None."""
        if not turns or turns[-1][0] is Direction.TO_CLIENT:
            return None
        talk = self._talk(turns)
        asked = sum(said.by_client for said in talk)
        doubtful = (note.severity >= Severity.NOTE for said in talk if said.by_client for note in said.message.notes)
        if (
            any(said.errors for said in talk)
            or any(doubtful)
            or not talk
            or not talk[-1].by_client
            or len(talk) - asked != asked - 1
        ):
            return None
        return None if self._is_over(talk) else talk[-1].message.label

    def _is_over(self, talk: _Talk) -> bool:
        """Whether the conversation is in a state that nothing leads out of: who hangs up there does as the protocol says."""
        state = self.spec.initial
        for said in talk:
            state = self.spec.states.get((state, said.message.label), state)
        return bool(self.spec.states) and all(before != state for before, _ in self.spec.states)

    def _talk(self, turns: Sequence[Turn]) -> _Talk:
        try:
            return self._hear(turns)
        except Exception as error:  # whatever a plugin's decoder raises: it must not, for any bytes
            raise PluginError(
                f"the decoder of {self.spec.name} raised {type(error).__name__}: {error}",
                remedy="`workbench plugins check` finds the bytes that do it",
            ) from error

    def _leaks(self, execution: Execution) -> bool:
        secret = self.spec.hints.secret
        if secret is None or not execution.secret or secret.token not in execution.replies:
            return False
        said = b"".join(data for direction, data in execution.turns if direction is Direction.TO_SERVER)
        return secret.token not in said

    def _leak(self, talk: _Talk) -> Verdict:
        assert self.spec.hints.secret is not None
        token = self.spec.hints.secret.token
        holders = [said.message for said in talk if not said.by_client and token in said.message.raw]
        label = holders[0].label if holders else ""
        evidence = holders[0].raw if holders else token
        what = f"a reply ({label})" if label else "a reply"
        return Verdict("leak", f"{what} holds the secret of another session", f"leak:{label}", evidence=evidence)

    def _reply(self, talk: _Talk) -> Verdict | None:
        """A reply that the grammar does not know. After a request that cannot be read, what a decoder with its own state makes of
        replies says more about that request than about the server."""
        for said in talk:
            if self.spec.decoder is not None and (said.early or (said.by_client and said.errors)):
                return None
            if said.errors and not said.by_client:
                text = f"the reply breaks the grammar: {said.errors[0]}"
                return _objection("reply", text, normalised(said.errors[0]), said.message)
        return None

    def _exchange(self, talk: _Talk) -> Verdict | None:
        """A reply to a request that nobody made."""
        asked = set()
        for said in talk:
            message = said.message
            if said.early or (said.by_client and said.errors):
                return None
            if said.by_client:
                asked.add(message.exchange)
            elif message.exchange is not None and message.exchange not in asked:
                text = f"{message.label or 'a reply'} answers {message.exchange!r}, which was never asked"
                return _objection("exchange", text, message.label, message)
        return None

    def _state(self, talk: _Talk) -> Verdict | None:
        """A reply that is not legal in the state of the conversation."""
        states, state = self.spec.states, self.spec.initial
        if not states:
            return None
        for said in talk:
            message = said.message
            following = states.get((state, message.label)) if not said.errors else None
            if said.early or (said.by_client and following is None):
                return None
            if following is not None:
                state = following
            else:
                text = f"{message.label} is not legal in state {state}"
                # labels of their own only where the table has no such label: speaking out of turn is one defect, whatever is said
                known = any(label == message.label for _, label in states)
                return _objection("state", text, state if known else f"{state}:{message.label}", message)
        return None


def _objection(oracle: str, text: str, what: str, message: Message) -> Verdict:
    return Verdict(oracle, text, f"{oracle}:{what}", shown(message.raw, 2000), message.raw)


def _growth(growth: Growth) -> Verdict:
    each = f"{growth.each:,.0f} bytes of memory" if growth.kind == "memory" else f"{growth.each:g} descriptors"
    place = f" ({growth.where})" if growth.where else ""
    return Verdict(growth.kind, f"{each} are kept of every such case{place}", f"{growth.kind}:{growth.where}", growth.text)


def _hangup(failure: Failure) -> Verdict:
    if failure.kind == MONITORED:
        return Verdict(
            "monitor",
            f"a monitor says: {shown(failure.message.encode('utf-8', 'replace'), 200)}",
            f"monitor:{normalised(failure.message)}",
            failure.text,
        )
    if failure.kind == STALLED:
        return Verdict("stall", f"{failure.message} is left without an answer", f"stall:{failure.message}")
    return Verdict("hangup", f"{failure.kind} {failure.message}", f"hangup:{failure.message}")


def _hang(execution: Execution) -> Verdict:
    failure = execution.failure
    kind = failure.kind if failure is not None else "no answer"
    frames = project_frames(failure.frames) if failure is not None else ()
    place = f" in {frames[-1]}" if frames else ""
    return Verdict("hang", f"{kind}{place}", f"hang:{kind}:{functions(frames)}", failure.text if failure is not None else "")
