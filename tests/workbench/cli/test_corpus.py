import json
from pathlib import Path

import pytest

from support.commands import workbench
from support.shared import ROOT

SAMPLE = ROOT / "captures" / "samples" / "socks5-dante-microsocks.pcapng"


@pytest.fixture(scope="module")
def campaign(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("corpus") / "campaign"
    assert workbench("fuzz", "streambus", "--cases", 600, "--jobs", 1, "-o", folder).code == 0
    return folder


def test_list_and_show(campaign):
    rows = json.loads(workbench("corpus", "list", campaign, "--json").out)
    assert [row["number"] for row in rows] == list(range(len(rows)))
    assert rows[-1]["name"].startswith("case ")
    assert any(row["alone"] for row in rows)
    assert len(workbench("corpus", "list", campaign).out.splitlines()) == len(rows) + 1
    shown = workbench("corpus", "show", campaign, 0).out.splitlines()
    assert shown[0] == f"ask for health: 1 messages, 26 bytes, {rows[0]['features']} features"
    assert shown[1].startswith("message 0: 26 bytes  HealthCheck")
    assert shown[2].startswith("  000000  00 00 00 16")
    assert workbench("corpus", "show", campaign, len(rows)).code == 2


def test_a_smaller_corpus_that_shows_as_much_and_a_campaign_from_it(campaign, tmp_path):
    done = workbench("corpus", "cmin", campaign, "-o", tmp_path / "small")
    kept = list((tmp_path / "small").iterdir())
    everything = json.loads(workbench("corpus", "list", campaign, "--json").out)
    assert 0 < len(kept) < len(everything)
    assert done.out.startswith(f"{len(kept)} of {len(everything)} sessions show all")
    started = workbench("fuzz", "streambus", "--from-corpus", tmp_path / "small", "--cases", 5, "--jobs", 1, "-o", tmp_path / "c")
    assert started.code == 0
    different = len({file.read_bytes() for file in kept})  # some differ in how they are performed only, which no file tells
    assert different <= int(started.err.split(" sessions as corpus")[0].split()[-1]) <= different + 5, "the five seeds, and these"


def test_files_without_features_are_played(campaign, tmp_path):
    assert workbench("corpus", "export", campaign, "--format", "raw", "-o", tmp_path / "raw").code == 0
    assert workbench("corpus", "cmin", tmp_path / "raw", "-o", tmp_path / "x").code == 2, "nobody says whose they are"
    done = workbench("corpus", "cmin", tmp_path / "raw", "--protocol", "streambus", "--jobs", 1, "-o", tmp_path / "small")
    assert done.code == 0
    assert "to see what they show" in done.err
    assert 0 < len(list((tmp_path / "small").glob("*.replay"))) < len(list((tmp_path / "raw").iterdir()))
    again = workbench("corpus", "export", campaign, "-o", tmp_path / "raw")
    assert (again.code, "not empty" in again.err) == (2, True)


def test_what_clients_say_in_a_capture(tmp_path):
    done = workbench("corpus", "export", SAMPLE, "--protocol", "socks5", "--format", "raw", "-o", tmp_path / "seeds")
    assert done.code == 0
    files = sorted((tmp_path / "seeds").iterdir())
    assert len(files) == 13
    assert {file.read_bytes()[0] for file in files} == {4, 5}, "the versions of SOCKS"
