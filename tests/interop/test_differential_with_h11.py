"""An old h11 and the one of today disagree about what ends a chunk (CVE-2025-43859): found from seeds that have nothing to do with it.

Skipped where the old one is not to be had: it is taken from the package index, or from the folder that OLD_H11 names.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzzers import Campaign, CampaignConfig, FindingFound
from fuzzers.differential.servers import differential_target
from workbench.registry import load

OLD = "0.14.0"
LONGEST_S = 240.0
"""A quiet machine takes a few seconds."""
ECHO = Path(__file__).parents[1] / "support" / "h11_echo.py"


@pytest.fixture(scope="module")
def old_h11(tmp_path_factory) -> Path:
    """A folder to import the old h11 from."""
    folder = Path(os.environ.get("OLD_H11") or tmp_path_factory.mktemp("h11"))
    if not (folder / "h11").is_dir():
        install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--disable-pip-version-check", "--retries", "0"]
        done = subprocess.run(
            [*install, "--timeout", "5", "--target", str(folder), f"h11=={OLD}"], capture_output=True, text=True
        )
        if done.returncode:
            pytest.skip(f"h11 {OLD} is not to be had here: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ''}")
    return folder


@pytest.fixture
def servers(tmp_path, old_h11):
    words = [sys.executable, str(ECHO), "{port}"]
    files = {"new": f"command = {json.dumps(words)}\n"}
    files["old"] = files["new"] + f"[environment]\nPYTHONPATH = {json.dumps(str(old_h11))}\n"
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text)
    return [str(tmp_path / f"{name}.toml") for name in ("old", "new")]


@pytest.mark.timeout(300)
def test_the_end_of_a_chunk_is_found(servers, tmp_path):
    target = differential_target(servers)
    config = CampaignConfig(protocol="http1", directory=tmp_path / "campaign", target=target, seconds=LONGEST_S)
    campaign, found = Campaign(load().get("http1"), config), None
    for event in campaign.run():
        # they differ in a few other things as well, which may be met first
        if isinstance(event, FindingFound) and "chunk data go on behind the announced size" in event.finding.summary:
            found = event.finding
            campaign.stop()
    assert found is not None
    assert found.confirmed
    assert b"chunked" in b"".join(found.messages).lower()
