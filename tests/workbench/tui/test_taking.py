from support.panes import Pane
from support.synthetic import SyntheticSession
from support.terminal import drive
from workbench.tui.detailing import message_details
from workbench.tui.row_map import RowMap
from workbench.tui.taking import field_text, hex_text, packet_line
from workbench.tui.widgets.field_tree import FieldTree
from workbench.tui.widgets.hex_view import HexView
from workbench.tui.widgets.packet_list import Info, PacketList

SESSION = SyntheticSession(10, hostile=frozenset({7}))
SESSION.grow()


def test_a_packets_line_can_be_pasted_anywhere():
    widget = PacketList()
    widget.source, widget.rows, widget.infos = SESSION, RowMap(total=10), {2: Info("HTTP", "GET /x")}
    pane = Pane(widget)

    async def script(pilot):
        await pilot.pause()
        widget.move(1)
        assert packet_line(widget).split("\t")[-3:] == ["HTTP", "84", "GET /x"]
        widget.move(6)
        assert packet_line(widget).isprintable() or "\t" in packet_line(widget)
        assert "\x1b" not in packet_line(widget)
        widget.source = None
        assert packet_line(widget) == ""

    drive(pane, script)


def test_a_field_with_its_filter_name():
    pane = Pane(FieldTree())

    async def script(pilot):
        tree = pane.widget
        assert field_text(tree) == ""
        tree.show(message_details(SESSION.messages_of(7)[0]))
        tree.move(2, quiet=True)
        assert field_text(tree) == "http.request.uri: /\\x1b[31mred\\x1b[0m/[bold]x[/bold]/\\x9b2J"
        tree.move(5, quiet=True)
        assert field_text(tree).startswith("warn: odd target")

    drive(pane, script)


def test_selected_bytes_or_all_of_them():
    pane = Pane(HexView())

    async def script(pilot):
        octets = pane.widget
        octets.show(message_details(SESSION.messages_of(3)[0]))
        assert bytes.fromhex(hex_text(octets)) == SESSION.payload(3)
        octets.select(0, 0, 3)
        assert hex_text(octets) == b"GET".hex()

    drive(pane, script)
