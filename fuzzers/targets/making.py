"""From a description of a target to an executor for it."""

import os

from fuzzers.cases import CaseSource
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
from fuzzers.targets.play import Player
from fuzzers.targets.player import MakePlayer
from fuzzers.targets.server import ServerPlayer
from fuzzers.targets.worker import Job
from fuzzers.targets.workers import Workers
from workbench.api import ProtocolSpec, UsageError

__all__ = ["executor_for", "workers_for"]


def workers_for(config: TargetConfig, jobs: int) -> int:
    """How many workers a target gets; `jobs` 0 means one for each processor, and one for a server that runs already."""
    if _is_alone(config):
        return jobs or 1 if config.kind == "address" else 1
    return jobs or len(os.sched_getaffinity(0))


def executor_for(spec: ProtocolSpec, cases: CaseSource, config: TargetConfig, jobs: int = 1) -> Executor:
    """An executor; nothing is started yet. Raises `UsageError` and `TargetError` for a target that cannot be or must not be attacked."""
    workers = workers_for(config, jobs)
    if config.kind == "differential":
        return Workers(_comparing(spec, cases, config), workers, "differential")
    judge = Judge(spec)
    make = _player(cases, config, judge)
    if config.in_process:
        return Workers(Job(make, judge, cases, config.memory, inside=True), workers, "inproc")
    job = Job(make, judge, cases, keeps=True, alone=_is_alone(config))
    return Workers(job, workers, "blackbox" if config.kind == "address" else "live")


def _is_alone(config: TargetConfig) -> bool:
    """Whether there is only one such server, for all workers."""
    if config.kind == "differential":
        return any(_is_alone(each.target) for each in contenders_of(config))
    return config.kind == "address" or (config.kind == "command" and not config.many)


def _player(cases: CaseSource, config: TargetConfig, judge: Judge) -> MakePlayer:
    """What makes a player for one server."""
    spec = judge.spec
    if config.in_process:
        factory = required_factory(spec, config.kind)
        return lambda post: InProcess(Player(factory, spec.hints.secret), post)
    if spec.transport != "tcp":
        raise UsageError(
            f"{spec.name} runs over {spec.transport}; targets with sockets are TCP only", remedy="Use its own server"
        )
    require_permission(config)
    if config.kind == "address":
        return lambda post: ServerPlayer(Address(config), judge, cases.corpus, post)
    if not config.command:
        raise UsageError("the command is empty")
    return lambda post: ServerPlayer(Command(config, Guardian()), judge, cases.corpus, post)


def _comparing(spec: ProtocolSpec, cases: CaseSource, config: TargetConfig) -> Job:
    """All servers of a comparison in one worker."""
    contenders = contenders_of(config)
    judge = ComparingJudge(spec, [each.name for each in contenders], read_quirks(config.quirks))
    make = several([_player(cases, each.target, judge) for each in contenders])
    keeps = not all(each.target.in_process for each in contenders)
    return Job(make, judge, cases, keeps=keeps, alone=_is_alone(config))
