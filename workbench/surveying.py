"""Asks a capture several questions in one walk: sections in, answers out. Who asks what is `workbench.cli.stats`' business."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dissectors.filters import Filter, parse_filter
from workbench.analysis import catalog
from workbench.analysis.profile import Profile, Profiler
from workbench.analysis.sections import Material, Section
from workbench.api import Message, UsageError
from workbench.reporting.answer import Answer
from workbench.session import Session
from workbench.watching import Walk

__all__ = ["Setting", "choose", "parse_setting", "profile_of", "survey"]


@dataclass(frozen=True, slots=True)
class Setting:
    """`SECTION.OPTION=VALUE`, taken apart."""

    section: str
    option: str
    value: str


def parse_setting(text: str) -> Setting:
    """Read `SECTION.OPTION=VALUE`; raises UsageError where it is none, or there is no such section or option."""
    name, equals, value = text.partition("=")
    section, dot, option = name.rpartition(".")
    if not equals or not dot:
        raise UsageError(
            f"{text!r} does not read SECTION.OPTION=VALUE", place="--set", remedy="For example --set io.interval=100ms"
        )
    options = catalog.find(section).settings
    if option not in options:
        remedy = f"It has {', '.join(options)}" if options else "It has none"
        raise UsageError(f"section {section} has no option {option!r}", place="--set", remedy=remedy)
    return Setting(section, option, value)


def choose(
    names: Sequence[str], settings: Iterable[Setting] = (), *, fast: bool = False, filtered: bool = False
) -> list[Section]:
    """The sections that were named, those with settings among them; the usual ones where none was.

    Raises UsageError for what cannot be: a section that needs messages when everything is to be `fast`, or that counts whole
    connections when it is to be `filtered`.
    """
    asked = list(dict.fromkeys((*names, *(setting.section for setting in settings))))
    if not asked:
        return [catalog.find(name) for name in catalog.DEFAULT]
    found = [catalog.find(name) for name in asked]
    for section in found:
        if fast and section.need == "messages":
            raise UsageError(f"section {section.name} needs messages", place="--fast", remedy="Leave --fast away")
        if filtered and not section.filtered:
            remedy = "Leave the filter away, or export what matches and look at that"
            raise UsageError(f"section {section.name} looks at whole connections", place="--filter", remedy=remedy)
    return found


def survey(
    session: Session,
    sections: Sequence[Section],
    *,
    settings: Sequence[Setting] = (),
    top: int = 10,
    fast: bool = False,
    only: Filter | None = None,
    heard: Callable[[Iterator[Message]], Iterable[Message]] = iter,
) -> tuple[Answer, ...]:
    """The answers, in the order of the sections. The capture is indexed already. `only` is the user's filter; `heard` may look at the
    messages on their way, to show progress. Raises UsageError for settings that make no sense."""
    mask = None if only is None else _passing(session, only)
    collectors = [section.begin(_material(session, section, settings, top, mask)) for section in sections]
    walked = not fast and any(section.need != "columns" for section in sections)
    if walked:
        listeners = [collector for collector, section in zip(collectors, sections, strict=True) if section.need != "columns"]
        for _ in heard(Walk(session, listeners).finish()):
            pass
    return tuple(
        Answer(
            section=section.name,
            title=section.title,
            about=section.about,
            parts=tuple(collector.parts()),
            walked=walked or section.need != "messages",
        )
        for section, collector in zip(sections, collectors, strict=True)
    )


def profile_of(session: Session, heard: Callable[[Iterator[Message]], Iterable[Message]] = iter) -> Profile:
    """What the capture is like, for comparing it with another one. The capture is indexed already."""
    profiler = Profiler(Material(capture=session.capture, specs=tuple(session.registry.specs)))
    for _ in heard(Walk(session, (profiler,)).finish()):
        pass
    return profiler.profile()


def _passing(session: Session, only: Filter) -> NDArray[np.bool_]:
    mask = np.zeros(len(session), np.bool_)
    mask[session.matching(only) - 1] = True
    return mask


def _material(
    session: Session, section: Section, settings: Sequence[Setting], top: int, mask: NDArray[np.bool_] | None
) -> Material:
    given: dict[str, list[str]] = {}
    for setting in settings:
        if setting.section == section.name:
            given.setdefault(setting.option, []).append(setting.value)
    return Material(
        capture=session.capture,
        specs=tuple(session.registry.specs),
        top=top,
        settings=_last(given),
        repeated={option: tuple(values) for option, values in given.items()},
        mask=mask,
        matching=lambda line: _passing(session, parse_filter(line, session.registry.specs)),
    )


def _last(given: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {option: values[-1] for option, values in given.items()}
