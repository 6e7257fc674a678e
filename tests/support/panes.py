"""One widget alone on a screen, for tests of widgets."""

from textual.app import App, ComposeResult
from textual.message import Message
from textual.widget import Widget

from workbench.tui.theme import DARK


class Pane(App[None], inherit_bindings=False):
    """Shows `widget` and remembers every message that reached the application. Key bindings call the widget's own actions."""

    CSS = "Screen { overflow: hidden; }"

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.heard: list[Message] = []
        self.register_theme(DARK)
        self.theme = DARK.name

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_mount(self) -> None:
        self.widget.focus()

    async def on_event(self, event) -> None:
        await super().on_event(event)

    async def _on_message(self, message: Message) -> None:
        self.heard.append(message)
        await super()._on_message(message)

    def action_perform(self, name: str) -> None:
        """As the workbench does, for the one widget there is."""
        getattr(self.widget, "action_" + name.partition(".")[2].replace("-", "_"))()

    def of(self, kind: type[Message]) -> list[Message]:
        """The messages of a kind so far."""
        return [message for message in self.heard if isinstance(message, kind)]
