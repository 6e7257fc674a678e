"""The protocol of `line_server.py`, and how to start that server."""

import sys
from pathlib import Path

from construct import GreedyBytes, Struct

from workbench.api import ProtocolSpec, Seed, delimited

SERVER = Path(__file__).with_name("line_server.py")

LINES = ProtocolSpec(
    name="lines",
    title="Lines, for tests",
    ports=(7070,),
    grammar=Struct("line" / GreedyBytes),
    frame=delimited(b"\n"),
    seeds=(Seed("greet", (b"HELLO\n", b"HOW are you\n")),),
)


def command(*words: str) -> tuple[str, ...]:
    """The words that start the server on a port still to be chosen."""
    return (sys.executable, "-S", str(SERVER), "{port}", *words)
