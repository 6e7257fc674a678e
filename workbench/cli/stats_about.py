"""`workbench stats --about`: what each section answers, which options it takes, and what is judged by which levels."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.analysis.parts import Unit

__all__ = ["About"]

SMALLEST_SHOWN = 0.0005
"""Shares below would read as 0.0 %; a level that low means "any at all"."""


class About(argparse.Action):
    """Says what each section answers, and leaves; no capture is needed for that."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from workbench.analysis.catalog import DEFAULT, sections

        for section in sections():
            need = {"columns": "columns only", "messages": "dissects", "either": "dissects unless --fast"}[section.need]
            usual = ", usual" if section.name in DEFAULT else ""
            print(f"{section.name}  ({need}{usual})\n    {section.about}")
            for option, meaning in section.settings.items():
                print(f"    --set {section.name}.{option}=…  {meaning}")
        print(
            "\nquantities that `anomalies` judges, with the built-in levels of note, warn and error; in a file of --thresholds:"
        )
        print("    [tcp.reset_share]\n    warn = 0.1          # also note, error, at_least (samples), reason; off = true")
        for line in _quantities():
            print(f"    {line}")
        parser.exit()


def _quantities() -> Iterator[str]:
    from workbench.analysis.measurement import QUANTITIES
    from workbench.analysis.thresholds import BUILT_IN

    for name, quantity in QUANTITIES.items():
        threshold = BUILT_IN[name]
        said = " / ".join(_level(level, quantity.unit) for level in (threshold.note, threshold.warn, threshold.error))
        yield f"{name:<28} {said:<28} {quantity.title}, from {threshold.at_least:,} {quantity.samples} on"


def _level(level: float | None, unit: "Unit") -> str:
    from workbench.reporting.units import cell_text

    if level is None:
        return "-"
    return "any" if unit == "share" and level < SMALLEST_SHOWN else cell_text(level, unit)
