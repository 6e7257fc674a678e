"""A campaign that is killed again and again, at random moments, comes to the same end as one that is left alone."""

import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from fuzzers import Campaign, CampaignConfig, Ended, FindingFound, Progress, Started, TargetConfig, report
from fuzzers.store import FILE_NAME, Store
from support.tiny import CRASH, LEAK, TINY, WRONG, packet
from workbench.api import Seed

TRIALS = 10
MOST_MARKS = 5
"""Lines that a campaign says before it is killed, at most."""
MORE = 100
"""Cases after the last trial, so that what the first runs found is made use of."""

SPEC = replace(
    TINY, seeds=(*TINY.seeds, *(Seed(f"seed {kind}", (packet(1, "echo"), packet(2, kind))) for kind in (CRASH, WRONG, LEAK)))
)

TELLING = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_fuzzing_killed import FindingFound, Progress, Started, campaign
for event in campaign(Path(sys.argv[1]), None):
    match event:
        case Started():
            print("from", event.first_case, flush=True)
        case FindingFound(finding):
            print("found", finding.slug, flush=True)
        case Progress(stats):
            print("cases", stats.cases, flush=True)
"""


def campaign(directory: Path, cases: int | None):
    """A campaign up to so many cases, from where the last one in this folder was."""
    config = CampaignConfig(
        protocol="tiny",
        directory=directory,
        seed=5,
        target=TargetConfig(kind="training"),
        cases=cases,
        jobs=2,
        resume=(directory / FILE_NAME).exists(),
    )
    return Campaign(SPEC, config).run()


def killed(directory: Path, marks: int) -> list[list[str]]:
    """What a campaign says up to its end, which comes right after it has said so many lines."""
    here = Path(__file__).parent
    words = [sys.executable, "-c", TELLING, str(directory), str(here)]
    environment = os.environ | {"PYTHONPATH": str(here.parent)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = [line.split() for line in islice(process.stdout, marks)]
        assert len(said) == marks, process.stderr.read()
        process.kill()
        rest = process.stdout.read()
    return said + [line.split() for line in rest.split("\n")[:-1]]


def known(directory: Path) -> tuple[object, ...]:
    """What a campaign leaves behind: its corpus, how often each finding was met, and every file of theirs."""
    with closing(Store.open(directory)) as store:
        rows = (store.corpus(), tuple(store.grown()), store.seen(), store.findings())
    folder = directory / "findings"
    return (*rows, {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()})


@pytest.mark.timeout(400)  # twenty starts of a campaign; half a minute on a quiet machine
def test_ten_kills_at_random_moments_lose_nothing(tmp_path):
    random = Random(7)
    folder = tmp_path / "killed"
    found: set[str] = set()
    played = 0
    for _ in range(TRIALS):
        said = killed(folder, random.randint(1, MOST_MARKS))
        assert int(said[0][1]) >= played, "no case that was told of is played again"
        found |= {words[1] for words in said if words[0] == "found"}
        played = max(int(words[1]) for words in said if words[0] != "found")
        kept = report(folder)
        assert found <= {finding.slug for finding in kept.findings}
        assert all(finding.folder.is_dir() for finding in kept.findings)
        assert kept.cases >= played
    last = report(folder).cases + MORE
    resumed = list(campaign(folder, last))
    assert isinstance(resumed[0], Started)
    assert resumed[0].first_case == last - MORE
    whole = list(campaign(tmp_path / "whole", last))
    assert isinstance(whole[-1], Ended)
    assert any(isinstance(event, FindingFound) for event in whole)
    assert any(isinstance(event, Progress) for event in whole)
    assert known(folder) == known(tmp_path / "whole")
