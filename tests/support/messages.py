"""Messages that no decoder made, for tests of what comes after decoding."""

from typing import Any

from workbench.api import Direction, Field, Message


def message(direction: Direction, raw: bytes = b"data", **more: Any) -> Message:
    """A message of `raw` in `direction`; everything else has a harmless value unless given."""
    values: dict[str, Any] = {
        "protocol": "toy",
        "start": 0,
        "end": len(raw),
        "root": Field("toy", 0, len(raw)),
        "stream": 0,
        "packet": 1,
        **more,
    }
    return Message(direction=direction, raw=raw, packets=values.pop("packets", (values["packet"],)), **values)
