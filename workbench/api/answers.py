"""What a reply says to its request, so that the answers of different servers can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The meaning of one reply: servers that agree about a request give equal answers, whatever they are called and whatever the time is.

    `kind` is what is said (a class of status codes, the type of a reply). `accepts` says whether the server took the request for a valid
    one, whatever became of it then; None where the reply does not tell. `facts` are values by name that must be equal as well, where both
    servers give them: how long a body is, what was asked for.
    """

    kind: str
    accepts: bool | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
