"""The first packets of a capture, fast: rows from the columns alone, before plugins and dissectors are even loaded."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captures import Capture
    from workbench.api import Transport
    from workbench.rows import PacketRow

__all__ = ["Glance", "glance"]


class Glance:
    """As much of a session as a packet list needs. The file is closed already; rows need only the columns."""

    def __init__(self, capture: "Capture") -> None:
        self._capture = capture

    def __len__(self) -> int:
        """Packets seen."""
        return len(self._capture.index)

    def row(self, number: int) -> "PacketRow":
        """The row of one packet."""
        from workbench.rows import row_of

        return row_of(self._capture.index, number)

    def packet_stream(self, number: int) -> "tuple[Transport, int] | None":
        """Not looked at yet."""
        del number
        return None


def glance(path: Path, packets: int) -> Glance:
    """Look at up to `packets` packets of a file. Raises CaptureError when it cannot be read."""
    from captures.capture import open_capture

    with open_capture(path) as capture:
        capture.grow(packets)
    return Glance(capture)
