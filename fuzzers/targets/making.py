"""From a description of a target to an executor for it."""

import os

from fuzzers.cases import CaseSource
from fuzzers.oracles import Judge
from fuzzers.targets.address import Address, require_permission
from fuzzers.targets.command import Command
from fuzzers.targets.config import TargetConfig, required_factory
from fuzzers.targets.executor import Executor
from fuzzers.targets.guardian import Guardian
from fuzzers.targets.inproc import InProcess
from fuzzers.targets.play import Player
from fuzzers.targets.player import CasePlayer, Post
from fuzzers.targets.server import ServerPlayer
from fuzzers.targets.worker import Job
from fuzzers.targets.workers import Workers
from workbench.api import ProtocolSpec, UsageError

__all__ = ["executor_for", "workers_for"]


def workers_for(config: TargetConfig, jobs: int) -> int:
    """How many workers a target gets; `jobs` 0 means one for each processor, and one for a server that runs already."""
    if config.kind == "command" and not config.many:
        return 1
    return jobs or (1 if config.kind == "address" else len(os.sched_getaffinity(0)))


def executor_for(spec: ProtocolSpec, cases: CaseSource, config: TargetConfig, jobs: int = 1) -> Executor:
    """An executor; nothing is started yet. Raises `UsageError` and `TargetError` for a target that cannot be or must not be attacked."""
    judge = Judge(spec)
    workers = workers_for(config, jobs)
    if config.in_process:
        return Workers(_inside(spec, cases, config, judge), workers, "inproc")
    if spec.transport != "tcp":
        raise UsageError(
            f"{spec.name} runs over {spec.transport}; targets with sockets are TCP only", remedy="Use its own server"
        )
    require_permission(config)
    if config.kind == "address":
        address = Job(lambda post: ServerPlayer(Address(config), judge, cases.corpus, post), judge, cases, keeps=True, alone=True)
        return Workers(address, workers, "blackbox")
    if not config.command:
        raise UsageError("the command is empty")

    def command(post: Post) -> CasePlayer:
        return ServerPlayer(Command(config, Guardian()), judge, cases.corpus, post)

    return Workers(Job(command, judge, cases, keeps=True, alone=not config.many), workers, "live")


def _inside(spec: ProtocolSpec, cases: CaseSource, config: TargetConfig, judge: Judge) -> Job:
    factory = required_factory(spec, config.kind)
    secret = spec.hints.secret
    return Job(lambda post: InProcess(Player(factory, secret), post), judge, cases, config.memory, inside=True)
