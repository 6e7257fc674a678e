"""Which input breaks this server, and what is the smallest one that still does?

The door of the fuzz engine: configure a `Campaign` and iterate over its events; `replay`, `minimize` and `report` work from directories.
"""

from fuzzers.campaign import Campaign
from fuzzers.case_file import CaseFile, read_case
from fuzzers.cases import CaseSource
from fuzzers.config import CampaignConfig, Sources
from fuzzers.corpus import corpus_of
from fuzzers.dictionary import read_dictionary
from fuzzers.events import CampaignEvent, Ended, Examining, FindingFound, Means, Progress, Reading, Started, Stats
from fuzzers.finding_folder import load_finding
from fuzzers.model import Case, Ending, Execution, Finding, Mutation, Verdict
from fuzzers.replaying import Replay, minimize, replay
from fuzzers.report import Report, report
from fuzzers.reproduce import Outcome
from fuzzers.seeds import seeds_of
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
    "Examining",
    "Execution",
    "Finding",
    "FindingFound",
    "Means",
    "Mutation",
    "Outcome",
    "Progress",
    "Reading",
    "Replay",
    "Report",
    "Sources",
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
    "read_dictionary",
    "replay",
    "report",
    "seeds_of",
]


def cases(spec: ProtocolSpec, seed: int = 0) -> CaseSource:
    """The cases of a campaign that starts from the protocol's own seeds: `cases(spec, 7).case_at(1234)`."""
    return CaseSource(spec, corpus_of(spec, seeds_of(spec)), seed)
