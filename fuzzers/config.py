"""What a campaign is to do, as plain data."""

from dataclasses import dataclass, field
from pathlib import Path

from fuzzers.targets.config import TargetConfig

__all__ = ["CampaignConfig"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignConfig:
    """One run of a campaign in `directory`.

    It ends after `cases` cases (counted over all runs), after `seconds` of this run, or when `stop_after` findings are known; None
    everywhere means: until it is stopped. `captures` give more seeds, read with the `decode_as` pins. With `resume` the campaign in
    `directory` goes on: its protocol, seed, target and corpus are what they were, and those given here must not differ (`target` may be
    left at its default).

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
    captures: tuple[Path, ...] = ()
    decode_as: tuple[str, ...] = ()
    plugins: tuple[Path, ...] = ()
    resume: bool = False
    jobs: int = 0
