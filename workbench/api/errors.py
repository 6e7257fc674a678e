"""Everything the workbench raises on purpose.

Each error says who is guilty, where, and what to do next; the doors print `str(error)` and nothing else. Wire data is
never a reason to raise above a decoder: there, errors and notes are part of the `Message`.
"""

__all__ = ["CaptureError", "FrameError", "PluginError", "TargetError", "UsageError", "WorkbenchError"]


class WorkbenchError(Exception):
    """Base of all deliberate errors.

    `place` names the file, packet, option or plugin (empty when there is none); `remedy` is one sentence in the imperative.
    """

    def __init__(self, message: str, *, place: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        return f"{text}. {self.remedy}" if self.remedy else text


class UsageError(WorkbenchError):
    """The user asked for something that cannot be (unknown protocol, bad filter, unsafe target): exit code 2."""


class CaptureError(WorkbenchError):
    """A capture file or an interface cannot be used at all; a damaged tail is a note on the capture instead."""


class PluginError(WorkbenchError):
    """A plugin cannot be loaded or breaks its contract; the others go on working."""


class TargetError(WorkbenchError):
    """A fuzz target or a server cannot be started or reached."""


class FrameError(WorkbenchError):
    """A `Framer` says: no message of this protocol can start with these bytes. The remote is guilty."""
