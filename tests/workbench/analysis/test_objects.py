import gzip

from support.http_pairs import request, response
from support.messages import message
from support.pcap import tcp_frames, write_pcap
from workbench.analysis import objects
from workbench.analysis.objects import ObjectFinder
from workbench.api import Direction, Field, View
from workbench.registry import load
from workbench.session import Session

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def found_in(messages):
    finder = ObjectFinder()
    return [found for each in messages for found in finder.add(each)] + list(finder.finish())


def test_bodies_of_http1_with_their_requests(tmp_path):
    packed = gzip.compress(b"hello hello")
    turns = [request("/a.txt", host="here"), response(packed, Content_Encoding="gzip"), request("/no"), response(b"", status=404)]
    with Session.open(write_pcap(tmp_path / "x.pcap", tcp_frames(turns)), load()) as session:
        (found,) = found_in(session.messages())
    assert (found.data, found.uri, found.host, found.content_type, found.status) == (
        b"hello hello",
        "/a.txt",
        "here",
        "text/plain",
        200,
    )
    assert 0 < found.request_packet < found.packet
    assert found.whole


def frame(direction, raw=b"", *, kind=0, flags=0, stream=1, views=(), **fields):
    known = {"http2.streamid": stream, "http2.type": kind, "http2.flags": flags, **fields}
    children = [Field(name, 0, 0, value, abbrev=name) for name, value in known.items()]
    if raw:
        children.append(Field("Data", 0, len(raw), raw, abbrev="http2.data.data"))
    views = (View("wire", raw), *views) if views else ()
    return message(direction, raw, protocol="http2", root=Field("h2", 0, 0, children=tuple(children)), views=views)


ASK = frame(UP, kind=1, flags=5, **{"http2.headers.path": "/x", "http2.headers.authority": "h"})
TELL = frame(DOWN, kind=1, flags=4, **{"http2.headers.status": 200, "http2.headers.content_type": "text/css"})


def test_data_frames_are_put_together_until_their_stream_ends():
    (found,) = found_in([ASK, TELL, frame(DOWN, b"abc"), frame(DOWN, b"def", flags=1)])
    assert (found.data, found.uri, found.content_type, found.status, found.direction) == (b"abcdef", "/x", "text/css", 200, DOWN)


def test_what_was_unfolded_is_the_object():
    (found,) = found_in([ASK, TELL, frame(DOWN, b"abc", flags=1, views=(View("gzip decoded", b"plain"),))])
    assert found.data == b"plain"


def test_what_a_decoder_cut_is_whole_all_the_same_unless_it_was_coded():
    first, last = frame(DOWN, b"abc"), b"def"
    (found,) = found_in([ASK, TELL, first, frame(DOWN, last, flags=1, views=(View("body", b"abcd"),))])
    assert (found.data, found.whole) == (b"abcdef", True)
    coded = (View("body", b"abcd"), View("gzip decoded", b"plain"))
    (found,) = found_in([ASK, TELL, first, frame(DOWN, last, flags=1, views=coded)])
    assert (found.data, found.whole) == (b"plain", False)


def test_streams_do_not_mix_and_trailers_end_them():
    messages = [ASK, TELL, frame(DOWN, b"one"), frame(DOWN, b"two", stream=3, flags=1), frame(DOWN, kind=1, flags=5)]
    assert [(found.data, found.uri) for found in found_in(messages)] == [(b"two", ""), (b"one", "/x")]


def test_a_promise_is_the_request_of_another_stream():
    promise = frame(DOWN, kind=5, flags=4, **{"http2.headers.path": "/style", "http2.push_promise.promised_stream_id": 2})
    messages = [ASK, promise, TELL, frame(DOWN, b"page", flags=1), frame(DOWN, b"style", stream=2, flags=1)]
    assert [(found.data, found.uri) for found in found_in(messages)] == [(b"page", "/x"), (b"style", "/style")]


def test_bodies_without_end_are_given_as_they_are(monkeypatch):
    monkeypatch.setattr(objects, "MOST_OPEN_BYTES", 10)
    finder = ObjectFinder()
    (found,) = [found for _ in range(4) for found in finder.add(frame(DOWN, b"abc"))]
    assert (len(found.data), found.whole) == (12, False)
    assert list(finder.finish()) == []
