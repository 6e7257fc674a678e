"""A breach on disk: one JSON file that holds the input, what it was made from, and what did not hold; enough to try it again.

{"format":1,"protocol":…,"speaks":…,"breach":…,"seed":…,"case":…,"origin":…,"pinned":…,"lying":…,"secrets":[hex…],"turns":[[">",hex,gap]…]}
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from workbench.api import Direction, ProtocolSpec, UsageError
from workbench.self_fuzzing.lying import secrets_of
from workbench.self_fuzzing.shrinking import kind_of
from workbench.self_fuzzing.talks import Turn
from workbench.self_fuzzing.trials import Matter, tried

__all__ = ["Breach", "read_breach"]

FORMAT = 1
_ARROWS = {">": Direction.TO_SERVER, "<": Direction.TO_CLIENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Something that did not hold. `protocol` was examined; `speaks` is what the turns begin with; `text` names the trial first."""

    protocol: str
    speaks: str
    text: str
    seed: int
    case: int
    origin: str
    turns: tuple[Turn, ...]
    pinned: bool = True
    secrets: tuple[bytes, ...] = ()
    lying: bool = False
    """Whether the keys were wrong, or missing now and then."""

    @property
    def name(self) -> str:
        """A name for its file, equal for equal kinds of breaches."""
        return f"{self.protocol}-{blake2b(kind_of(self.text).encode(), digest_size=5).hexdigest()}.json"

    def again(self, specs: Sequence[ProtocolSpec]) -> str:
        """Try it once more; what does not hold now. Raises UsageError where its protocols are not installed."""
        named = {spec.name: spec for spec in specs}
        missing = next((name for name in (self.protocol, self.speaks) if name not in named), None)
        if missing is not None:
            raise UsageError(f"the protocol {missing} is not installed", remedy="Load it with --plugin")
        key = f"{self.seed}:{self.protocol}:{self.case}"
        secrets = secrets_of(self.secrets, key if self.lying else "")
        return tried(Matter(named[self.protocol], specs, named[self.speaks], self.turns, self.pinned, secrets, key))

    def write(self, folder: Path) -> Path:
        """Into `folder`, which is made where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / self.name
        path.write_text(json.dumps(self.as_json(), indent=1) + "\n", encoding="ascii")
        return path

    def as_json(self) -> dict[str, Any]:
        """See the head of this file."""
        return {
            "format": FORMAT,
            "protocol": self.protocol,
            "speaks": self.speaks,
            "breach": self.text,
            "seed": self.seed,
            "case": self.case,
            "origin": self.origin,
            "pinned": self.pinned,
            "lying": self.lying,
            "secrets": [text.hex() for text in self.secrets],
            "turns": [[">" if way is Direction.TO_SERVER else "<", data.hex(), gap] for way, data, gap in self.turns],
        }


def read_breach(path: Path) -> Breach:
    """The breach in a file; raises UsageError when there is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            raise ValueError(f"format {found['format']!r} is not {FORMAT}")
        return Breach(
            protocol=str(found["protocol"]),
            speaks=str(found["speaks"]),
            text=str(found["breach"]),
            seed=int(found["seed"]),
            case=int(found["case"]),
            origin=str(found["origin"]),
            pinned=bool(found["pinned"]),
            lying=bool(found["lying"]),
            secrets=tuple(bytes.fromhex(text) for text in found["secrets"]),
            turns=tuple(Turn(_ARROWS[way], bytes.fromhex(data), int(gap)) for way, data, gap in found["turns"]),
        )
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UsageError(
            f"this is no breach that fuzz-self wrote ({error})", place=str(path), remedy="Name one of the files of its -o folder"
        ) from error
