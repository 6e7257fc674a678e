from pathlib import Path

from textual.app import App

from workbench.registry import load
from workbench.tui.campaign_view import dashboard, found_rows, target_rows
from workbench.tui.campaigns import CampaignRun, Found, Plan
from workbench.tui.theme import DARK, Palette, palette_for

FOUND = Found("leak-1", "leak", "a reply holds \x1b[31mthe secret", 156, Path("/f/leak-1"), 1, 22, 26, True)


def palette() -> Palette:
    app: App[None] = App()
    app.register_theme(DARK)
    app.theme = DARK.name
    app.get_css_variables()
    return palette_for(app.theme_variables, True)


def run() -> CampaignRun:
    return CampaignRun(Plan(protocol="streambus", cases=1000, directory=Path("findings/streambus")), lambda: None, lambda: 0.0)


def text_of(shown: CampaignRun | None) -> str:
    return dashboard(shown, 20_000, 7, 120, palette()).plain


def test_servers_with_planted_faults_come_first():
    rows = list(target_rows(load().specs))
    kinds = [row.cells[1] for row in rows]
    assert kinds == sorted(kinds, reverse=True)
    assert {"http1/training", "streambus/training", "http2/training"} <= {row.key for row in rows}
    assert {row.cells[1] for row in rows} == {"training", "reference"}


def test_before_the_first_campaign_it_says_how_to_start():
    assert "s starts a campaign of 20,000 cases with seed 7" in text_of(None)


def test_a_running_campaign_shows_its_counters():
    campaign = run()
    campaign.take({"event": "started", "target": "training server of streambus"})
    stats = {"cases": 250, "seconds": 5.0, "suspicious": 12, "findings": 1, "unconfirmed": 2, "restarts": 3}
    campaign.take({"event": "progress", "stats": stats})
    text = text_of(campaign)
    assert "training server of streambus" in text
    assert "25 %   250 of 1,000 cases" in text
    assert " 50/s" in text
    assert "12 suspicious cases · 2 not confirmed · 3 restarts" in text
    assert "nothing found yet" in text


def test_what_was_seen_is_shown_with_its_growth():
    now = [0.0]
    campaign = CampaignRun(Plan(protocol="http1", cases=1000, directory=Path("f")), lambda: None, lambda: now[0])
    means = {"executor": "fork", "workers": 2, "stability": 0.984, "places": 65_536}
    for step in range(1, 9):
        now[0] += 1
        stats = {
            "cases": step,
            "seconds": now[0],
            "edges": 150 * step,
            "transitions": 87,
            "corpus": 733,
            "latest": 6,
            "latest_s": 5.0,
        }
        campaign.take({"event": "progress", "stats": stats | {"means": means, "states": 9, "moves": 14, "strange": 2}})
    text = text_of(campaign)
    assert "fork × 2" in text
    assert "▁▂▃▄▅▆▇█" in text
    assert "1,200 edges   98.4 % stable   87 transitions" in text
    assert "733 sessions   case 6 showed something new, 3 s ago" in text
    assert "9 seen in replies   14 moves of the protocol's table   2 that it does not have" in text
    campaign.take({"event": "progress", "stats": {"cases": 9, "seconds": 9.0, "transitions": 3, "latest": 1}})
    assert " 3 transitions" in text_of(campaign)
    assert "something new, in an earlier run" in text_of(campaign)


def test_the_last_finding_is_shown_without_its_escapes():
    campaign = run()
    campaign.found.append(FOUND)
    assert "leak: a reply holds \\x1b[31mthe secret" in text_of(campaign)


def test_what_is_looked_into_is_the_state_until_that_is_over():
    campaign = run()
    campaign.take({"event": "examining", "case": 57, "summary": "died\x1b[2J", "stats": {"cases": 57}})
    assert "looking into case 57: died\\x1b[2J" in text_of(campaign)
    campaign.take({"event": "progress", "stats": {"cases": 60}})
    assert "looking into" not in text_of(campaign)
    assert "running" in text_of(campaign)


def test_why_it_ended_is_said_in_words():
    campaign = run()
    campaign.take({"event": "ended", "reason": "stopped", "stats": {}})
    assert "ended: it was stopped" in text_of(campaign)
    campaign = run()
    campaign.take({"event": "error", "message": "the target cannot be started"})
    assert "the target cannot be started" in text_of(campaign)


def test_findings_as_rows():
    [row] = found_rows([FOUND])
    assert row.key == "leak-1"
    assert row.cells[:5] == ("1", "leak", "case 156", "1 msg", "26 B → 22 B")
    assert row.cells[5].isprintable()
