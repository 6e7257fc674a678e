"""A real, very short campaign for tests of what shows campaigns and findings."""

import threading
from pathlib import Path

from workbench.tui.campaigns import CampaignRun, Plan

PATIENCE = 60.0
CASES = 10
"""The training server's wrong checksum is met within these."""


def short_campaign(directory: Path) -> CampaignRun:
    """Play CASES cases against streambus' training server, in a process of its own, and wait for the end."""
    ended = threading.Event()
    run = CampaignRun(Plan(protocol="streambus", seed=1, cases=CASES, directory=directory), lambda: run.running or ended.set())
    run.begin()
    try:
        assert ended.wait(PATIENCE)
    finally:
        run.close()
    assert not run.error
    return run
