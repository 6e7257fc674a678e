"""`workbench fuzz --cluster`: who plays the cases of a campaign, and how a machine of a cluster finds the protocol."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fuzzers.campaign import MakeExecutor
    from fuzzers.cases import CaseSource
    from fuzzers.targets.config import TargetConfig
    from fuzzers.targets.executor import Executor
    from workbench.api import Carrier, ProtocolSpec

__all__ = ["find_protocols", "players_for"]


def players_for(address: str, plugins: Sequence[Path]) -> "MakeExecutor":
    """What makes the executor of a campaign: over the cluster whose scheduler is at `address`, on this machine where that is empty."""
    if not address:
        from fuzzers.targets.making import executor_for

        return executor_for
    files = [str(file.resolve()) for file in plugins]

    def make(
        spec: "ProtocolSpec", cases: "CaseSource", target: "TargetConfig", _jobs: int, carrier: "Carrier | None" = None
    ) -> "Executor":
        from fuzzers.cluster import cluster_executor

        return cluster_executor(address, spec, cases, target, carrier, load=find_protocols, plugins=files)

    return make


def find_protocols(plugins: Sequence[str]) -> "Sequence[ProtocolSpec]":
    """The protocols that the worker of a cluster knows, with those in these files."""
    from workbench.registry import load

    return load([Path(file) for file in plugins]).specs
