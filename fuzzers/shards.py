"""What a machine of a cluster does for a campaign that runs elsewhere: it makes the same cases out of the same facts and plays ranges of
them on a target of its own, by the same executor as the campaign itself.

Who hands the ranges out is `fuzzers.cluster`. Nothing here knows about a cluster: these are functions of plain values.
"""

import importlib.metadata
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fuzzers.cases import CaseSource
from fuzzers.corpus import corpus_of
from fuzzers.dictionary import with_tokens
from fuzzers.pool import Grown
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.executor import Executor, Span
from fuzzers.targets.links.dialing import carrier_of
from fuzzers.targets.making import executor_for
from fuzzers.targets.orders import Broken, broken_by
from workbench.api import ProtocolSpec, Seed, UsageError, WorkbenchError

__all__ = ["DISTRIBUTION", "Behind", "LoadSpecs", "Recipe", "Shard", "ShardDone", "clear_away", "play_shard"]

DISTRIBUTION = "protocol-workbench"

LoadSpecs = Callable[[tuple[str, ...]], Sequence[ProtocolSpec]]
"""Gives all protocols that are installed, and those in these plugin files; a function of a module that every machine has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A campaign's facts. `key` is its own, `tokens` are what its dictionaries added, `seeds` its corpus as it began."""

    key: str
    version: str
    load: LoadSpecs
    protocol: str
    plugins: tuple[str, ...]
    tokens: tuple[bytes, ...]
    target: TargetConfig
    seeds: tuple[Seed, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class Shard:
    """Cases `[start, stop)`; `news` are the entries of the pool behind the first `known` ones, which this machine was told of before."""

    start: int
    stop: int
    known: int = 0
    news: tuple[Grown, ...] = ()


@dataclass(frozen=True, slots=True)
class ShardDone:
    """The spans of a shard, in order, and how often the target died in it."""

    spans: tuple[Span, ...]
    restarts: int


@dataclass(frozen=True, slots=True)
class Behind:
    """The machine has not been told of what the shard takes for known: it would make other cases. Nothing was played."""


@dataclass(frozen=True, slots=True)
class _Bench:
    cases: CaseSource
    executor: Executor


_benches: dict[str, _Bench] = {}
_busy = threading.Lock()
"""A machine's program may run several tasks at once in threads; the target of a campaign is one."""


def play_shard(recipe: Recipe, shard: Shard) -> ShardDone | Behind | Broken:
    """Play a range; whatever is to be told to the user comes back as a value."""
    with _busy:
        try:
            bench = _benches.get(recipe.key)
            if bench is None:
                bench = _benches[recipe.key] = _set_up(recipe)
            has = len(bench.cases.pool.grown)
            if has < shard.known:
                return Behind()
            for found in shard.news[has - shard.known :]:
                bench.cases.pool.offer(found)
            before = bench.executor.restarts
            spans = tuple(bench.executor.sweep(shard.start, shard.stop))
        except WorkbenchError as error:
            return broken_by(error)
        return ShardDone(spans, bench.executor.restarts - before)


def clear_away(key: str) -> None:
    """The campaign is over: stop what was started for it."""
    with _busy:
        bench = _benches.pop(key, None)
        if bench is not None:
            bench.executor.close()


def _set_up(recipe: Recipe) -> _Bench:
    version = importlib.metadata.version(DISTRIBUTION)
    if version != recipe.version:
        raise UsageError(
            f"the campaign is of version {recipe.version}, a worker of the cluster has {version}",
            remedy="Install the same version everywhere: others make other cases",
        )
    specs = recipe.load(recipe.plugins)
    spec = next((spec for spec in specs if spec.name == recipe.protocol), None)
    if spec is None:
        raise UsageError(f"a worker of the cluster does not know {recipe.protocol}", remedy="Install its plugin there, too")
    cases = CaseSource(with_tokens(spec, recipe.tokens), corpus_of(spec, recipe.seeds), recipe.seed)
    return _Bench(cases, executor_for(spec, cases, recipe.target, 1, carrier_of(spec, specs)))
