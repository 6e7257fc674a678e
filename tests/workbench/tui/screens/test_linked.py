from textual.app import App, ComposeResult
from textual.screen import Screen

from support.synthetic import SyntheticSession
from support.terminal import drive
from workbench.tui.detailing import message_details
from workbench.tui.screens.linked import Linked
from workbench.tui.widgets.field_tree import FieldTree
from workbench.tui.widgets.hex_view import HexView
from workbench.tui.widgets.status_bar import StatusBar

[MESSAGE] = SyntheticSession(5).messages_of(3)


class Two(Screen[None]):
    """Two panes and a status line."""

    def compose(self) -> ComposeResult:
        yield FieldTree(id="fields")
        yield HexView(id="hex")
        yield StatusBar()


class TwoApp(App[None]):
    """Nothing else."""

    def get_default_screen(self):
        return Two()


def test_what_is_shown_first_is_the_message_with_all_its_bytes():
    app = TwoApp()

    async def script(pilot):
        linked = Linked(app.screen, "#fields", "#hex")
        linked.show(message_details(MESSAGE))
        assert linked.fields.node == 0
        assert linked.hex.selection is None  # of all bytes none needs to stand out
        assert app.screen.query_one(StatusBar).right.endswith(f"({len(MESSAGE.raw)})")

    drive(app, script)


def test_the_same_field_stays_selected_in_the_next_message():
    app = TwoApp()

    async def script(pilot):
        linked = Linked(app.screen, "#fields", "#hex")
        linked.show(message_details(MESSAGE))
        linked.fields.move(2)
        linked.show(message_details(SyntheticSession(5).messages_of(4)[0]))
        assert linked.details.nodes[linked.fields.node].name == "Target"
        assert linked.hex.selection == (4, 11)

    drive(app, script)


def test_copying_takes_from_the_focused_pane():
    app = TwoApp()

    async def script(pilot):
        linked = Linked(app.screen, "#fields", "#hex")
        linked.show(message_details(MESSAGE))
        linked.fields.move(1)
        linked.node_selected()
        app.screen.set_focus(None)
        await pilot.pause()
        assert linked.taken() == ""
        linked.fields.focus()
        await pilot.pause()
        assert linked.taken() == "http.request.method: GET"
        linked.hex.focus()
        await pilot.pause()
        assert linked.taken() == b"GET".hex()

    drive(app, script)
