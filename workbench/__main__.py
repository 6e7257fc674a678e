"""Opens one of the two doors: the command line, which starts the terminal interface through a function it is given here.

So the doors never import each other, and a headless command never loads Textual.
"""

import gc
import sys

from workbench.cli.main import main
from workbench.events import Start

__all__ = ["entry"]

GARBAGE = 50_000
"""Things made between two looks for cycles, about 10 MB."""


def _launch_tui(start: Start) -> int:
    from workbench.tui.launch import run

    return run(start)


def entry() -> int:
    """What the `workbench` program runs; returns its exit code."""
    # dissecting makes millions of small things and hardly a cycle: looking for one every 700 things would take a third of the time
    gc.freeze()
    gc.set_threshold(GARBAGE, 20, 100)
    return main(sys.argv[1:], launch_tui=_launch_tui)


if __name__ == "__main__":
    sys.exit(entry())
