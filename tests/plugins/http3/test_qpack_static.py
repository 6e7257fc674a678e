"""The static table, entry by entry, as another implementation has it."""

import pylsqpack

from workbench_http3.qpack_literals import integer
from workbench_http3.qpack_static import STATIC


def test_every_entry():
    decoder = pylsqpack.Decoder(0, 0)
    sections = (b"\0\0" + integer(index, 6, 0xC0) for index in range(99))
    assert tuple(decoder.feed_header(0, section)[1][0] for section in sections) == STATIC
