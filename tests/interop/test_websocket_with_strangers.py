"""Our dissector on the traffic of clients and servers that others wrote, recorded by `captures/samples/record-websocket.sh`."""

from collections import Counter

import pytest

from captures import open_capture
from dissectors import dissect
from dissectors.paths import flatten
from support.shared import ROOT
from workbench import registry

SAMPLE = ROOT / "captures" / "samples" / "websocket-clients-nginx.pcapng"


@pytest.fixture(scope="module")
def messages():
    with open_capture(SAMPLE) as capture:
        return [message for message in dissect(capture, registry.load().specs) if message.protocol not in ("http1",)]


def test_everything_is_websocket(messages):
    assert {message.protocol for message in messages} == {"websocket"}


def test_what_was_echoed_came_back(messages):
    said = Counter()
    for message in messages:
        text = flatten(message).get("websocket.payload.text")
        for one in text if isinstance(text, list) else [text]:
            if one is not None and message.root.find("websocket.fin").value:
                said[one] += 1 if message.direction.name == "TO_SERVER" else -1
    different = {text: count for text, count in said.items() if count}
    assert set(different) == {"close me", "Hello"}  # the one that asks for a Close, and the unmasked frame


def test_only_the_unmasked_frame_is_wrong(messages):
    assert [(message.summary, message.notes[0].section) for message in messages if message.notes] == [
        ("Text, 5 bytes: Hello", "RFC 6455 5.1")
    ]


def test_ends(messages):
    codes = Counter(flatten(message).get("websocket.payload.close.status_code") for message in messages)
    assert {code: count for code, count in codes.items() if code} == {1000: 4, 4000: 2, 3001: 2, 1002: 1}


def test_compression_was_undone(messages):
    inside = [message for message in messages if any(view.name == "Decompressed" for view in message.views)]
    assert len(inside) > 20
    assert any(view.name == "Decompressed" and len(view.data) == 70_000 for message in inside for view in message.views)
