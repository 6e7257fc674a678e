"""Renders the pictures of the terminal interface: the real application, on the demo's live traffic and its campaign, and on recorded TLS.

Run from the checkout: `.venv/bin/python -m support.pictures` in `tests/`; takes about a minute, needs no terminal.
"""

import asyncio
import re
import sys
import time
from pathlib import Path

from textual.pilot import Pilot

from support.secrets_apart import SAMPLE as TLS
from support.shared import ROOT
from workbench.events import Start
from workbench.tui.app import WorkbenchApp
from workbench.tui.widgets.table_list import TableList

FOLDER = ROOT / "workbench" / "tui" / "pictures"
SIZE = (124, 36)
PATIENCE = 180.0
FONTS = "ui-monospace, 'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, monospace"


def standalone(svg: str) -> str:
    """The same picture without fonts from the network, and with blanks that every viewer keeps."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code, monospace", FONTS).replace("arial", "sans-serif")
    # the picture is laid out for glyphs of 0.61 em; those of the first fonts that are found measure 0.602
    svg = svg.replace("font-size: 20px", "font-size: 20.26px")
    return svg.replace("&#160;", " ").replace("<text ", '<text xml:space="preserve" ')


async def until(pilot: Pilot, condition) -> None:
    """Let the application work until `condition()` holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the application never came to what the picture shows")
        await pilot.pause(0.05)
    await pilot.pause(0.3)


async def take(pilot: Pilot, name: str) -> None:
    """Write one picture."""
    pilot.app.clear_notifications()
    await pilot.pause(0.3)
    path = FOLDER / f"{name}.svg"
    path.write_text(standalone(pilot.app.export_screenshot(title="workbench", simplify=True)), encoding="utf-8")
    print(path.relative_to(ROOT), f"{path.stat().st_size // 1024} KiB")


def packet_of(app: WorkbenchApp, beginning: str) -> int:
    """The first dissected packet whose summary begins like this; 0 when there is none yet."""
    infos = app.workspace.infos
    return min((number for number, info in infos.items() if info is not None and info.text.startswith(beginning)), default=0)


async def all_pictures(pilot: Pilot) -> None:
    """Packets, stream, fuzz and findings, in the order in which the demo gets there."""
    app = pilot.app
    workspace = app.workspace
    await until(pilot, lambda: workspace.campaign is not None and workspace.campaign.progress > 0.6)
    await app.action_perform("app.fuzz")
    await pilot.pause(0.5)
    await take(pilot, "fuzz")

    await app.action_perform("app.packets")
    app.screen.goto_packet(1)
    await until(pilot, lambda: packet_of(app, "Produce #"))
    app.screen.goto_packet(packet_of(app, "Produce #") - 8)
    await pilot.pause(0.5)
    app.screen.goto_packet(packet_of(app, "Produce #"))
    await pilot.pause(0.5)
    screen = app.screen
    screen.fields.focus()
    wanted = next(n for n, node in enumerate(screen.linked.details.nodes) if node.name == "partition")
    screen.fields.select(wanted)
    screen.linked.node_selected()
    await take(pilot, "packets")

    await app.action_perform("packets.filter", "http")
    await until(pilot, lambda: screen.list.rows.filtered and screen.list.row_count > 20)
    screen.goto_packet(1)
    await pilot.pause(0.5)
    await app.action_perform("packets.follow-stream")
    await until(pilot, lambda: app.current_mode == "stream" and app.screen.message is not None)
    table = app.screen.query_one("#stream-messages", TableList)
    table.move(3)
    await take(pilot, "stream")

    await until(pilot, lambda: not workspace.campaign_runs)
    await app.action_perform("app.findings")
    await until(pilot, lambda: app.current_mode == "findings" and app.screen.query_one("#findings", TableList).table)
    table = app.screen.query_one("#findings", TableList)
    crash = next(place for place, row in enumerate(table.table) if row.cells[1] == "crash")
    table.move(crash)
    await pilot.pause(1.0)
    await app.action_perform("findings.replay")
    await until(pilot, lambda: app.screen.outcomes.get(app.screen.chosen) == "FAILED")
    await take(pilot, "findings")


async def decrypted(pilot: Pilot) -> None:
    """HTTP/2 that was recorded inside TLS, with the key log in the capture: a header, and where its bytes lie in the decrypted record."""
    app = pilot.app
    await until(pilot, lambda: app.workspace.session is not None and packet_of(app, "HEADERS[1] GET"))
    screen = app.screen
    screen.goto_packet(packet_of(app, "HEADERS[1] GET"))
    await until(pilot, lambda: any(node.name == ":path" for node in screen.linked.details.nodes))
    screen.fields.focus()
    screen.fields.select(next(n for n, node in enumerate(screen.linked.details.nodes) if node.name == ":path"))
    screen.linked.node_selected()
    await take(pilot, "decrypted")


async def main() -> None:
    """Run the demo once, and open the recorded TLS."""
    FOLDER.mkdir(exist_ok=True)
    for start, pictures in ((Start(demo=True, seed=1), all_pictures), (Start(path=TLS), decrypted)):
        app = WorkbenchApp(start)
        async with app.run_test(size=SIZE) as pilot:
            await pictures(pilot)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    asyncio.run(main())
