"""Every bound of what HTTP/2 and HTTP/3 share, each with its reason. Those of the server stand beside its code."""

__all__ = [
    "MAX_BODIES",
    "MAX_BODY",
    "MAX_CODINGS",
    "MAX_DECODED",
    "MAX_GRPC",
    "MAX_SURPLUS",
    "UNFOLDING",
]

MAX_BODY = 16 * 1024 * 1024
"""Bytes of one body that are put together; a longer one keeps its beginning."""

MAX_BODIES = 64 * 1024 * 1024
"""Bytes of all unfinished bodies of one connection together; bodies beyond are only counted."""

MAX_DECODED = 16 * 1024 * 1024
"""Bytes that one content coding may unfold to: deflate packs a thousand to one."""

UNFOLDING = 32
"""What a body may unfold to at any time, as a multiple of its size: text shrinks to a tenth, repetitive logs to a thirtieth."""

MAX_SURPLUS = 64 * 1024 * 1024
"""Bytes that all bodies of one connection together may unfold to beyond `UNFOLDING` times their sizes."""

MAX_CODINGS = 4
"""Content codings undone for one body, one after the other: nobody stacks more for a purpose."""

MAX_GRPC = 4 * 1024 * 1024
"""Bytes of one gRPC message: the default limit of its implementations."""
