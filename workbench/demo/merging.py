"""Several growing captures become one: each tap relay writes a file of its own, screens want to watch one."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from captures.capture import Capture, open_capture
from captures.recording import Recording

__all__ = ["Merger"]


class Merger:
    """Copies new packets of `sources` (pcapng files with one interface each) into `target`, ordered by time within each step."""

    def __init__(self, sources: Sequence[Path], target: Path) -> None:
        self._captures: list[Capture] = [open_capture(path) for path in sources]
        self._done = [0] * len(sources)
        self._recording = Recording(target, "taps")

    def step(self) -> int:
        """Copy what is new; returns how many packets that were."""
        found = []
        for place, capture in enumerate(self._captures):
            capture.grow()
            numbers = range(self._done[place] + 1, len(capture.index) + 1)
            found += [capture.packet(number) for number in numbers]
            self._done[place] = len(capture.index)
        found.sort(key=lambda packet: packet.time_ns)
        for packet in found:
            self._recording.writer.packet(packet.time_ns, packet.data, original_length=packet.original_length)
        if found:
            self._recording.flush()
        return len(found)

    def close(self) -> None:
        """Copy the rest and close everything."""
        self.step()
        self._recording.close()
        for capture in self._captures:
            capture.close()

    def __enter__(self) -> "Merger":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
