"""How many bytes does a construct take at least? Tells early that an array of so many items cannot be there."""

from typing import Any

import construct.core as core
from construct import Construct, Subconstruct

from workbench.api import QuicVarint

__all__ = ["least"]


def least(construct: Construct) -> int:
    """A lower bound, 0 where nothing is known."""
    if isinstance(construct, core.FormatField):
        return int(construct.length)
    if isinstance(construct, core.Bytes | core.BytesInteger):
        return construct.length if type(construct.length) is int and construct.length > 0 else 0
    if construct in (core.Flag, core.VarInt, core.ZigZag, QuicVarint):
        return 1
    parse = type(construct)._parse
    if parse is core.Prefixed._parse:
        return least(construct.lengthfield)
    if parse in (core.Struct._parse, core.Sequence._parse, core.FocusedSeq._parse):
        return sum(least(sub) for sub in construct.subcons)
    if parse in _LIKE_THEIR_CHILD:
        return least(construct.subcon)
    return 0


_LIKE_THEIR_CHILD: frozenset[Any] = frozenset((core.Renamed._parse, Subconstruct._parse, core.Adapter._parse, core.Const._parse))
