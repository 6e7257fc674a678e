"""What "copy" takes from each kind of pane, as text that is clean to paste."""

from workbench.tui.cells import clean
from workbench.tui.details import value_text
from workbench.tui.widgets.field_tree import FieldTree
from workbench.tui.widgets.hex_view import HexView
from workbench.tui.widgets.packet_list import PacketList

__all__ = ["field_text", "hex_text", "packet_line"]


def field_text(tree: FieldTree) -> str:
    """ "http.host: example.org", or the node's line where it has no filter name."""
    if tree.node is None:
        return ""
    node = tree.details.nodes[tree.node]
    if node.field is None:
        return node.text
    return f"{node.field.abbrev or node.name}: {value_text(node.field)}"


def hex_text(octets: HexView) -> str:
    """The selected bytes (all of the view when nothing is selected) as hex digits."""
    start, end = octets.selection or (0, len(octets.data))
    return octets.data[start:end].hex()


def packet_line(packets: PacketList) -> str:
    """The columns of the packet under the cursor, separated by tabs."""
    if packets.source is None or not packets.current:
        return ""
    row = packets.source.row(packets.current)
    info = packets.infos.get(row.number)
    protocol, text = (clean(row.protocol), clean(row.info)) if info is None else (info.protocol, info.text)
    return "\t".join(map(str, (row.number, row.time_ns, clean(row.source), clean(row.destination), protocol, row.length, text)))
