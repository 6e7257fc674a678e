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
from fuzzers.targets.remote import Remote
from fuzzers.targets.worker import Job
from workbench.api import ProtocolSpec, UsageError

__all__ = ["executor_for", "workers_for"]


def workers_for(config: TargetConfig, jobs: int) -> int:
    """How many workers a target gets; `jobs` 0 means one for each processor. Targets with sockets have one."""
    return (jobs or len(os.sched_getaffinity(0))) if config.in_process else 1


def executor_for(spec: ProtocolSpec, cases: CaseSource, config: TargetConfig, jobs: int = 1) -> Executor:
    """An executor; nothing is started yet. Raises `UsageError` and `TargetError` for a target that cannot be or must not be attacked."""
    judge = Judge(spec)
    if config.in_process:
        player = Player(required_factory(spec, config.kind), spec.hints.secret)
        return InProcess(Job(player, judge, cases, config.memory), workers_for(config, jobs))
    if spec.transport != "tcp":
        raise UsageError(
            f"{spec.name} runs over {spec.transport}; targets with sockets are TCP only", remedy="Use its own server"
        )
    if config.kind == "address":
        return Remote(Address(config), judge, cases)
    if not config.command:
        raise UsageError("the command is empty")
    require_permission(config)
    guardian = Guardian()
    return Remote(Command(config, guardian), judge, cases, guardian)
