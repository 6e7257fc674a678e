"""The table of laws, and the loop that runs them on a plugin."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dissectors.slots import described
from workbench.api import ProtocolSpec
from workbench.laws import conforming, decoding, describing, mutating, serving, skimming, training
from workbench.laws.subject import ROUNDS, Subject

__all__ = ["LAWS", "Law", "LawText", "check"]

Examination = Callable[[Subject], Iterator[str]]


@dataclass(frozen=True, slots=True)
class LawText:
    """A law: its short name, what it says, and the function that yields a sentence for each breach."""

    name: str
    title: str
    examine: Examination


@dataclass(frozen=True, slots=True)
class Law:
    """How a plugin stands to one law; `detail` is the first breach, with the input that shows it."""

    name: str
    title: str
    kept: bool
    detail: str = ""


LAWS: tuple[LawText, ...] = (
    LawText("loads", "loads, and its name and filter prefix are its own", describing.loads),
    LawText("clean", "its seeds decode clean, message by message", decoding.seeds_decode_clean),
    LawText("split", "any split of the stream gives equal messages", decoding.splits_do_not_matter),
    LawText("calm", "arbitrary bytes and spoilt seeds never raise", decoding.nothing_raises),
    LawText("spans", "spans nest and lie inside, messages tile the stream", decoding.spans_nest),
    LawText("rebuild", "encode(decode(raw)) == raw for seeds", decoding.seeds_rebuild),
    LawText("limits", "limits hold", decoding.limits_hold),
    LawText("probe", "its seeds probe LIKELY, and nobody claims them more strongly", describing.seeds_are_recognised),
    LawText("answers", "the server answers each seed, and its replies decode clean", serving.server_answers),
    LawText("states", "seeds and replies take legal transitions, and every state can be reached", serving.transitions_are_legal),
    LawText("deterministic", "the server is deterministic", serving.server_is_deterministic),
    LawText("skim", "its fast lane says what its decoder says", skimming.skims_truly),
    LawText("conforms", "its own server passes its checks of level MUST", conforming.server_conforms),
    LawText("mutates", "its mutators are pure, bounded, and find something to do", mutating.mutators_are_pure),
    LawText("training", "its training server is its server but for its faults, and each of them shows", training.faults_show),
    LawText("campaigns", "two campaigns with one seed give equal cases", serving.campaigns_repeat),
)


def check(spec: ProtocolSpec, installed: Sequence[ProtocolSpec] = (), *, seed: int = 1, rounds: int = ROUNDS) -> Iterator[Law]:
    """Examine `spec` by every law, in order; `installed` are all plugins of the run, itself included or not. Never raises."""
    subject = Subject(spec, tuple(other for other in installed if other is not spec), seed, rounds)
    for law in LAWS:
        breach = examine(law, subject)
        yield Law(law.name, law.title, not breach, breach)


def examine(law: LawText, subject: Subject) -> str:
    """The first breach of one law, or ""."""
    try:
        return next(law.examine(subject), "")
    except Exception as error:  # a law must not be escaped by raising where nobody expected it
        return f"raised {described(error)}"
