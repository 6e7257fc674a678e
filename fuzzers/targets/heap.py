"""How many bytes this process holds right now, exactly: what the C library's allocator has given out and not got back.

What the system says about a process moves in pages, and memory that was freed is used again without it noticing. Python's own small objects
lie in arenas that are not asked for one by one; large ones are each in here.
"""

import ctypes

__all__ = ["held"]


class _Mallinfo(ctypes.Structure):
    """struct mallinfo2 (mallinfo(3)); glibc has it since 2.33."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
    ]


_ask = getattr(ctypes.CDLL(None), "mallinfo2", None)
if _ask is not None:
    _ask.restype = _Mallinfo


def held() -> int:
    """Bytes in use; 0 where this C library cannot say."""
    if _ask is None:
        return 0
    told = _ask()
    return int(told.uordblks + told.hblkhd)
