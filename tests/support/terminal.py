"""Driving the terminal interface without a terminal: run a script against the application, wait for conditions, read the screen."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console
from textual.pilot import Pilot

from support.shared import ROOT
from support.synthetic import SyntheticSession
from workbench.events import Start
from workbench.tui.app import WorkbenchApp

SAMPLE = ROOT / "captures" / "samples" / "http1-curl-nginx.pcapng"
PATIENCE = 7.0


def drive(app, script: Callable[[Pilot], Awaitable[object]], size: tuple[int, int] = (120, 40)) -> None:
    """Run `script` against the application on a screen of (columns, lines)."""

    async def main() -> None:
        async with app.run_test(size=size) as pilot:
            await script(pilot)

    asyncio.run(main())


async def until(pilot: Pilot, condition: Callable[[], object]) -> None:
    """Let the application work until `condition()` holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"it never came to this; said {said(pilot.app)}:\n{screen_text(pilot.app)}"
        await pilot.pause(0.01)
    await pilot.pause()


def said(app) -> list[str]:
    """Messages that the application showed and that are still there."""
    return [notification.message for notification in app._notifications]


async def told(pilot: Pilot) -> str:
    """The last message that the application showed."""
    await pilot.pause()
    return (said(pilot.app) or [""])[-1]


async def quiet(pilot: Pilot) -> None:
    """Let the application work until nothing is left to do."""
    await pilot.pause()
    await until(pilot, lambda: pilot.app.background.idle)
    await pilot.pause()


def screen_text(app) -> str:
    """What a person sees, without colours."""
    width, height = app.size
    console = Console(
        width=width, height=height, file=io.StringIO(), force_terminal=True, color_system=None, record=True, legacy_windows=False
    )
    console.print(app.screen._compositor.render_update(full=True))
    return "\n".join(line.rstrip() for line in console.export_text(styles=False).splitlines())


def synthetic(total: int = 500, **options) -> tuple[WorkbenchApp, SyntheticSession]:
    """The application and a made-up session that it does not show yet."""
    return WorkbenchApp(Start()), SyntheticSession(total, **options)


async def show(pilot: Pilot, session: SyntheticSession) -> None:
    """Show a made-up session, as if a file of that content had been opened, and wait until everything is indexed."""
    session.grow(100)
    pilot.app.workspace.path = Path("made-up.pcapng")
    pilot.app.workspace.adopt(session)
    await until(pilot, lambda: pilot.app.workspace.total == session.total)


def sample_app(**options) -> WorkbenchApp:
    """The application on the recorded HTTP sample."""
    return WorkbenchApp(Start(path=SAMPLE, **options))


async def opened(pilot: Pilot) -> None:
    """Wait until the sample is open and indexed."""
    await until(pilot, lambda: pilot.app.workspace.session is not None and pilot.app.workspace.at_end)
    await quiet(pilot)
