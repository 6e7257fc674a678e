"""Seeds: what they cover, and that a server answers them."""

from support.http3 import CLIENT, bare
from workbench.api import read_frame
from workbench_http3.names import Type
from workbench_http3.seeds import HINTS, SEEDS, TOKENS


def decoded():
    return {seed.name: bare(*((CLIENT, raw) for raw in seed.messages)) for seed in SEEDS}


def test_each_message_is_one_carried_frame():
    for seed in SEEDS:
        for raw in seed.messages:
            assert read_frame(raw)[1] == len(raw)


def test_they_cover_what_a_client_says():
    labels = {message.label for messages in decoded().values() for message in messages}
    kinds = (
        "settings",
        "headers",
        "data",
        "goaway",
        "max push id",
        "priority update",
        "reserved frame",
        "encoder",
        "decoder",
        "datagram",
    )
    assert {f"client {kind}" for kind in (*kinds, "reset", "stop", "close", "end", "part", "other stream")} <= labels


def test_they_cover_the_representations_of_qpack():
    found = set()
    for messages in decoded().values():
        for message in messages:
            found |= {node.value for _, node in message.root.walk() if node.abbrev == "http3.headers.header.repr"}
    assert len(found) == 7, found


def test_what_real_clients_said_breaks_no_rule():
    for name in ("curl", "gtlsclient", "aioquic", "chromium", "curl-as-chrome"):
        assert not any(message.notes for message in decoded()[name]), name


def test_names_are_unique():
    names = [seed.name for seed in SEEDS]
    assert len(set(names)) == len(names)


def test_hints():
    assert all(isinstance(token, bytes) and token for token in TOKENS)
    assert HINTS.secret is not None
    assert any(HINTS.secret.token in raw for raw in HINTS.secret.session.messages)
    assert {Type.GOAWAY, Type.SETTINGS} <= {token[0] for token in TOKENS}
