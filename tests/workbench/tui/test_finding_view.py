import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.campaign import short_campaign
from workbench.api import Direction, UsageError
from workbench.registry import load
from workbench.tui.finding_view import changed_ranges, described, finding_folders, load_view

SPECS = load().specs


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return short_campaign(tmp_path_factory.mktemp("views") / "campaign").found[0].folder


def test_a_finding_is_read_and_dissected(folder):
    view = load_view(folder, SPECS)
    assert view.messages[0].protocol == "streambus"
    assert {message.direction for message in view.messages} == {Direction.TO_SERVER, Direction.TO_CLIENT}
    assert len(view.changed) == len(view.messages)
    assert any(view.changed)
    facts = dict(view.facts())
    assert facts["Verdict"].startswith(view.case.oracle)
    assert "→" in facts["Minimised"]
    assert all(text.isprintable() for text in facts.values())


def test_the_original_case_can_be_looked_at_too(folder):
    view = load_view(folder, SPECS, original=True)
    assert view.original
    assert b"".join(message.raw for message in view.messages) == b"".join(view.case.original)


def test_a_finding_in_a_line(folder):
    cells = described(folder)
    assert cells[0] == "streambus"
    assert cells[-1] == folder.name


def test_folders_are_found_below_their_campaign(folder):
    assert folder.resolve() in finding_folders([folder.parents[2]])
    assert finding_folders([folder / "messages"]) == []


def test_a_folder_without_a_finding_is_refused(tmp_path):
    with pytest.raises(UsageError, match="not the folder of a finding"):
        load_view(tmp_path, SPECS)


def test_a_protocol_that_is_not_installed_is_named(folder):
    with pytest.raises(UsageError, match="streambus, which is not installed"):
        load_view(folder, ())


def test_only_what_differs_from_the_seed_is_changed():
    assert changed_ranges(b"GET /x", [b"POST /", b"GET /a"]) == ((5, 6),)
    assert changed_ranges(b"GET /a", [b"GET /a"]) == ()
    assert changed_ranges(b"GET /", []) == ()


@given(st.binary(max_size=40), st.lists(st.binary(max_size=40), max_size=4))
def test_ranges_lie_inside_and_the_rest_is_the_seeds(raw: bytes, seeds: list[bytes]):
    ranges = changed_ranges(raw, seeds)
    assert all(0 <= start < end <= len(raw) for start, end in ranges)
    assert list(ranges) == sorted(ranges)
