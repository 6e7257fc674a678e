"""An engine (campaign, replay, demo) in a process of its own, telling its events as JSON lines.

The engines fork their workers and keep a processor busy; a program with a screen, threads and a terminal must do neither. The child
(`python -m workbench.tui.engine_process WHAT ARGUMENTS`) ends when its standard input does, hence also when the parent dies.
"""

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["EngineProcess", "event_line", "main"]

STAGE_ROUNDS = 40
"""Rounds of the demo's clients: some minutes of traffic, then the screen stays as it is."""

FIRST_SECONDS, STAGE_SECONDS = 0.02, 0.15
"""Between two things that the demo's clients do: the first round fills the screen, the others can be watched."""

STOP_SECONDS = 5.0
"""How long an orderly end may take, with a finding being minimised; then the process is killed, which loses nothing that was told."""


class EngineProcess:
    """The parent's side. `told` is called on the reader's thread with each event ({"event": name, …}); the last one is "end"."""

    def __init__(self, what: str, arguments: Sequence[str], told: Callable[[dict[str, Any]], object]) -> None:
        command = [sys.executable, "-m", "workbench.tui.engine_process", what, *arguments]
        # what an engine or a plugin prints must not get onto the screen
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._told = told
        self._reader = threading.Thread(target=self._read, name=f"workbench-{what}", daemon=True)
        self._reader.start()

    @property
    def running(self) -> bool:
        """Whether events may still come."""
        return self._reader.is_alive()

    def stop(self) -> None:
        """Ask for an orderly end; returns at once."""
        stdin = self._process.stdin
        if stdin is not None and not stdin.closed:
            with contextlib.suppress(OSError):
                stdin.close()

    def close(self) -> None:
        """Stop, wait, and kill what does not stop."""
        self.stop()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        last = ""
        with self._process.stdout as lines:
            for line in lines:
                try:
                    told = json.loads(line)
                except ValueError:
                    continue  # something that a plugin printed
                if isinstance(told, dict) and "event" in told:
                    last = told["event"]
                    self._told(told)
        status = self._process.wait()
        if last not in ("end", "error"):
            self._told({"event": "error", "message": f"the process ended unexpectedly (status {status})"})


def event_line(event: object) -> str:
    """One event as one line: the name of its type in lower case, and its fields."""
    fields = {field.name: _plain(getattr(event, field.name)) for field in dataclasses.fields(event)}  # type: ignore[arg-type]
    return json.dumps({"event": type(event).__name__.lower(), **fields})


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    enum_value = getattr(value, "value", None)
    return value if enum_value is None or isinstance(value, int | str) else enum_value


def main(arguments: Sequence[str]) -> int:
    """The child's side: run what `arguments` name and tell its events."""
    what, *rest = arguments
    given = json.loads(rest[0])
    out = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)  # prints of plugins go where they harm nobody
    with out:
        try:
            for event in {"fuzz": _fuzz, "replay": _replay, "stage": _stage}[what](given):
                out.write(event_line(event) + "\n")
        except Exception as error:  # whatever it was, the person at the screen is told
            out.write(json.dumps({"event": "error", "message": f"{error}" or type(error).__name__}) + "\n")
            return 1
        out.write(json.dumps({"event": "end"}) + "\n")
    return 0


def _parent_gone(stop: Callable[[], object]) -> None:
    """Call `stop` once standard input ends."""

    def wait() -> None:
        while os.read(0, 4096):
            pass
        stop()

    threading.Thread(target=wait, daemon=True).start()


def _fuzz(given: Mapping[str, Any]) -> Iterator[object]:
    from fuzzers import Campaign, CampaignConfig, TargetConfig
    from workbench.registry import load

    registry = load([Path(name) for name in given["plugins"]])
    config = CampaignConfig(
        protocol=given["protocol"],
        directory=Path(given["directory"]),
        seed=given["seed"],
        cases=given["cases"],
        target=TargetConfig(kind=given["target"]),
        jobs=given["jobs"],
    )
    campaign = Campaign(registry.get(given["protocol"]), config)
    _parent_gone(campaign.stop)
    yield from campaign.run()


def _replay(given: Mapping[str, Any]) -> Iterable[object]:
    from fuzzers import replay
    from workbench.registry import load

    _parent_gone(lambda: os._exit(1))
    return [replay(Path(given["folder"]), load([Path(name) for name in given["plugins"]]).specs)]


@dataclasses.dataclass(frozen=True, slots=True)
class Staged:
    """The demo's servers run, and `path` grows."""

    path: Path
    watcher: str
    servers: Mapping[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Did:
    """A client did something."""

    protocol: str
    text: str


def _stage(given: Mapping[str, Any]) -> Iterator[object]:
    """Servers and clients of the demo, at a pace that a person can watch, until the parent has enough."""
    from random import Random

    from workbench.demo import staged
    from workbench.registry import load

    gone = threading.Event()
    _parent_gone(gone.set)
    random = Random(given["seed"])
    with staged(load([Path(name) for name in given["plugins"]]).specs, Path(given["folder"])) as stage:
        yield Staged(stage.path, stage.watcher, {name: str(endpoint) for name, endpoint in stage.doors.items()})
        for number in range(STAGE_ROUNDS):
            for protocol, text in stage.drive(random):
                yield Did(protocol, text)
                if gone.wait(STAGE_SECONDS if number else FIRST_SECONDS):
                    return
        while not gone.wait(1.0):
            pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
