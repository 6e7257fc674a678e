"""A source for exports: a small capture with messages of the toy protocol, some of them odd."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dissectors.filters import parse_filter
from support.pcap import tcp_frames, write_pcap
from support.toy import TOY, toy_message
from workbench.api import Direction
from workbench.export.source import Source
from workbench.registry import Registry
from workbench.session import Session

PING, PONG = toy_message("ping", 1, b"=cmd()"), toy_message("pong", 1)
BROKEN = PING[:-1] + bytes([PING[-1] ^ 1])
TURNS = [(Direction.TO_SERVER, PING), (Direction.TO_CLIENT, PONG), (Direction.TO_SERVER, BROKEN)]


@contextmanager
def toy_source(folder: Path, filter_text: str = "") -> Iterator[Source]:
    """What `workbench export` hands to a format."""
    path = write_pcap(folder / "source.pcap", tcp_frames(TURNS))
    with Session.open(path, Registry((TOY,))) as session:
        session.grow()
        yield session.source(parse_filter(filter_text, (TOY,)) if filter_text else None)
