"""`workbench demo` in a terminal: reference servers and clients in a process of their own, their traffic live in the packet list, and
a campaign against the server with planted faults."""

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.tui.engine_process import EngineProcess

if TYPE_CHECKING:
    from workbench.tui.workspace import Desk, Workspace

__all__ = ["DEMO_CASES", "DEMO_PROTOCOL", "DemoRun"]

DEMO_PROTOCOL = "streambus"
DEMO_CASES = 6_000
"""Cases of the demo's campaign: enough to meet every planted fault, well under a minute."""


class DemoRun:
    """Starts the stage, then follows what it tells. `close` ends it and removes what it wrote."""

    def __init__(self, workspace: "Workspace", desk: "Desk", seed: int) -> None:
        self._workspace, self._desk, self._seed = workspace, desk, seed
        self._folder = tempfile.TemporaryDirectory(prefix="workbench-demo-", ignore_cleanup_errors=True)
        self._process: EngineProcess | None = None

    def begin(self) -> None:
        """Start servers, clients and watching."""
        given = {"folder": self._folder.name, "seed": self._seed, "plugins": []}
        self._workspace.note = "starting the demo"
        self._process = EngineProcess("stage", [json.dumps(given)], lambda event: self._desk.later(lambda: self._told(event)))

    def close(self) -> None:
        """End everything."""
        if self._process is not None:
            self._process.close()
        self._folder.cleanup()

    def _told(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "staged":
                self._workspace.note = "demo"
                self._workspace.open(Path(event["path"]), live=True)
                self._workspace.finding_folder = Path(self._folder.name)
                self._workspace.start_campaign(
                    DEMO_PROTOCOL, "training", cases=DEMO_CASES, seed=self._seed, parent=Path(self._folder.name)
                )
                servers = ", ".join(f"{name} on {where}" for name, where in event["servers"].items())
                self._desk.say(f"{servers}; watched by {event['watcher']}. 5 shows the fuzz campaign, 6 what it finds")
            case "error":
                self._workspace.note = "demo failed"
                self._desk.say(f"the demo's servers stopped: {event['message']}", "error")
            case "end":
                self._workspace.note = "demo over"
        self._desk.tell("show_subject")
