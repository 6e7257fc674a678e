"""The best source that can be used is taken, and what stands in the way of a better one is said."""

import pytest

from captures.sources import choice
from captures.sources.choice import AUTO, KINDS, Kind, can_capture, open_source
from captures.sources.model import Wish
from workbench.api import CaptureError, UsageError

WISH = Wish(interface="eth0")


def kind(name: str, reason: str = "") -> Kind:
    why = CaptureError(reason, remedy=f"Mend {name}") if reason else None
    return Kind(name, name, lambda: why, lambda _wish, _describe: name)  # type: ignore[arg-type,return-value]


def opened(name: str) -> object:
    return open_source(name, WISH, lambda _: 0)


def test_the_names_are_those_of_the_documentation():
    assert [kind.name for kind in KINDS][:2] == ["ring", "socket"]
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_the_best_usable_one_is_taken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(choice, "KINDS", (kind("best", "forbidden"), kind("good"), kind("poor")))
    assert opened(AUTO) == "good"
    assert opened("poor") == "poor"
    assert opened("best") == "best"  # it says itself why it cannot
    assert can_capture() == ""


def test_without_any_the_reason_of_the_best_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(choice, "KINDS", (kind("best", "forbidden"), kind("good", "not installed")))
    assert can_capture() == "forbidden. Run it as root, or use `workbench tap`, which needs no privilege"
    monkeypatch.setattr(choice, "KINDS", (kind("best", "forbidden"), kind("dumpcap", "may not capture")))
    with pytest.raises(UsageError, match="capture filter 'port 0x'"):
        open_source(AUTO, Wish(interface="eth0", filter="port 0x"), lambda _: 0)
    with pytest.raises(
        CaptureError, match=r"forbidden\. Run it as root, or let dumpcap do it: Mend dumpcap, or use `workbench tap`"
    ):
        opened(AUTO)


def test_an_unknown_name_is_refused_with_the_known_ones(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(choice, "KINDS", (kind("best"),))
    with pytest.raises(UsageError, match=r"there is no such source\. Choose one of: auto, best"):
        opened("worst")
    with pytest.raises(UsageError, match="there is no such source"):
        open_source("worst", Wish(interface="-"), lambda _: 0)
