import pytest

from support.messages import message
from workbench.analysis.contents import Content, content_reader, layer_names
from workbench.api import Direction, Field, UsageError, View

UP = Direction.TO_SERVER


def tree(**values):
    return Field(
        "x", 0, 0, children=tuple(Field(name, 0, 0, value, abbrev=name.replace("__", ".")) for name, value in values.items())
    )


def test_a_layer_is_the_one_that_messages_travelled_in():
    read = content_reader("tls")
    assert read(message(UP, b"abc", layer=("tls",))) == Content(b"abc")
    assert read(message(UP, b"abc", layer=("socks5", "tls"))) == Content(b"abc")
    assert read(message(UP, b"abc")) is None
    assert read(message(UP, b"abc", layer=("tls", "http2 stream 5"))) is None


def test_a_channel_is_one_of_several():
    read = content_reader("quic:4")
    assert read(message(UP, b"abc", layer=("quic stream 4",))) == Content(b"abc")
    assert read(message(UP, b"abc", layer=("quic stream 44",))) is None


def test_layers_may_have_names_of_several_words():
    assert content_reader("quic crypto initial")(message(UP, b"abc", layer=("quic crypto initial",))) == Content(b"abc")


def test_what_was_cut_is_missing():
    assert content_reader("tls")(message(UP, b"abc", end=10, layer=("tls",))) == Content(b"abc", 7)


def test_http2_unpacks_headers_and_keeps_other_frames():
    read = content_reader("http2:1")
    root = tree(http2__streamid=1, http2__header__name=":path", http2__header__value="/\xfc")
    assert read(message(UP, b"packed", protocol="http2", root=root)) == Content(b"\0\0\0\5:path\0\0\0\2/\xfc")
    assert read(message(UP, b"frame", protocol="http2", root=tree(http2__streamid=1))) == Content(b"frame")
    assert read(message(UP, b"frame", protocol="http2", root=tree(http2__streamid=3))) is None


def frame(opcode, raw, length, *views, fin=True):
    root = tree(websocket__fin=fin, websocket__opcode=opcode, websocket__payload_length=length)
    return message(UP, raw, protocol="websocket", root=root, views=(View("wire", raw), *views) if views else ())


def test_websocket_gives_whole_messages():
    read = content_reader("websocket")
    assert read(frame(1, b"\x81\x02hi", 2)) == Content(b"hi")
    assert read(frame(1, b"masked", 2, View("Unmasked", b"hi"))) == Content(b"hi")
    assert read(frame(2, b"masked", 2, View("Unmasked", b"zz"), View("Decompressed", b"plain"))) == Content(b"plain")
    assert read(frame(0, b"..rest", 4, View("Unmasked", b"rest"), View("Reassembled message", b"all the rest"))) == Content(
        b"all the rest"
    )
    assert read(frame(1, b"begins", 6, fin=False)) is None
    assert read(frame(9, b"ping", 4)) is None
    assert read(frame(1, b"\x81\x00", 0)) == Content(b"")


def test_layers_are_named_as_they_are_asked_for():
    assert layer_names(message(UP, layer=("quic stream 4",))) == ("quic:4",)
    framed = message(UP, protocol="http2", layer=("tls",), root=tree(http2__streamid=7))
    assert layer_names(framed) == ("tls", "http2:7")
    assert layer_names(message(UP, protocol="websocket")) == ("websocket",)
    assert layer_names(message(UP)) == ()


@pytest.mark.parametrize("layer", ["", "TLS", "http2", "http2:x", "tls:", "quic:-1", "a\n", "quic:٣"])
def test_layers_that_are_none(layer):
    with pytest.raises(UsageError, match="--layer"):
        content_reader(layer)
