"""Every player can be asked what `CasePlayer` says, in the same words."""

import inspect

import pytest

from fuzzers.boofuzz_bridge import WatchedPlayer
from fuzzers.differential.player import DifferentialPlayer
from fuzzers.targets.board import Board
from fuzzers.targets.calibration import Calibration
from fuzzers.targets.inproc import InProcess
from fuzzers.targets.player import CasePlayer, Post
from fuzzers.targets.server import ServerPlayer


@pytest.mark.parametrize("player", [InProcess, ServerPlayer, DifferentialPlayer, WatchedPlayer])
def test_it_offers_everything(player: type):
    for name, wanted in inspect.getmembers(CasePlayer, inspect.isfunction):
        if not name.startswith("_"):
            offered = inspect.signature(getattr(player, name)).parameters
            assert list(offered) == list(inspect.signature(wanted).parameters), name
    assert hasattr(player, "keeps")


def test_a_post_is_the_first_one_unless_something_is_known():
    def abandon(execution):
        raise AssertionError(execution)

    assert Post(0, Board(), abandon).calibration is None
    assert Post(1, Board(), abandon, Calibration("fork")).calibration == Calibration("fork")
