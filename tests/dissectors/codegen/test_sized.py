"""Parts whose size is said beforehand, by a mark, or by what must follow."""

import pytest
from construct import (
    Aligned,
    Byte,
    Bytes,
    Construct,
    FixedSized,
    GreedyBytes,
    Int16ub,
    NullStripped,
    NullTerminated,
    Padded,
    Prefixed,
    Struct,
    this,
)
from hypothesis import given
from hypothesis import strategies as st

from support.generated import same_parse

REST = Struct("a" / Byte, "b" / GreedyBytes)


@pytest.mark.parametrize(
    "part",
    [
        Prefixed(Byte, REST),
        Prefixed(Int16ub, REST, includelength=True),
        FixedSized(3, REST),
        FixedSized(this.n - 2, REST),
        NullTerminated(REST),
        NullTerminated(REST, term=b"\0\1", include=True),
        NullTerminated(REST, consume=False),
        NullTerminated(REST, term=b"\0\0", require=False),
        FixedSized(4, NullStripped(REST)),
        FixedSized(5, NullStripped(REST, pad=b"\0\1")),
        Padded(4, Struct("a" / Byte, "b" / Bytes(this.a))),
        Padded(this.n, Byte),
        Aligned(4, Struct("a" / Byte, "b" / Bytes(this.a))),
        Aligned(this.n, Byte),
    ],
)
@given(data=st.lists(st.integers(0, 4), max_size=12).map(bytes))
def test_any_bytes(part: Construct, data: bytes):
    grammar = Struct("n" / Byte, "part" / part, "after" / GreedyBytes)
    try:
        grammar.parse(data)
    except Exception:
        assert not same_parse(grammar, data, {})
    else:
        assert same_parse(grammar, data, {})
