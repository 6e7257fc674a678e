import base64
import io
import json

import pytest

from captures.capture import open_capture
from dissectors.filters import parse_filter
from support.har import checked
from support.pcap import tcp_frames, write_pcap
from support.shared import ROOT
from workbench.api import Direction
from workbench.export.har import write
from workbench.registry import load
from workbench.session import Session

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
SAMPLES = ROOT / "captures" / "samples"


def _har(path, filter_text=""):
    registry, out = load(()), io.BytesIO()
    with Session.open(path, registry) as session:
        session.grow()
        count = write(session.source(parse_filter(filter_text, registry.specs) if filter_text else None), out)
    entries = checked(json.loads(out.getvalue()))
    assert len(entries) == count
    return entries


def _talk(tmp_path, *turns):
    return _har(write_pcap(tmp_path / "x.pcap", tcp_frames(turns)))


@pytest.mark.parametrize(
    ("name", "count", "version"),
    [
        ("http1-curl-nginx", 24, "HTTP/1.1"),
        ("http2-tls", 10, "HTTP/2"),
        ("http3-caddy", 7, "HTTP/3"),
        ("http2-cleartext", 37, "HTTP/2"),
    ],
)
def test_samples_of_every_version(name, count, version):
    entries = _har(SAMPLES / f"{name}.pcapng")
    assert len(entries) == count
    assert {entry["request"]["httpVersion"] for entry in entries} >= {version}
    pages = [
        entry for entry in entries if entry["request"]["url"].endswith("/numbers.txt") and entry["response"]["status"] == 200
    ]
    texts = [entry["response"]["content"].get("text", "") for entry in pages]
    assert any(texts)
    assert all(text == "" or text.startswith(("1\n2\n3\n", "1,2,3,")) for text in texts)
    for entry in pages:
        assert entry["request"]["url"].startswith("https:" if name in ("http2-tls", "http3-caddy") else "http:")


def test_everything_about_one_exchange(tmp_path):
    body = b"a=1&b=x%20y"
    request = (
        b"POST /form?q=1&r= HTTP/1.1\r\nHost: h.example\r\nCookie: one=1; two=2\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n\r\n" + body
    )
    response = (
        b"HTTP/1.1 302 Found\r\nLocation: /next\r\nSet-Cookie: id=5; Path=/; Secure; HttpOnly; Expires=Wed, 21 Oct 2026 07:28:00 GMT\r\n"
        b"Content-Type: image/png\r\nContent-Length: 4\r\n\r\n\x89PNG"
    )
    (entry,) = _talk(tmp_path, (UP, request), (DOWN, response))
    asked, answered = entry["request"], entry["response"]
    assert (asked["method"], asked["url"]) == ("POST", "http://h.example/form?q=1&r=")
    assert asked["queryString"] == [{"name": "q", "value": "1"}, {"name": "r", "value": ""}]
    assert asked["cookies"] == [{"name": "one", "value": "1"}, {"name": "two", "value": "2"}]
    assert asked["postData"]["params"] == [{"name": "a", "value": "1"}, {"name": "b", "value": "x y"}]
    assert (answered["status"], answered["statusText"], answered["redirectURL"]) == (302, "Found", "/next")
    assert answered["cookies"] == [
        {"name": "id", "value": "5", "httpOnly": True, "secure": True, "path": "/", "expires": "2026-10-21T07:28:00+00:00"}
    ]
    assert base64.b64decode(answered["content"]["text"]) == b"\x89PNG"
    assert answered["content"]["encoding"] == "base64"
    # the frames are a millisecond apart: SYN 0, SYN+ACK 1, ACK 2, request 3, ACK 4, response 5
    assert entry["timings"] == {"blocked": -1, "dns": -1, "connect": 2, "send": 0, "wait": 2, "receive": 0, "ssl": -1}
    assert (entry["startedDateTime"], entry["_packets"]) == ("2023-11-14T22:13:20.003000000Z", [4, 6])
    assert (entry["serverIPAddress"], entry["connection"]) == ("10.0.0.2", "40000")


def test_codings_are_undone_and_counted():
    (entry,) = [each for each in _har(SAMPLES / "http1-curl-nginx.pcapng") if "compression" in each["response"]["content"]][:1]
    content = entry["response"]["content"]
    assert content["size"] == len(content["text"]) == 18893
    assert content["compression"] == 18893 - entry["response"]["bodySize"] > 10_000


def test_a_request_without_an_answer(tmp_path):
    (entry,) = _talk(tmp_path, (UP, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
    assert entry["response"]["status"] == 0
    assert "no response" in entry["response"]["_error"]


def test_websocket_messages_as_chromium_writes_them():
    entry = _har(SAMPLES / "websocket-clients-nginx.pcapng")[0]
    assert entry["_resourceType"] == "websocket"
    assert entry["request"]["url"] == "ws://127.0.0.1:8091/ws"
    messages = entry["_webSocketMessages"]
    assert [(each["type"], each["opcode"]) for each in messages[:2]] == [("send", 1), ("receive", 1)]
    assert messages[0]["data"] == "Hello"
    assert all(set(each) == {"type", "time", "opcode", "data"} for each in messages)
    binary = next(each for each in messages if each["opcode"] == 2)
    assert base64.b64decode(binary["data"]) == bytes((0, 1, 2)) * 100


def test_a_filter_takes_whole_exchanges(tmp_path):
    entries = _har(SAMPLES / "http1-curl-nginx.pcapng", "http.response.code == 404")
    assert entries
    assert {entry["response"]["status"] for entry in entries} == {404}
    assert all(entry["request"]["method"] for entry in entries)


def test_hostile_exchanges_make_a_sound_document(tmp_path):
    request = (
        b"G\x00T http://[::1\xff/\x1b?"
        + b"&".join([b"a"] * 2000)
        + b" HTTP/1.1\r\nHost: \xff\xfe\r\nCookie: ;;=;\xed\xa0\x80\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\n\xff\x00&"
    )
    response = b"HTTP/1.1 200 \xff\r\nSet-Cookie: ;Expires=never; Path\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nnot"
    for entry in _talk(tmp_path, (UP, request), (DOWN, response)):
        assert json.dumps(entry).encode().decode("ascii")


def test_nothing_is_a_document_too(tmp_path):
    assert _talk(tmp_path, (UP, b"nothing here")) == []
    with open_capture(tmp_path / "x.pcap") as capture:
        assert capture.grow()
