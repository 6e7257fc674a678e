import importlib
import json

import pytest

from fuzzers.targets.making import executor_for
from support.commands import workbench
from workbench.cli.fuzz_cluster import find_protocols, players_for


def test_without_a_cluster_this_machine_plays():
    assert players_for("", ()) is executor_for


def test_a_worker_finds_what_is_installed():
    assert "streambus" in {spec.name for spec in find_protocols(())}


def test_a_campaign_over_a_cluster(tmp_path):
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with importlib.import_module("support.dask").local_cluster(tmp_path) as there:
        done = workbench("fuzz", "streambus", "--training", "--stop-after", 1, "--cluster", there.address, "-o", tmp_path / "c")
    assert done.code == 1, done.err
    assert len(json.loads(workbench("report", tmp_path / "c", "--json").out)["findings"]) == 1


def test_nobody_answers(tmp_path):
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    done = workbench("fuzz", "streambus", "--cluster", "nowhere", "-o", tmp_path / "c")
    assert done.code == 2
    assert "scheduler" in done.err
    assert "Traceback" not in done.err
