"""The application: what is open, who carries out a command, and the thread that answers the screens' questions.

Screens and panes are told what happened by method calls (`capture_opened`, `capture_grew`, …) on whichever screen is there.
"""

import asyncio
import inspect
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar, cast

from textual.app import App
from textual.binding import BindingType
from textual.command import CommandPalette, Provider
from textual.dom import DOMNode
from textual.message import Message
from textual.screen import Screen

from workbench.api import UsageError, WorkbenchError
from workbench.events import Start
from workbench.tui import keymaps
from workbench.tui.background import Background
from workbench.tui.cells import printable
from workbench.tui.commands import MODES, Command, bindings, find, nearest
from workbench.tui.theme import DARK, LIGHT
from workbench.tui.widgets.field_tree import FieldTree
from workbench.tui.workspace import Workspace

__all__ = ["WorkbenchApp", "app_for"]


def _screen(module: str, name: str) -> Callable[[], Screen[Any]]:
    """A screen's factory that loads its module when the screen is first wanted: starting up pays only for the first one."""

    def make() -> Screen[Any]:
        import importlib

        return cast("Screen[Any]", getattr(importlib.import_module(f"workbench.tui.screens.{module}"), name)())

    return make


def _commands() -> type[Provider]:
    """What the palette searches."""
    from workbench.tui.palette import CommandProvider

    return CommandProvider


class WorkbenchApp(App[int], inherit_bindings=False):
    """The workbench in a terminal, beginning with what `start` says."""

    TITLE = "workbench"
    CSS_PATH = "workbench.tcss"
    SCOPE: ClassVar[str] = "app"
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")
    COMMANDS: ClassVar[Any] = {_commands}
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False  # its key would be bound beside the table; see `action_palette`
    ESCAPE_TO_MINIMIZE: ClassVar[bool] = False
    DEFAULT_MODE: ClassVar[str] = "packets"
    MODES: ClassVar[Any] = {
        "start": _screen("start", "StartScreen"),
        "packets": _screen("packets", "PacketsScreen"),
        "flows": _screen("flows", "FlowsScreen"),
        "stream": _screen("stream", "StreamScreen"),
        "stats": _screen("stats", "StatsScreen"),
        "fuzz": _screen("fuzz", "FuzzScreen"),
        "findings": _screen("findings", "FindingsScreen"),
    }

    class Answer(Message):
        """The background thread has something to show."""

        def __init__(self, then: Callable[[], object]) -> None:
            super().__init__()
            self.then = then

    def __init__(self, start: Start) -> None:
        super().__init__(watch_css=False)
        self.start = start
        self.workspace = Workspace(self, start)
        self.background = Background(self.later, self._failed)
        self.listeners: list[Screen[Any]] = []
        """The screens that are there to be told things."""
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.set_reactive(App.theme, DARK.name)
        self._variables = self.get_css_variables()
        self.stylesheet.set_variables(self._variables)

    # life

    def on_load(self) -> None:
        """Open what was asked for, while the screen is still being made."""
        self.workspace.begin()

    def on_mount(self) -> None:
        """Take keys and signals."""
        self.set_keymap(keymaps.KEYMAPS.get(self.start.keymap, {}))
        if not self.is_headless:
            for number in (signal.SIGHUP, signal.SIGTERM):  # a closed terminal must not leave servers and files behind
                asyncio.get_running_loop().add_signal_handler(number, self.exit, 1)

    def refresh_css(self, animate: bool = True) -> None:
        """Textual asks for this several times while starting; it is needed only when the theme changed."""
        variables = self.get_css_variables()
        if variables != self._variables:
            self._variables = variables
            super().refresh_css(animate)

    def on_unmount(self) -> None:
        """Leave nothing running."""
        self.background.close()
        self.workspace.close()

    def later(self, then: Callable[[], object]) -> None:
        """Run something on the application's thread; may be called from any thread."""
        self.post_message(self.Answer(then))

    def _failed(self, name: str, error: Exception) -> None:
        self.later(lambda: self.say_error(name, error))

    async def on_workbench_app_answer(self, event: Answer) -> None:
        """Show what the background found, unless the screens are being taken down."""
        if not self.is_running:
            return
        try:
            result = event.then()
            if inspect.isawaitable(result):
                await result
        except Exception as error:  # one pane that cannot show something must not take the marks and the campaign with it
            self.say_error("the screen", error)

    def say_error(self, name: str, error: Exception) -> None:
        """Tell a person what went wrong; what is not one of our own errors is said to be a bug."""
        text = str(error) if isinstance(error, WorkbenchError) else f"internal error in {name}: {type(error).__name__}: {error}"
        self.say(text, "error")

    def say(self, text: str, severity: str = "information") -> None:
        """A short message in the corner; never read as markup."""
        self.notify(printable(text), severity=cast("Any", severity), markup=False, timeout=8 if severity == "error" else 4)

    def tell(self, what: str, *values: object) -> None:
        """Call the method named `what` on every screen that has one: something happened to the capture or the campaign."""
        for screen in tuple(self.listeners):
            method = getattr(screen, what, None)
            if method is not None:
                method(*values)

    # what is open, for the top bar

    @property
    def subject(self) -> str:
        """What is open."""
        return self.workspace.title

    @property
    def badge(self) -> str:
        """What is going on."""
        return self.workspace.badge

    # commands

    def node_for(self, command: Command) -> DOMNode | None:
        """Who carries a command out: the focused pane or one above it, else the first of that scope on the screen."""
        if command.scope == self.SCOPE:
            return self
        focused = self.screen.focused
        if focused is not None:
            for node in focused.ancestors_with_self:
                if getattr(node, "SCOPE", None) == command.scope:
                    return node
        if getattr(self.screen, "SCOPE", None) == command.scope:
            return self.screen
        shown = (widget for widget in self.screen.query("*") if getattr(widget, "SCOPE", None) == command.scope)
        return next((widget for widget in shown if all(node.display for node in widget.ancestors_with_self)), None)

    def unavailable(self, command: Command) -> str:
        """Why a command is not possible now; "" when it is."""
        node = self.node_for(command)
        if node is None:
            return "" if command.scope in MODES else f"there is no {command.scope} pane on this screen"
        if node is self:
            return self.workspace.why_not(command)
        why_not = getattr(self.screen, "why_not", None)
        return str(why_not(command)) if why_not is not None else ""

    async def action_perform(self, name: str, argument: str = "") -> None:
        """Carry out a command by name, or say why not. Keys, palette and the `:` line all come through here."""
        command = find(name)
        if command is None:
            self.say(f"there is no command {name!r}", "error")
            return
        if command.scope in MODES and getattr(self.screen, "SCOPE", "") != command.scope:
            await self.go(command.scope)
        reason = self.unavailable(command)
        node = self.node_for(command)
        if reason or node is None:
            self.say(f"{command.title}: {reason or 'not on this screen'}", "warning")
            return
        if command.argument and not command.argument.startswith("[") and not argument:
            self.prompt(f"{command.name} ", command.argument)
            return
        try:
            result = getattr(node, command.method)(*((argument,) if command.argument else ()))
            if inspect.isawaitable(result):
                await cast("Awaitable[object]", result)
        except WorkbenchError as error:
            self.say_error(name, error)

    async def go(self, mode: str) -> None:
        """Bring a screen to the front."""
        if self.current_mode != mode:
            await self.switch_mode(mode)

    async def action_packets(self) -> None:
        """The packet list."""
        await self.go("packets")

    async def action_flows(self) -> None:
        """Conversations."""
        await self.go("flows")

    async def action_stream(self) -> None:
        """The stream of the current packet."""
        await self.go("stream")

    async def action_stats(self) -> None:
        """Numbers about the capture."""
        await self.go("stats")

    async def action_fuzz(self) -> None:
        """Campaigns."""
        await self.go("fuzz")

    async def action_findings(self) -> None:
        """Findings."""
        await self.go("findings")

    async def action_start(self) -> None:
        """The start screen."""
        await self.go("start")

    async def action_open(self, path: str) -> None:
        """Open a capture file."""
        file = Path(path).expanduser()
        if not file.is_file():
            raise UsageError("there is no such file", place=path)
        self.workspace.open(file)
        await self.go("packets")

    async def action_reopen(self) -> None:
        """Return to the capture before."""
        self.workspace.reopen()
        await self.go("packets")

    async def on_field_tree_filter_wanted(self, event: FieldTree.FilterWanted) -> None:
        """Filter by a field of whichever tree."""
        from dissectors.filters import parse_filter
        from workbench.tui.field_filter import filter_for

        text = filter_for(event.field, lambda expression: parse_filter(expression, self.workspace.specs))
        if text:
            await self.action_perform("packets.filter", text)
        else:
            self.say("no filter can ask for this field", "warning")

    def action_palette(self) -> None:
        """Search all commands."""
        if not any(isinstance(screen, CommandPalette) for screen in self.screen_stack):
            self.push_screen(CommandPalette(id="--command-palette"))

    def action_command(self) -> None:
        """Type a command."""
        self.prompt()

    def prompt(self, text: str = "", hint: str = "") -> None:
        """Ask for a command, with some of it already there."""
        from workbench.tui.screens.ask import Prompt

        self.push_screen(Prompt(text, hint), self._typed)

    async def _typed(self, line: str | None) -> None:
        word, _, argument = (line or "").strip().partition(" ")
        if not word:
            return
        if word.isdigit():
            word, argument = "packets.goto", word
        command = nearest(word)
        if command is None:
            self.say(f"there is no command {word!r}; ctrl+p lists all of them", "warning")
            return
        await self.action_perform(command.name, argument.strip())

    def copy(self, text: str) -> None:
        """Copy text and say where it went."""
        from workbench.tui.clipboard import copy

        driver = self._driver
        if not text:
            self.say("nothing to copy here", "warning")
        elif driver is not None:
            self.say(copy(text, driver.write))

    def action_help(self) -> None:
        """The keys that work here."""
        from workbench.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.screen.active_bindings.values(), self.screen.focused))

    async def action_back(self) -> None:
        """One step out: a zoomed pane, then the screen, back to the packets."""
        if self.screen.maximized is not None:
            self.screen.minimize()
            return
        leave = getattr(self.screen, "leave", None)
        if leave is not None and leave():
            return
        if self.current_mode != "packets":
            await self.go("packets" if self.workspace.session is not None or self.current_mode != "start" else "start")
        else:
            self.say("Q quits the workbench")

    def action_quit(self) -> None:  # type: ignore[override]
        """Quit, after a question while a campaign runs."""
        if self.workspace.campaign_runs:
            from workbench.tui.screens.ask import Confirm

            question = "A campaign is running. Stop it and quit? What it found is kept."
            self.push_screen(Confirm(question), lambda yes: self.exit(0) if yes else None)
        else:
            self.exit(0)

    def action_next_pane(self) -> None:
        """Focus the next pane."""
        self.screen.focus_next()

    def action_previous_pane(self) -> None:
        """Focus the previous pane."""
        self.screen.focus_previous()

    def action_zoom(self) -> None:
        """The focused pane alone, or everything again."""
        if self.screen.maximized is not None:
            self.screen.minimize()
        elif self.screen.focused is not None:
            self.screen.maximize(self.screen.focused, container=False)

    def action_keymap(self, name: str) -> None:
        """Use another set of keys."""
        if name not in keymaps.KEYMAPS:
            self.say(f"keymaps are {', '.join(keymaps.KEYMAPS)}", "warning")
            return
        self.set_keymap(keymaps.KEYMAPS[name])
        self.say(f"keys as in {name}")

    def action_theme(self) -> None:
        """Dark or light."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    def action_picture(self, path: str = "") -> None:
        """Save the screen as SVG."""
        written = self.save_screenshot(path or None)
        self.say(f"saved {written}")


class EmptyWorkbenchApp(WorkbenchApp):
    """The same, beginning with the start screen."""

    DEFAULT_MODE: ClassVar[str] = "start"


def app_for(start: Start) -> WorkbenchApp:
    """The application for a start: with something to open it begins with the packets, else with the start screen."""
    return WorkbenchApp(start) if start.path or start.demo or start.interface else EmptyWorkbenchApp(start)
