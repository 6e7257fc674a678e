import importlib.metadata
from dataclasses import replace

import pytest

from fuzzers import TargetConfig, cases
from fuzzers.shards import DISTRIBUTION, Behind, Recipe, Shard, ShardDone, clear_away, play_shard
from fuzzers.targets.making import executor_for
from fuzzers.targets.orders import Broken
from support.tiny import CRASH, TINY, packet
from workbench.api import Seed


def load(plugins):
    return (TINY,)


@pytest.fixture
def recipe():
    source = cases(replace(TINY, seeds=(Seed("bad", (packet(2, CRASH),)),)), 3)
    version = importlib.metadata.version(DISTRIBUTION)
    facts = Recipe(
        key="a campaign",
        version=version,
        load=load,
        protocol="tiny",
        plugins=(),
        tokens=(b"more",),
        target=TargetConfig(kind="training"),
        seeds=source.pool.seeds,
        seed=3,
    )
    yield facts
    clear_away(facts.key)


def test_a_shard_shows_what_the_cases_show_here(recipe):
    done = play_shard(recipe, Shard(0, 200))
    assert isinstance(done, ShardDone)
    again = play_shard(recipe, Shard(0, 200))
    suspects = [suspect.case for span in done.spans for suspect in span.suspects]
    assert suspects[0] == 0
    assert suspects == [suspect.case for span in again.spans for suspect in span.suspects]


def test_what_the_corpus_has_grown_makes_later_cases(recipe):
    source = cases(TINY, 3)
    executor = executor_for(TINY, source, recipe.target, 1)
    for span in executor.sweep(0, 512):
        for novel in span.novel:
            source.pool.offer(source.found(source.case_at(novel.case), novel.features))
    executor.close()
    assert source.pool.grown
    news = tuple(source.pool.grown)
    play_shard(replace(recipe, tokens=()), Shard(0, 1))
    assert isinstance(play_shard(replace(recipe, tokens=()), Shard(1024, 1030, 0, news)), ShardDone)
    assert isinstance(play_shard(replace(recipe, tokens=()), Shard(1030, 1040, 0, news)), ShardDone)  # told twice, known once


def test_who_was_not_told_of_what_is_taken_for_known_plays_nothing(recipe):
    assert isinstance(play_shard(recipe, Shard(1024, 1030, 1)), Behind)


def test_errors_are_values(recipe):
    report = play_shard(replace(recipe, key="b", protocol="other"), Shard(0, 1))
    assert isinstance(report, Broken)
    assert "does not know other" in str(report.error(0))


def test_another_version_makes_other_cases(recipe):
    report = play_shard(replace(recipe, key="c", version="0"), Shard(0, 1))
    assert isinstance(report, Broken)
    assert "same version" in str(report.error(0))


def test_clearing_away_twice(recipe):
    play_shard(recipe, Shard(0, 1))
    clear_away(recipe.key)
    clear_away(recipe.key)
