"""Errors say where and what to do."""

import pytest

from workbench.api import CaptureError, FrameError, PluginError, TargetError, UsageError, WorkbenchError


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (UsageError("no such thing"), "no such thing"),
        (UsageError("no such thing", place="--filter"), "--filter: no such thing"),
        (CaptureError("it is empty", remedy="Record it again"), "it is empty. Record it again"),
        (PluginError("it has no name", place="my.py", remedy="Give it one"), "my.py: it has no name. Give it one"),
    ],
)
def test_how_an_error_reads(error: WorkbenchError, text: str):
    assert str(error) == text


def test_every_error_is_caught_as_one():
    for kind in (UsageError, CaptureError, PluginError, TargetError, FrameError):
        assert issubclass(kind, WorkbenchError)
    error = FrameError("bad", place="p", remedy="r")
    assert (error.message, error.place, error.remedy) == ("bad", "p", "r")
