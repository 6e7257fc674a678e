"""The settings one side announced, and which of them the other side has taken note of (RFC 9113 6.5.3)."""

from collections import deque
from collections.abc import Iterable, Mapping

from workbench_http2.limits import DEFAULT_FRAME_SIZE, DEFAULT_TABLE, DEFAULT_WINDOW, MAX_PENDING_SETTINGS
from workbench_http2.names import Setting

__all__ = ["Announced"]

_DEFAULTS: Mapping[int, int] = {
    Setting.HEADER_TABLE_SIZE: DEFAULT_TABLE,
    Setting.ENABLE_PUSH: 1,
    Setting.MAX_CONCURRENT_STREAMS: 2**32 - 1,
    Setting.INITIAL_WINDOW_SIZE: DEFAULT_WINDOW,
    Setting.MAX_FRAME_SIZE: DEFAULT_FRAME_SIZE,
    Setting.MAX_HEADER_LIST_SIZE: 2**32 - 1,
    Setting.ENABLE_CONNECT_PROTOCOL: 0,
    Setting.NO_RFC7540_PRIORITIES: 0,
}


class Announced:
    """`frames` counts SETTINGS frames without ACK."""

    def __init__(self) -> None:
        self._acknowledged = dict(_DEFAULTS)
        self._pending: deque[dict[int, int]] = deque(maxlen=MAX_PENDING_SETTINGS)
        self._largest: dict[int, int] = {}
        self.frames = 0

    def announce(self, settings: Iterable[tuple[int, int]]) -> None:
        """A SETTINGS frame; of a setting that comes twice the last value counts (RFC 9113 6.5.3)."""
        self.frames += 1
        self._pending.append({number: value for number, value in settings if number in _DEFAULTS})
        self._largest.clear()

    def acknowledge(self) -> bool:
        """The other side's ACK of the oldest frame; False where none waits."""
        self._largest.clear()
        if not self._pending:
            return False
        self._acknowledged |= self._pending.popleft()
        return True

    def newest(self, setting: Setting) -> int:
        """What was said last, acknowledged or not."""
        for settings in reversed(self._pending):
            if setting in settings:
                return settings[setting]
        return self._acknowledged[setting]

    def largest(self, setting: Setting) -> int:
        """The most generous value that the other side may go by at the moment: it reads a frame some time before its ACK is seen."""
        known = self._largest.get(setting)
        if known is None:
            waiting = [settings[setting] for settings in self._pending if setting in settings]
            known = self._largest[setting] = (
                max(self._acknowledged[setting], *waiting) if waiting else self._acknowledged[setting]
            )
        return known
