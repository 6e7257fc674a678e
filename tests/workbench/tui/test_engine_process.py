import json
import threading
from dataclasses import dataclass
from pathlib import Path

from workbench.api import Direction
from workbench.tui.engine_process import EngineProcess, event_line

PATIENCE = 30.0


@dataclass(frozen=True)
class Inner:
    data: bytes


@dataclass(frozen=True)
class SomeEvent:
    path: Path
    inner: Inner
    many: tuple[Inner, ...]
    direction: Direction
    table: dict[str, int]


def test_events_become_lines():
    event = SomeEvent(Path("/x"), Inner(b"\x00\xff"), (Inner(b"a"),), Direction.TO_CLIENT, {"a": 1})
    assert json.loads(event_line(event)) == {
        "event": "someevent",
        "path": "/x",
        "inner": {"data": "00ff"},
        "many": [{"data": "61"}],
        "direction": 1,
        "table": {"a": 1},
    }


def told_by(what: str, given: dict, stop_at: str = "") -> list[dict]:
    told: list[dict] = []
    news = threading.Condition()

    def tell(event: dict) -> None:
        with news:
            told.append(event)
            news.notify()

    process = EngineProcess(what, [json.dumps(given)], tell)
    try:
        with news:
            assert news.wait_for(lambda: told and told[-1]["event"] in ("end", "error", stop_at), PATIENCE), told
    finally:
        process.close()
    assert not process.running
    return told


def test_what_goes_wrong_is_told():
    [event] = told_by("replay", {"folder": "/nowhere", "plugins": []})
    assert event["event"] == "error"
    assert "not the folder of a finding" in event["message"]


def test_a_process_that_dies_is_told():
    told = told_by("no such engine", {})
    assert told[-1]["event"] == "error"


def test_the_stage_serves_until_it_is_closed(tmp_path):
    told = told_by("stage", {"folder": str(tmp_path), "seed": 1, "plugins": []}, stop_at="did")
    assert told[0]["event"] == "staged"
    assert Path(told[0]["path"]).exists()
    assert "streambus" in told[0]["servers"]


def test_a_campaign_can_be_stopped(tmp_path):
    given = {
        "protocol": "streambus",
        "target": "reference",
        "seed": 1,
        "cases": 10**9,
        "directory": str(tmp_path / "c"),
        "plugins": [],
        "jobs": 1,
    }
    ended: list[dict] = []
    over = threading.Event()
    process: EngineProcess

    def tell(event: dict) -> None:
        if event["event"] == "progress":
            process.stop()
        if event["event"] == "ended":
            ended.append(event)
        if event["event"] in ("end", "error"):
            over.set()

    process = EngineProcess("fuzz", [json.dumps(given)], tell)
    assert over.wait(PATIENCE)
    process.close()
    assert [event["reason"] for event in ended] == ["stopped"]
