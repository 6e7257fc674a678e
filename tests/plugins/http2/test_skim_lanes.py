"""What the fast lane remembers of a message that begins."""

import pytest
from hpack import Encoder

from workbench_http2.skim_blocks import BlockSkimmer, Skimmed, Unusual
from workbench_http2.skim_lanes import Half, Lane, Stream, begin


def block(**fields: str) -> Skimmed:
    pairs = [(":status", "200"), *((name.replace("_", "-"), value) for name, value in fields.items())]
    wire = Encoder().encode(pairs)
    return BlockSkimmer().read(wire, 0, len(wire))


def test_length_and_codings_are_remembered():
    half = Half()
    begin(half, block(content_length="12", content_encoding="gzip, br"))
    assert (half.begun, half.expected, list(half.codings)) == (True, 12, [b"gzip", b"br"])
    plain = Half()
    begin(plain, block(content_type="text/plain"))
    assert (plain.begun, plain.expected, plain.codings) == (True, None, ())


@pytest.mark.parametrize("kind", ["application/grpc", "Application/GRPC+proto"])
def test_grpc_is_for_the_decoder(kind):
    with pytest.raises(Unusual):
        begin(Half(), block(content_type=kind))


def test_halves_and_lanes_share_nothing():
    one, other = Stream(True), Stream(False)
    one.halves[0].parts += (b"x",)
    assert other.halves[0].parts == one.halves[1].parts == ()
    first, second = Lane(b"a"), Lane(b"b")
    first.texts.append("")
    first.control[1] = 1
    assert (second.texts, second.control) == ([], {})
