"""From a description of a target to an executor for it."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fuzzers.cases import CaseSource
from fuzzers.coverage import CoverageMap, ServerProbes, prepared
from fuzzers.differential.judging import ComparingJudge
from fuzzers.differential.player import several
from fuzzers.differential.quirks import read_quirks
from fuzzers.differential.servers import contenders_of
from fuzzers.oracles import Judge
from fuzzers.targets.address import Address, require_permission
from fuzzers.targets.command import Command
from fuzzers.targets.config import TargetConfig, required_factory
from fuzzers.targets.executor import Executor
from fuzzers.targets.guardian import Guardian
from fuzzers.targets.inproc import InProcess
from fuzzers.targets.links.dialing import dialer_for
from fuzzers.targets.links.link import Dialer
from fuzzers.targets.network import can_enter_network
from fuzzers.targets.play import Player
from fuzzers.targets.player import CasePlayer, MakePlayer, Post
from fuzzers.targets.sandbox import located
from fuzzers.targets.server import ServerPlayer
from fuzzers.targets.ways.blackbox import Blackbox
from fuzzers.targets.ways.fork import Fork
from fuzzers.targets.ways.live import Live
from fuzzers.targets.ways.persistent import Persistent
from fuzzers.targets.ways.restart import Restart
from fuzzers.targets.ways.way import Way
from fuzzers.targets.worker import Job
from fuzzers.targets.workers import Workers
from workbench.api import Carrier, Endpoint, ProtocolSpec, UsageError

__all__ = ["executor_for", "workers_for"]

STEPS = ("live", "fork", "restart")
"""What is tried for a command, the fastest first."""


def workers_for(config: TargetConfig, jobs: int) -> int:
    """How many workers a target gets; `jobs` 0 means one for each processor, and one for a server that runs already."""
    if _is_alone(config):
        return jobs or 1 if config.kind == "address" else 1
    return jobs or len(os.sched_getaffinity(0))


def executor_for(
    spec: ProtocolSpec, cases: CaseSource, config: TargetConfig, jobs: int = 1, carrier: Carrier | None = None
) -> Executor:
    """An executor; nothing is started yet. `carrier` is what carries the protocol where that is not TCP or UDP.

    Raises `UsageError` and `TargetError` for a target that cannot be or must not be attacked.
    """
    workers = workers_for(config, jobs)
    if config.kind == "differential":
        return Workers(_comparing(spec, cases, config, carrier), workers, "differential")
    judge = Judge(spec)
    make = _player(cases, config, judge, carrier)
    if config.monitor:
        make = _watched(make, config)
    if config.in_process:
        return Workers(_paced(Job(make, judge, cases, config.memory, inside=True), config, workers), workers, "inproc")
    if config.kind == "address":
        return Workers(_paced(Job(make, judge, cases, alone=True), config, workers), workers, "blackbox")
    job = Job(make, judge, cases, alone=_is_alone(config), calibrates=True, network=_has_network(config))
    return Workers(_paced(job, config, workers), workers, _ways(config, spec)[0])


def _paced(job: Job, config: TargetConfig, workers: int) -> Job:
    """The job with the distance between cases that the target's rate leaves to each worker."""
    if not config.rate:
        return job
    return replace(job, distance_s=(workers if job.alone else workers + 1) / config.rate)  # one more is for single cases


def _is_alone(config: TargetConfig) -> bool:
    """Whether there is only one such server, for all workers."""
    if config.kind == "differential":
        return any(_is_alone(each.target) for each in contenders_of(config))
    return config.kind == "address" or (config.kind == "command" and not config.many and not _has_network(config))


def _has_network(config: TargetConfig) -> bool:
    """Whether each worker has a network of its own for the server that it starts."""
    # a monitor may have to be reached through the network that all share
    return config.kind == "command" and config.netns == "auto" and not config.monitor and can_enter_network()


def _watched(make: MakePlayer, config: TargetConfig) -> MakePlayer:
    """Players whose cases a boofuzz monitor judges as well."""
    try:
        from fuzzers.boofuzz_bridge import watched  # takes a second, and brings a web server along
    except ImportError as error:
        raise UsageError("boofuzz is not installed", place=config.monitor, remedy="pip install boofuzz") from error
    return watched(make, config.monitor, Endpoint(config.host, config.port))


def _player(cases: CaseSource, config: TargetConfig, judge: Judge, carrier: Carrier | None) -> MakePlayer:
    """What makes a player for one server."""
    spec = judge.spec
    if config.in_process:
        factory = required_factory(spec, config.kind)
        probes = ServerProbes(factory) if config.coverage == "auto" else None
        return lambda post: InProcess(Player(factory, spec.hints.secret), post, probes.placed() if probes is not None else None)
    require_permission(config)
    dialer = dialer_for(spec, config, carrier)
    if config.kind == "address":
        if _is_remembered(spec):
            raise UsageError(
                f"servers of {spec.name} take a case for a repetition of the one before, and only a new process forgets",
                remedy="Start the server with --command, or fuzz a protocol that it carries",
            )
        ways = {"blackbox": lambda: Blackbox(Address(config, dialer), judge.is_answered)}
        return lambda post: ServerPlayer(ways, judge, cases.corpus, post)
    if not config.command:
        raise UsageError("the command is empty")
    return lambda post: _spawning(config, dialer, judge, cases, post)


def _spawning(config: TargetConfig, dialer: Dialer, judge: Judge, cases: CaseSource, post: Post) -> CasePlayer:
    """A player on a server that it starts, in each of the ways that are possible."""
    guardian = Guardian()
    coverage, environment = None, dict[str, str]()
    if config.coverage == "auto":
        ready = prepared(located(config.command, Path.cwd()))
        # where nothing that we can see fills a map, a library may, or a program that a script starts
        coverage = CoverageMap(ready.size)
        config, environment = replace(config, command=ready.words), coverage.environment()

    def command() -> Command:
        return Command(config, guardian, dialer, environment)

    makers: dict[str, Callable[[], Way]] = {
        "live": lambda: Live(command()),
        "fork": lambda: Fork(command()),
        "restart": lambda: Restart(command()),
        "persistent": lambda: Persistent(command()),
    }
    return ServerPlayer({name: makers[name] for name in _ways(config, judge.spec)}, judge, cases.corpus, post, coverage)


def _ways(config: TargetConfig, spec: ProtocolSpec) -> tuple[str, ...]:
    """The executors that may be tried, the best first."""
    forks = spec.wire == "tcp"
    if config.executor == "fork" and not forks:
        raise UsageError(f"{spec.name} runs over UDP, where no connection is accepted that could be forked", place="fork")
    if config.executor != "auto":
        return (config.executor,)
    if _is_remembered(spec):
        return ("restart",)
    return tuple(step for step in STEPS if step != "fork" or forks)


def _is_remembered(spec: ProtocolSpec) -> bool:
    """Whether its servers know connections by what is in their packets (QUIC's IDs), whatever address they come from. Cases share that, so
    a server that has met one takes the next for a repetition."""
    return spec.carrier is not None


def _comparing(spec: ProtocolSpec, cases: CaseSource, config: TargetConfig, carrier: Carrier | None) -> Job:
    """All servers of a comparison in one worker."""
    contenders = contenders_of(config)
    judge = ComparingJudge(spec, [each.name for each in contenders], read_quirks(config.quirks))
    make = several([_player(cases, each.target, judge, carrier) for each in contenders])
    return Job(make, judge, cases, alone=_is_alone(config))
