"""Sets of keys. Each maps command names to keys; a command that is not listed keeps its default keys."""

from collections.abc import Mapping

from workbench.tui.commands import COMMANDS

__all__ = ["KEYMAPS"]

_DEFAULT = {command.name: command.keys for command in COMMANDS if command.keys}

_WIRESHARK = {
    "packets.goto": "ctrl+g",
    "packets.mark": "ctrl+n",
    "packets.next": "ctrl+down,f8",
    "packets.previous": "ctrl+up,f7",
    "packets.next-in-stream": "ctrl+full_stop,]",
    "packets.previous-in-stream": "ctrl+comma,[",
    "packets.follow-stream": "ctrl+alt+shift+t,f",
    "packets.next-mark": "ctrl+shift+n,'",
    "packets.filter": "/,ctrl+slash",
    "app.quit": "Q,ctrl+w",
}

_TERMSHARK = {
    "packets.next-in-stream": "]",
    "packets.follow-stream": "f",
    "packets.follow-tail": "A",
    "packets.layout": "|,+",
    "packets.copy": "c,y",
    "app.command": ":",
    "app.back": "escape,q",
    "app.quit": "Q,ctrl+c",
    "app.zoom": "backslash,z",
}

_MITMPROXY = {
    "packets.filter": "f,/",
    "packets.follow-stream": "S",
    "packets.clear-filter": "U",
    "packets.export": "e,w",
    "packets.next-mark": "'",
    "flows.follow": "S",
    "flows.sort": "o",
    "fuzz.findings": "i",
}

KEYMAPS: Mapping[str, Mapping[str, str]] = {
    "default": _DEFAULT,
    "wireshark": _WIRESHARK,
    "termshark": _TERMSHARK,
    "mitmproxy": _MITMPROXY,
}
"""Keymaps by name: our own, and habits from three programs people come from."""
