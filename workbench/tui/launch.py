"""Opens the terminal interface. The only module of this package that the program's entry point knows."""

import gc
import sys

from workbench.events import Start

__all__ = ["run"]

SWITCH_SECONDS = 0.001
"""How often Python hands over between threads: the screen must not wait for an indexing slice (default 5 ms)."""

GARBAGE = 50_000
"""New objects between two looks for garbage (default 700): a repaint makes thousands that all go by themselves."""


def run(start: Start) -> int:
    """Run until the person quits; returns the exit code."""
    gc.disable()  # importing makes many objects that all stay: looking for garbage meanwhile costs a tenth of the time
    from workbench.tui.app import app_for

    app = app_for(start)
    gc.freeze()
    gc.set_threshold(GARBAGE)
    gc.enable()
    sys.setswitchinterval(SWITCH_SECONDS)
    return app.run() or 0
