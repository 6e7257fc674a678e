"""What all screens share: the top bar, the status line, the keys; and how a screen says that a command is not possible now."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.widget import Widget

from workbench.tui.commands import Command
from workbench.tui.widgets.key_bar import KeyBar
from workbench.tui.widgets.status_bar import StatusBar
from workbench.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp

__all__ = ["WorkbenchScreen"]


class WorkbenchScreen(Screen[None], inherit_bindings=False):
    """A screen of one mode; its name is the scope of its commands. Subclasses give the `body`."""

    SCOPE: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = []
    ALLOW_SELECT: ClassVar[bool] = False
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]  # noqa: RUF012 - an instance variable to Textual
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (116, "-wide"), (260, "-vast")]  # noqa: RUF012 - an instance variable to Textual

    def on_mount(self) -> None:
        """From now on the panes can be told things; runs after the subclass's own."""
        self.workbench.listeners.append(self)

    def on_unmount(self) -> None:
        """No more."""
        self.workbench.listeners.remove(self)

    @property
    def workbench(self) -> "WorkbenchApp":
        """The application, as what it is."""
        return cast("WorkbenchApp", self.app)

    def compose(self) -> ComposeResult:
        """Bars around the body."""
        yield TopBar(self.SCOPE)
        yield Container(*self.body(), id="screen-body")
        yield StatusBar()
        yield KeyBar(self.workbench.unavailable)

    def body(self) -> Iterable[Widget]:
        """The panes."""
        return ()

    def why_not(self, command: Command) -> str:
        """A sentence why a command of this screen (or of one of its panes) cannot be carried out now; "" when it can."""
        return ""

    def on_screen_resume(self) -> None:
        """The screen came to the front."""
        self.show_subject()
        self.resumed()

    def resumed(self) -> None:
        """Bring the screen up to date; called whenever it comes to the front."""

    def show_subject(self) -> None:
        """Say in the top bar what is open and what is going on."""
        top = self.query_one(TopBar)
        top.subject = self.workbench.subject
        top.badge = self.workbench.badge
        self.query_one(KeyBar).refresh()

    @property
    def status(self) -> StatusBar:
        """The status line."""
        return self.query_one(StatusBar)
