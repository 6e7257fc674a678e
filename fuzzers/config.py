"""What a campaign is to do, as plain data."""

from dataclasses import dataclass, field
from pathlib import Path

from fuzzers.targets.config import TargetConfig

__all__ = ["CampaignConfig", "Sources"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where a campaign's seeds come from, besides the protocol's own.

    `captures` are read with the `decode_as` pins; `keylogs` are texts of TLS secrets for them, besides those that they bring. `folders` are
    corpora: other campaigns, queues of AFL and AFLNet, folders of files (see `fuzzers.corpus_files`).
    """

    captures: tuple[Path, ...] = ()
    decode_as: tuple[str, ...] = ()
    keylogs: tuple[bytes, ...] = field(default=(), repr=False)
    folders: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignConfig:
    """One run of a campaign in `directory`.

    It ends after `cases` cases (counted over all runs), after `seconds` of this run, or when `stop_after` findings are known; None
    everywhere means: until it is stopped. `sources` give more seeds, `tokens` are byte strings that mean something to the target, besides
    those of the protocol. With `resume` the campaign in `directory` goes on: its protocol, seed, target, corpus and tokens are what they
    were, whatever is given here.

    `plugins` are the files that had to be loaded for the protocol, for whoever replays a finding. `jobs` workers play cases, 0 = one per
    processor; their number changes the speed only.
    """

    protocol: str
    directory: Path
    seed: int = 0
    target: TargetConfig = field(default_factory=TargetConfig)
    cases: int | None = None
    seconds: float | None = None
    stop_after: int | None = None
    sources: Sources = field(default_factory=Sources)
    tokens: tuple[bytes, ...] = field(default=(), repr=False)
    plugins: tuple[Path, ...] = ()
    resume: bool = False
    jobs: int = 0
