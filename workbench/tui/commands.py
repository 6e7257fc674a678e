"""Every action by name: the one table that key bindings, palette, `:` line, help page and footer are made from.

A name is `scope.action`. The scope says who carries it out: the application, one screen (its mode's name), or a kind of pane.
`App.perform` finds that node, asks it whether the command is possible now, and calls its `action_…` method.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType

__all__ = ["COMMANDS", "MODES", "Command", "bindings", "find", "nearest"]


@dataclass(frozen=True, slots=True)
class Command:
    """One action. `keys` are its keys in the default keymap (comma-separated), `argument` what it takes on the `:` line."""

    name: str
    keys: str
    title: str
    """What the footer says: one or two words."""
    help: str
    shown: bool = False
    """Whether it belongs to the few that the footer shows for its pane."""
    argument: str = ""

    @property
    def scope(self) -> str:
        """Who carries it out."""
        return self.name.partition(".")[0]

    @property
    def method(self) -> str:
        """The method of that node."""
        return "action_" + self.name.partition(".")[2].replace("-", "_")


MODES = ("start", "packets", "flows", "stream", "stats", "fuzz", "findings")
"""Screens, by the name of their mode; a command of such a scope may be given anywhere and opens its screen first."""


def _table(
    *rows: tuple[str, str, str, str] | tuple[str, str, str, str, bool] | tuple[str, str, str, str, bool, str],
) -> tuple[Command, ...]:
    return tuple(Command(*row) for row in rows)


_APP = _table(
    ("app.packets", "1", "Packets", "Packet list, fields and bytes"),
    ("app.flows", "2", "Flows", "Conversations: who talked to whom, how much and for how long"),
    ("app.stream", "3", "Stream", "Follow the stream of the current packet"),
    ("app.stats", "4", "Stats", "Protocol hierarchy, endpoints and traffic over time"),
    ("app.fuzz", "5", "Fuzz", "Run a fuzz campaign and watch it"),
    ("app.findings", "6", "Findings", "What fuzzing found: input, reply, replay"),
    ("app.start", "", "Start", "Files, demo, plugins and what is missing on this machine"),
    ("app.open", "", "Open", "Open a capture file", False, "FILE"),
    ("app.reopen", "backspace", "Capture before", "Return to the capture that was open before this one"),
    ("app.palette", "ctrl+p", "Palette", "Search all commands", False),
    ("app.command", ":", "Command", "Type a command by name"),
    ("app.help", "?", "Help", "Keys of the focused pane", True),
    ("app.back", "escape,q", "Back", "Leave: the pane, the screen, the question"),
    ("app.quit", "Q,ctrl+c", "Quit", "Quit the workbench (asks while a campaign runs)"),
    ("app.next-pane", "tab", "Next pane", "Focus the next pane"),
    ("app.previous-pane", "shift+tab", "Previous pane", "Focus the previous pane"),
    ("app.zoom", "\\", "Zoom", "Give the focused pane the whole screen, or take it back"),
    ("app.keymap", "", "Keymap", "Use another set of keys", False, "default|wireshark|termshark|mitmproxy"),
    ("app.theme", "", "Theme", "Switch between the dark and the light theme"),
    ("app.picture", "", "Picture", "Save the screen as an SVG picture", False, "[FILE]"),
)

_PACKETS = _table(
    ("packets.filter", "/", "Filter", "Show only packets that match", True, "[EXPRESSION]"),
    ("packets.clear-filter", "", "Show all", "Take the filter away"),
    ("packets.goto", "", "Go to", "Go to the packet with this number", False, "NUMBER"),
    ("packets.next", "J", "Next packet", "Next packet, whichever pane is focused"),
    ("packets.previous", "K", "Previous packet", "Previous packet, whichever pane is focused"),
    ("packets.next-in-stream", "]", "Next in stream", "Next packet of the same stream"),
    ("packets.previous-in-stream", "[", "Previous in stream", "Previous packet of the same stream"),
    ("packets.follow-stream", "f", "Stream", "Follow the stream of this packet", True),
    ("packets.follow-tail", "F", "Tail", "Stay at the newest packet as the capture grows", True),
    ("packets.mark", "m", "Mark", "Mark this packet, or take the mark away", True),
    ("packets.next-mark", "'", "Next mark", "Go to the next marked packet"),
    ("packets.time", "t", "Time", "Times since the first packet, since the one above, or of the day"),
    ("packets.copy", "y", "Copy", "Copy this packet: its line, or the field or bytes under the cursor", True),
    ("packets.export", "w", "Export", "Save what is shown as dissected pcapng", True, "[FILE]"),
    ("packets.second-opinion", "T", "tshark", "Where tshark sees this packet differently"),
    ("packets.layout", "|", "Layout", "Details below the list, or beside it"),
)

_LIST = _table(
    ("list.down", "j,down", "Down", "One row down"),
    ("list.up", "k,up", "Up", "One row up"),
    ("list.page-down", "pagedown,ctrl+f,ctrl+d", "Page down", "One page down"),
    ("list.page-up", "pageup,ctrl+u", "Page up", "One page up"),
    ("list.top", "home", "Top", "First row; also gg, and Ngg for row N"),
    ("list.bottom", "G,end", "Bottom", "Last row"),
    ("list.choose", "enter,l,right", "Open", "Open the row, or go into its details"),
)

_TREE = _table(
    ("tree.down", "j,down", "Down", "Next field"),
    ("tree.up", "k,up", "Up", "Previous field"),
    ("tree.page-down", "pagedown,ctrl+f,ctrl+d", "Page down", "One page down"),
    ("tree.page-up", "pageup,ctrl+u", "Page up", "One page up"),
    ("tree.top", "home", "Top", "First field; also gg"),
    ("tree.bottom", "G,end", "Bottom", "Last field"),
    ("tree.open", "l,right", "Open", "Open the field, or step into it"),
    ("tree.close", "h,left", "Close", "Close the field, or step out of it"),
    ("tree.toggle-node", "enter,space", "Open/close", "Open or close the field", True),
    ("tree.open-all", "E", "Open all", "Open every field"),
    ("tree.close-all", "C", "Close all", "Close every field but the layers"),
    ("tree.filter", "a", "Apply as filter", "Show only packets that have this value", True),
)

_HEX = _table(
    ("hex.left", "h,left", "Left", "One byte back"),
    ("hex.right", "l,right", "Right", "One byte on"),
    ("hex.up", "k,up", "Up", "One row up"),
    ("hex.down", "j,down", "Down", "One row down"),
    ("hex.page-up", "pageup,ctrl+u", "Page up", "One page up"),
    ("hex.page-down", "pagedown,ctrl+f,ctrl+d", "Page down", "One page down"),
    ("hex.top", "home", "Top", "First byte; also gg"),
    ("hex.bottom", "G,end", "Bottom", "Last byte"),
    ("hex.previous-view", "comma", "Other bytes", "Previous byte view: packet, reassembled, decoded"),
    ("hex.next-view", ".", "Bytes of", "Next byte view: packet, reassembled, decoded", True),
)

_FLOWS = _table(
    ("flows.follow", "f", "Stream", "Follow the stream", True),
    ("flows.filter", "a", "Packets", "Show only the packets of this conversation", True),
    ("flows.sort", "s", "Sort", "Sort by the next column", True),
    ("flows.copy", "y", "Copy", "Copy the row"),
)

_STREAM = _table(
    ("stream.view", "v", "View", "Messages, text or bytes", True),
    ("stream.messages", "", "Messages", "Message table with the fields of each"),
    ("stream.text", "", "Text", "What both sides said, as text"),
    ("stream.bytes", "", "Bytes", "What both sides said, as a hex dump"),
    ("stream.direction", "d", "Direction", "Both directions, only to the server, or only to the client", True),
    ("stream.inside", "e", "Inside", "Text and bytes as captured, or of what travelled inside: decrypted TLS and the like", True),
    ("stream.next", "]", "Next stream", "Next stream of the capture", True),
    ("stream.previous", "[", "Previous stream", "Previous stream of the capture"),
    ("stream.packet", "p", "Packet", "Go to the packet that completed this message", True),
    ("stream.copy", "y", "Copy", "Copy the message, or the line"),
    ("stream.save", "w", "Save", "Save the bytes of the shown directions, as captured or decrypted", True, "[FILE]"),
)

_STATS = _table(
    ("stats.next", ".", "Next table", "Next table", True),
    ("stats.previous", "comma", "Previous table", "Previous table"),
    ("stats.filter", "a", "Packets", "Show only the packets of this row", True),
    ("stats.refresh", "r", "Count again", "Count again", True),
    ("stats.copy", "y", "Copy", "Copy the row"),
)

_FUZZ = _table(
    ("fuzz.start", "s", "Start", "Start a campaign on the chosen target", True, "[PROTOCOL]"),
    ("fuzz.stop", "x", "Stop", "Stop the running campaign; what it found is kept", True),
    ("fuzz.cases", "c", "Cases", "How many cases the next campaign runs", True, "NUMBER"),
    ("fuzz.seed", "", "Seed", "The seed of the next campaign: equal seeds give equal cases", False, "NUMBER"),
    ("fuzz.findings", "f", "Findings", "Look at what was found", True),
)

_FINDINGS = _table(
    ("findings.replay", "r", "Replay", "Send the finding again and say whether it still happens", True),
    ("findings.minimised", "v", "Whole/minimised", "The minimised input, or the case as it was found", True),
    ("findings.open", "o", "Open traffic", "Open the finding's traffic in the packet list", True),
    ("findings.folder", "", "Folder", "List the findings below another folder", False, "FOLDER"),
    ("findings.copy", "y", "Copy path", "Copy the folder's path"),
)

COMMANDS: tuple[Command, ...] = _APP + _PACKETS + _LIST + _TREE + _HEX + _FLOWS + _STREAM + _STATS + _FUZZ + _FINDINGS
"""All of them, in the order of the help page."""

_BY_NAME = {command.name: command for command in COMMANDS}


def find(name: str) -> Command | None:
    """The command of this exact name."""
    return _BY_NAME.get(name)


def nearest(word: str) -> Command | None:
    """What a person means by `word` on the `:` line: a name, or an unambiguous end or beginning of one ("goto", "follow-t")."""
    exact = _BY_NAME.get(word)
    if exact is not None:
        return exact
    for matches in (
        [command for command in COMMANDS if command.name.partition(".")[2] == word],
        [command for command in COMMANDS if command.name.startswith(word)],
        [command for command in COMMANDS if command.name.partition(".")[2].startswith(word)],
    ):
        if matches and (len(matches) == 1 or matches[0].name.partition(".")[2] == word):
            return matches[0]
    return None


def bindings(scope: str) -> list[BindingType]:
    """The key bindings of one scope, in table order."""
    return list(_bindings(command for command in COMMANDS if command.scope == scope and command.keys))


def _bindings(commands: Iterable[Command]) -> Iterable[Binding]:
    for command in commands:
        yield Binding(
            command.keys.replace("\\", "backslash").replace(":", "colon"),
            f"app.perform('{command.name}')",
            command.title,
            show=command.shown,
            id=command.name,
            tooltip=command.help,
        )
