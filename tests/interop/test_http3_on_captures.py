"""Every capture of HTTP/3 that comes with keys opens to its requests, responses and bodies, from a key log or its own secrets; and to
WebSocket inside.

What each recording contains is known from how it was made: the path of a GET says how many bytes were asked for.
"""

from functools import cache

import pytest

from captures import open_capture
from dissectors import dissect
from dissectors.decode_as import parse_decode_as
from dissectors.secrets import SecretStore
from support.agreement import FOLDER, needs_captures
from support.http3 import values
from support.shared import ROOT
from workbench import registry
from workbench.api import Direction, Message

RECORDED = FOLDER / "quic" / "recorded-here"

KNOWN = {
    "0rtt": [("GET /100", 100), ("GET /200", 200)],
    "aes256": [("GET /500", 500)],
    "bigdgram": [("GET /20000", 20_000)],
    "chacha": [("GET /500", 500)],
    "flowctl": [("GET /40000", 40_000)],
    "keyupdate": [("GET /3000", 3_000)],
    "retry": [("GET /100", 100)],
    "v1-get": [("GET /10", 10)],
    "v1-many": [("GET /100", 100), ("GET /2000", 2_000), ("GET /50000", 50_000)],
    "v1-post": [("POST /echo", 11)],
    "v2-compat": [("GET /100", 100)],
    "v2-retry": [("GET /1000", 1_000)],
}


@cache
def messages(name: str) -> tuple[Message, ...]:
    """All messages of one recording."""
    path = RECORDED / f"quic__aioquic-{name}.pcap"
    specs = registry.load().specs
    with open_capture(path) as capture:
        secrets = SecretStore(lambda: [path.with_suffix(".pcap.keys").read_bytes()])
        rules = [parse_decode_as("udp.port==14500-14700,quic", specs)]
        return tuple(dissect(capture, specs, decode_as=rules, secrets=secrets))


def http3(name: str) -> list[Message]:
    """Those of HTTP/3."""
    return [message for message in messages(name) if message.protocol == "http3"]


@needs_captures
@pytest.mark.parametrize("name", KNOWN)
def test_requests_responses_and_bodies(name):
    found = []
    for connection in connections(http3(name)):
        for number in sorted({message.exchange for message in connection if message.exchange is not None}):
            pair = [message for message in connection if message.exchange == number]
            assert [message.direction for message in pair] == [Direction.TO_SERVER, Direction.TO_CLIENT]
            assert values(pair[1], "http3.headers.status") == [200]
            layer = pair[0].layer
            bodies = [message for message in connection if message.layer == layer and message.label == "server data"]
            size = sum(len(content) for message in bodies for content in values(message, "http3.data"))
            found.append((pair[0].summary.removeprefix(f"HEADERS[{number}] "), size))
    assert found == KNOWN[name]


def connections(found: list[Message]) -> list[list[Message]]:
    """The messages of each connection: a recording may hold several, one flow each."""
    return [
        [message for message in found if message.stream == stream] for stream in sorted({message.stream for message in found})
    ]


@needs_captures
@pytest.mark.parametrize("name", [*KNOWN, "wss-over-h3"])
def test_nothing_is_remarkable_about_them(name):
    assert [note.text for message in http3(name) for note in message.notes] == []


@needs_captures
@pytest.mark.parametrize("name", KNOWN)
def test_both_sides_announce_their_settings(name):
    settings = [message for message in http3(name) if message.label.endswith(" settings")]
    assert {message.direction for message in settings} == set(Direction)
    assert all(values(message, "http3.settings.qpack.max_table_capacity") == [4096] for message in settings)


@needs_captures
def test_field_sections_out_of_the_dynamic_table():
    found = http3("v1-many")
    names = [values(message, "http3.request.full_uri") for message in found if message.label == "client headers"]
    assert names == [["https://localhost:14502/100"], ["https://localhost:14502/2000"], ["https://localhost:14502/50000"]]
    assert any(values(message, "http3.qpack.section.required_insert_count") for message in found)
    assert sum(message.summary.startswith("Section Acknowledgment") for message in found) >= 3


@needs_captures
def test_a_websocket_inside():
    inside = [message for message in messages("wss-over-h3") if message.protocol == "websocket"]
    assert [message.label for message in inside] == ["text", "server text"] * 2 + ["close", "server close"]
    assert {message.layer for message in inside} == {("quic stream 0", "http3 stream 0")}
    assert inside[0].summary == "Text, 19 bytes: Hello 0, WebSocket!"
    assert not any(message.errors for message in inside)


@needs_captures
def test_without_keys_there_is_none():
    with open_capture(RECORDED / "quic__aioquic-v1-get.pcap") as capture:
        specs = registry.load().specs
        found = dissect(capture, specs, decode_as=[parse_decode_as("udp.port==14500-14700,quic", specs)])
        assert not any(message.protocol == "http3" for message in found)


@cache
def sample(name: str) -> tuple[Message, ...]:
    """The messages of a sample of our own, with the secrets inside it."""
    with open_capture(ROOT / "captures" / "samples" / f"{name}.pcapng") as capture:
        return tuple(dissect(capture, registry.load().specs, secrets=SecretStore(lambda: list(capture.secrets))))


def test_curl_and_caddy():
    """The bodies are those of the site that the recording script made, whatever coding they travelled in."""
    found = [message for message in sample("http3-caddy") if message.protocol == "http3"]
    asked = {
        (*message.layer, message.stream): message.summary.split("] ")[1] for message in found if message.label == "client headers"
    }
    answers = [message for message in found if message.label == "server headers"]
    told = [(asked[(*message.layer, message.stream)], values(message, "http3.headers.status")[0]) for message in answers]
    wanted = {
        ("GET /index.html", 200),
        ("GET /numbers.txt", 200),
        ("GET /numbers.txt", 206),
        ("GET /nowhere", 404),
        ("GET /index.html?who=chrome", 200),
    }
    assert wanted <= set(told)
    contents = {view.data for message in found for view in message.views if view.name == "gzip decoded"}
    assert b",".join(str(number).encode() for number in range(1, 1401)) + b"\n" in contents
    assert not any(message.errors for message in found)


def test_a_connection_of_ngtcp2_that_moves_keeps_its_tables():
    """The client asks only after it has changed its address: the streams that it opened before go on in another flow."""
    found = [message for message in sample("quic-ngtcp2") if message.protocol == "http3"]
    moved = [message for message in found if message.label == "client headers" and not _opened(found, message.stream)]
    assert moved, "in the recording some connections move"
    for message in moved:
        assert values(message, "http3.request.full_uri") == ["https://server.example/index.html"]
        assert values(message, "http3.qpack.section.required_insert_count")[0] > 0
    assert not any(message.errors for message in found)


def _opened(found: list[Message], stream: int) -> bool:
    return any(message.label == "client control stream" for message in found if message.stream == stream)
