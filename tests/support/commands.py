"""Runs workbench commands inside the test's process: what they wrote, and their exit code."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from workbench.cli.console import Console
from workbench.cli.main import main
from workbench.events import Start


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def workbench(*words: object, launch_tui: Callable[[Start], int] | None = None, terminal: bool = False) -> Done:
    """`workbench WORDS…`, without a new process. argparse's own output is caught, too."""
    out, err = (Screen(), Screen()) if terminal else (io.StringIO(), io.StringIO())
    before = sys.stdout, sys.stderr, sys.stdin
    sys.stdout, sys.stderr = out, err
    if terminal:
        sys.stdin = Screen()
    try:
        code = main([str(word) for word in words], launch_tui, Console(out, err))
    finally:
        sys.stdout, sys.stderr, sys.stdin = before
    return Done(code, out.getvalue(), err.getvalue())


def workbench_process(*words: object, **more: object) -> subprocess.Popen[str]:
    """`workbench WORDS…` as a process of its own, with pipes."""
    command = [sys.executable, "-m", "workbench", *map(str, words)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=environment, preexec_fn=_heed_ctrl_c, **pipes, **more)


def _heed_ctrl_c() -> None:
    """What a shell starts in the background ignores SIGINT, and so would what we start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
