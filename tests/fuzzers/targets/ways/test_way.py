"""Every way to run a server offers the same, and what it promises about itself holds together."""

import inspect

import pytest

from fuzzers.targets.ways.blackbox import Blackbox
from fuzzers.targets.ways.fork import Fork
from fuzzers.targets.ways.live import Live
from fuzzers.targets.ways.persistent import Persistent
from fuzzers.targets.ways.restart import Restart
from fuzzers.targets.ways.way import Way

WAYS = [Live, Persistent, Fork, Restart, Blackbox]


@pytest.mark.parametrize("way", WAYS)
def test_it_offers_everything(way: type):
    for name, wanted in inspect.getmembers(Way, inspect.isfunction):
        if not name.startswith("_"):
            assert inspect.signature(getattr(way, name)) == inspect.signature(wanted), name
    for name in ("name", "keeps", "ours", "secrets", "endpoint", "group"):
        assert hasattr(way, name), name


@pytest.mark.parametrize("way", WAYS)
def test_what_remembers_is_told_secrets_now_and_then(way: type):
    # where nothing is kept, a secret is told before each case or can never be met
    assert way.secrets > 1 if way.keeps else way.secrets in (0, 1)


def test_their_names_are_apart():
    assert len({way.name for way in WAYS}) == len(WAYS)
