from pathlib import Path

from support.campaign import CASES, short_campaign
from workbench.tui.campaigns import HISTORY, CampaignRun, Growth, Plan, new_directory

STATS = {"cases": 100, "seconds": 2.0, "suspicious": 3, "findings": 1, "unconfirmed": 0, "restarts": 2}
FINDING = {
    "slug": "crash-1",
    "oracle": "crash",
    "summary": "IndexError",
    "case": 57,
    "folder": "/f/crash-1",
    "messages": ["00ff", "01"],
    "original_bytes": 90,
    "confirmed": True,
}


def run_of(clock=lambda: 0.0, cases: int = 200) -> CampaignRun:
    return CampaignRun(Plan(protocol="p", cases=cases, directory=Path("x")), lambda: None, clock)


def test_events_become_counters_and_findings():
    run = run_of()
    assert run.running
    run.take({"event": "started", "target": "training server"})
    run.take({"event": "progress", "stats": STATS})
    assert (run.target, run.progress, run.rate) == ("training server", 0.5, 50.0)
    run.take({"event": "findingfound", "finding": FINDING, "stats": STATS})
    assert [(found.slug, found.messages, found.size, found.original_size) for found in run.found] == [("crash-1", 2, 3, 90)]
    run.take({"event": "ended", "reason": "cases", "stats": STATS, "findings": []})
    assert not run.running
    assert run.ended == "cases"


def test_the_curve_has_a_point_each_half_second():
    now = [0.0]
    run = run_of(lambda: now[0])
    for cases in range(0, 500, 10):
        run.take({"event": "progress", "stats": {**STATS, "cases": cases}})
        now[0] += 0.1
    assert len(run.rates) == 9
    assert all(90 <= rate <= 110 for rate in run.rates)


def test_the_curve_of_growth_covers_the_whole_campaign():
    growth = Growth()
    for value in range(10 * HISTORY):
        growth.add(value)
    assert HISTORY / 2 <= len(growth.points) < HISTORY
    assert growth.points[0] < HISTORY / 4
    assert growth.points[-1] > 9.5 * HISTORY
    steps = {later - earlier for earlier, later in zip(growth.points, growth.points[1:], strict=False)}
    assert len(steps) == 1, "the points are equally far apart"


def test_what_no_screen_shows_is_no_trouble():
    run = run_of()
    run.take({"event": "progress", "stats": {**STATS, "pace": 3.0, "something new": 1}})
    assert run.counters.cases == 100


def test_an_error_ends_it():
    run = run_of()
    run.take({"event": "error", "message": "the target cannot be started"})
    assert not run.running
    assert run.error == "the target cannot be started"


def test_directories_do_not_collide(tmp_path):
    assert new_directory(tmp_path, "streambus") == tmp_path / "streambus"
    (tmp_path / "streambus").mkdir()
    (tmp_path / "streambus-2").mkdir()
    assert new_directory(tmp_path, "streambus") == tmp_path / "streambus-3"


def test_a_real_campaign_reports_and_finds(tmp_path):
    run = short_campaign(tmp_path / "campaign")
    assert run.ended == "cases"
    assert run.counters.cases == CASES
    assert run.counters.findings == len(run.found) >= 1
    assert (run.found[0].folder / "case.json").exists()
