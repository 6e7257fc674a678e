"""The access log of the reference server, as data."""

from dataclasses import dataclass

__all__ = ["LOG_LENGTH", "AccessEntry"]

LOG_LENGTH = 10_000
"""Entries a service remembers; the oldest go first. Whoever wants all of them reads them while they come."""


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One answered request: when it began (the server's monotonic clock), how long it took, and what went out.

    `method` and `target` are empty where a request could not be read; `size` counts body bytes before chunking, `remark`
    says why a request was refused.
    """

    began_ns: int
    duration_ns: int
    connection: int
    method: str
    target: str
    version: str
    status: int
    size: int
    remark: str = ""
