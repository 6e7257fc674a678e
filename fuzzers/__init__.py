"""Which input breaks this server, and what is the smallest one that still does?

The door of the fuzz engine: configure a `Campaign` and iterate over its events; `replay`, `minimize` and `report` work from directories.
"""

from fuzzers.campaign import Campaign
from fuzzers.cases import CaseSource
from fuzzers.config import CampaignConfig
from fuzzers.corpus import corpus_of, seeds_of
from fuzzers.events import CampaignEvent, Ended, FindingFound, Progress, Started, Stats
from fuzzers.finding_folder import CaseFile, load_finding, read_case
from fuzzers.model import Case, Ending, Execution, Finding, Mutation, Verdict
from fuzzers.replaying import Replay, minimize, replay
from fuzzers.report import Report, report
from fuzzers.reproduce import Outcome
from fuzzers.targets.config import TargetConfig, parse_address
from workbench.api import ProtocolSpec

__all__ = [
    "Campaign",
    "CampaignConfig",
    "CampaignEvent",
    "Case",
    "CaseFile",
    "CaseSource",
    "Ended",
    "Ending",
    "Execution",
    "Finding",
    "FindingFound",
    "Mutation",
    "Outcome",
    "Progress",
    "Replay",
    "Report",
    "Started",
    "Stats",
    "TargetConfig",
    "Verdict",
    "cases",
    "corpus_of",
    "load_finding",
    "minimize",
    "parse_address",
    "read_case",
    "replay",
    "report",
    "seeds_of",
]


def cases(spec: ProtocolSpec, seed: int = 0) -> CaseSource:
    """The cases of a campaign that starts from the protocol's own seeds: `cases(spec, 7).case_at(1234)`."""
    return CaseSource(spec, corpus_of(spec, seeds_of(spec)), seed)
