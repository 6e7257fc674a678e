"""What is planted in the training target in C, `training.c` beside this file; `workbench build-target --example DIR` builds it.

Faults that a compiler or an allocator may forgive show for certain where a sanitizer looks (`--asan`).
"""

from workbench.api import Fault, FaultKind
from workbench_streambus import training
from workbench_streambus.seeds import request

__all__ = ["FAULTS", "FORGIVEN"]


def _produce(key: bytes, value: bytes) -> tuple[bytes, ...]:
    message = {"key": key, "value": value, "timestamp": 0}
    return (request(1, "Produce", {"partition": 0, "messages": [message]}),)


def _create(name: str) -> bytes:
    return request(1, "CreateTopic", {"name": name, "partitions": 1})


_SAME = {fault.name: fault for fault in training.FAULTS}
"""What is planted in the server in Python; some of it is the same in C, met and seen alike."""

FAULTS = (
    Fault(
        name="eternity",
        kind=FaultKind.MAGIC,
        trigger="GetOffset with the last of all timestamps, 2^64-1",
        effect="it has no slot, and the zero pointer is written through",
        oracles=("crash",),
        example=(request(1, "GetOffset", {"partition": 0, "timestamp": (1 << 64) - 1}),),
    ),
    Fault(
        name="label",
        kind=FaultKind.OVERFLOW,
        trigger="CreateTopic or DeleteTopic with a name of more than 64 bytes",
        effect="it is copied over the end of a buffer on the stack",
        oracles=("crash",),
        example=(_create("a" * 200),),
    ),
    Fault(
        name="index",
        kind=FaultKind.OVERFLOW,
        trigger="Produce with keys of more than 64 bytes for each message and one more",
        effect="they are copied over the end of a buffer on the heap",
        oracles=("crash",),
        example=_produce(b"k" * 200, b""),
    ),
    Fault(
        name="terminator",
        kind=FaultKind.OVERFLOW,
        trigger="Produce with a value of 16 bytes, or a multiple of them",
        effect="a zero is written one byte behind a buffer on the heap",
        oracles=("crash",),
        example=_produce(b"", b"v" * 16),
    ),
    Fault(
        name="owner",
        kind=FaultKind.ORDER,
        trigger="DeleteTopic of a topic that was deleted before",
        effect="its partitions are freed twice",
        oracles=("crash",),
        example=(_create("t"), request(2, "DeleteTopic", {"name": "t"}), request(3, "DeleteTopic", {"name": "t"})),
    ),
    _SAME["pages"],
    Fault(
        name="flags",
        kind=FaultKind.GROWTH,
        trigger="a request with an advisory flag",
        effect="64 KiB are taken for a note about it, and never given back",
        oracles=("memory",),
        example=(request(1, "ListTopics", {}, flags=1),),
    ),
    _SAME["arena"],
    _SAME["narrow-id"],
)

FORGIVEN = frozenset(("terminator", "index", "label"))
"""Those that may pass unnoticed without a sanitizer."""
