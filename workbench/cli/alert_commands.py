"""Programs that alerts start: argument vectors from the rules, never a shell, and a bound on how many run at once.

What an alert says reaches them as JSON on standard input and as WORKBENCH_ALERT_… in their environment, with everything from the wire
escaped; their words are the rule's own and nothing is put into them.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Any

from workbench.cli.options import printable

__all__ = ["AlertCommands", "environment_of"]

MOST_RUNNING = 4
"""Programs at once; one alert more starts none. A command that sends a mail takes a second, and alerts come in bursts."""

PATIENCE_S = 30.0
"""A program that runs longer is ended: it would keep the next alert's from running."""


def environment_of(told: Mapping[str, Any]) -> dict[str, str]:
    """The variables that say what an alert says: WORKBENCH_ALERT_PACKET, …"""
    return {f"WORKBENCH_ALERT_{name.upper()}": printable(str(value)) for name, value in told.items()}


class AlertCommands:
    """Starts programs and sees to their end. `warn` hears of those that could not run, and of those that failed."""

    def __init__(self, warn: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._warn = warn
        self._clock = clock
        self._running: list[tuple[subprocess.Popen[bytes], float, str]] = []

    def start(self, command: tuple[str, ...], told: Mapping[str, Any]) -> bool:
        """Run the program of an alert; whether it was started."""
        self.tend()
        if len(self._running) >= MOST_RUNNING:
            self._warn(f"{command[0]}: {MOST_RUNNING} commands are running already; this alert starts none")
            return False
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own rule says what runs
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env={**os.environ, **environment_of(told)},
            )
        except OSError as error:
            self._warn(f"{command[0]}: cannot be run: {error.strerror}")
            return False
        self._running.append((process, self._clock() + PATIENCE_S, command[0]))
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(told).encode() + b"\n")  # less than any pipe holds, so it never waits
            process.stdin.close()
        except BrokenPipeError:  # it does not listen
            pass
        return True

    def tend(self) -> None:
        """Forget the programs that are done, end those that take too long."""
        self._running = [entry for entry in self._running if not self._done(*entry)]

    def finish(self) -> None:
        """Wait for what still runs, each within its time."""
        for process, deadline, _ in self._running:
            try:
                process.wait(max(0.0, deadline - self._clock()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.tend()

    def _done(self, process: subprocess.Popen[bytes], deadline: float, name: str) -> bool:
        code = process.poll()
        if code is None and self._clock() >= deadline:
            process.kill()
            code = process.wait()
        if code:
            self._warn(f"{name}: ended with status {code}")
        return code is not None
