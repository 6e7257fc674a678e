"""What a plugin's functions say about messages and flows, taken with care: one that raises or gives the wrong thing costs a remark.

All engines get messages from here on, so they may rely on types: labels and summaries are text, keys can be looked up, notes are notes.
"""

import sysconfig
import traceback
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any

import construct

from dissectors.drafts import fill
from workbench.api import Confidence, Direction, Message, Note, ProtocolSpec, Severity

__all__ = ["CONTRACT", "ask_probe", "breaches", "described", "fault", "judge", "vouch"]

CONTRACT = "plugin contract"
"""The rule that such a remark names: not the traffic is wrong, but the plugin."""

_LIBRARIES = (str(Path(construct.__file__).parent), sysconfig.get_path("stdlib"))
_INSTALLED = "site-packages"


def described(error: BaseException) -> str:
    """Kind, text and place of an exception in one line; the place is the innermost one that is not a library's."""
    frames = traceback.extract_tb(error.__traceback__)
    mine = [frame for frame in frames if not _in_library(frame.filename)] or frames
    place = "".join(f" ({Path(frame.filename).name}:{frame.lineno})" for frame in mine[-1:])
    return f"{type(error).__name__}: {error}{place}"


def _in_library(filename: str) -> bool:
    constructs, standard = _LIBRARIES
    return filename.startswith(constructs) or (filename.startswith(standard) and _INSTALLED not in filename)


def fault(protocol: str, slot: str, what: str) -> str:
    """The sentence about a slot that does not keep its contract."""
    return f"the {slot} of the {protocol} plugin {what}"


def judge(spec: ProtocolSpec, message: Message, label: str, summary: Callable[[Message], str]) -> Message:
    """Fill in what the spec's functions say about a sound message, `label` and `summary` where it has none of its own."""
    fill(message, label=label if spec.label is None else _said(spec, message, "label", spec.label, _is_text, label))
    if spec.check is not None:
        notes = _said(spec, message, "check", lambda it: tuple(spec.check(it)), _are_notes, ())  # type: ignore[misc]
        fill(message, notes=message.notes + notes)
    if spec.exchange is not None:
        fill(message, exchange=_said(spec, message, "exchange", spec.exchange, _is_key, None))
    if spec.summary is None:
        return fill(message, summary=summary(message))
    return fill(message, summary=_said(spec, message, "summary", spec.summary, _is_text, message.label))


def vouch(spec: ProtocolSpec, message: Message) -> Message:
    """A message of a plugin's own decoder; what is of a wrong type is replaced, with a note."""
    if type(message.label) is str and type(message.summary) is str and message.exchange is None and message.notes == ():
        return message  # as most are
    for slot, right, instead in (
        ("notes", _are_notes, ()),
        ("label", _is_text, ""),
        ("summary", _is_text, ""),
        ("exchange", _is_key, None),
    ):
        found = getattr(message, slot)
        if not right(found):
            fill(message, **{slot: instead})
            _complain(spec, message, slot, _gives(found))
    return message


def breaches(message: Message) -> tuple[str, ...]:
    """What is wrong with the plugin itself, as this message showed."""
    return tuple(note.text for note in message.notes if note.section == CONTRACT)


def ask_probe(spec: ProtocolSpec, data: bytes, direction: Direction, faults: list[str] | None = None) -> Confidence:
    """A probe's answer; NO, and a sentence in `faults`, where it is none."""
    assert spec.probe is not None
    try:
        answer = spec.probe(data, direction)
        if isinstance(answer, Confidence):
            return answer
        what = f"gives {answer!r:.40}, which is no Confidence"
    except Exception as error:
        what = f"raised {described(error)}"
    if faults is not None and (sentence := fault(spec.name, "probe", what)) not in faults:
        faults.append(sentence)
    return Confidence.NO


def _said(
    spec: ProtocolSpec,
    message: Message,
    slot: str,
    function: Callable[[Message], Any],
    right: Callable[[Any], bool],
    instead: Any,
) -> Any:
    try:
        found = function(message)
        if right(found):
            return found
        what = _gives(found)
    except Exception as error:
        what = f"raised {described(error)}"
    _complain(spec, message, slot, what)
    return instead


def _complain(spec: ProtocolSpec, message: Message, slot: str, what: str) -> None:
    note = Note(Severity.ERROR, fault(spec.name, slot, what), 0, len(message.raw), CONTRACT)
    fill(message, notes=(*message.notes, note))


def _gives(found: Any) -> str:
    return f"gives {found!r:.40} ({type(found).__name__}), which cannot be used"


def _is_text(found: Any) -> bool:
    return isinstance(found, str)


def _is_key(found: Hashable) -> bool:
    try:
        hash(found)
    except TypeError:
        return False
    return True


def _are_notes(found: Sequence[Any]) -> bool:
    return isinstance(found, tuple) and all(isinstance(note, Note) for note in found)
