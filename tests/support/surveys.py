"""Captures of small conversations, and what sections say about them."""

from pathlib import Path
from typing import Any

from support.pcap import tcp_frames, write_pcap
from workbench.analysis import catalog
from workbench.registry import load
from workbench.reporting.json_report import report_object
from workbench.session import Session
from workbench.surveying import parse_setting, survey


def asked(path: Path, *names: str, sets: tuple[str, ...] = (), only: str = "", **more: Any) -> dict[str, Any]:
    """The JSON object that these sections make of a capture; `sets` are `SECTION.OPTION=VALUE`."""
    from dissectors.filters import parse_filter

    with Session.open(path, load()) as session:
        session.grow()
        wanted = parse_filter(only, session.registry.specs) if only else None
        sections = [catalog.find(name) for name in names]
        settings = [parse_setting(text) for text in sets]
        return report_object(survey(session, sections, settings=settings, only=wanted, **more))


def spoken(path: Path, turns: Any, **more: Any) -> Path:
    """A capture of one TCP conversation."""
    return write_pcap(path, tcp_frames(turns, **more))
