"""Whole connections: put together, decrypted, handed on; and everything that can go wrong on the way."""

import itertools
import ssl
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.tls import (
    CLIENT,
    NAME,
    SERVER,
    Party,
    Recorded,
    certificate_der,
    client_hello,
    decode,
    extension,
    handshake,
    inside,
    labels,
    messages,
    record,
    server_hello,
)
from workbench.api import UNDECODED, Inner, Limits, Message
from workbench_tls.limits import MAX_HANDSHAKE, MAX_MESSAGES

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
CONFIGURATIONS = [
    (TLS13, ""),
    (TLS12, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    (TLS12, "ECDHE-ECDSA-AES256-GCM-SHA384"),
    (TLS12, "ECDHE-ECDSA-CHACHA20-POLY1305"),
    (TLS12, "ECDHE-ECDSA-AES128-SHA256"),
    (TLS12, "ECDHE-ECDSA-AES256-SHA"),
]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> dict[str, Recorded]:
    """One connection of each kind."""
    made = {}
    for version, ciphers in CONFIGURATIONS:
        party = Party(tmp_path_factory.mktemp("tls"), version=version, ciphers=ciphers, alpn=["h2", "http/1.1"])
        made[ciphers or "TLS 1.3"] = party.talk(b"first", b"second" * 2000)
    return made


NAMES = [ciphers or "TLS 1.3" for _, ciphers in CONFIGURATIONS]


@pytest.mark.parametrize("name", NAMES)
def test_what_was_said_is_handed_on(recorded, name):
    made = recorded[name]
    said = b"first" + b"second" * 2000
    assert inside(made.turns, CLIENT, secrets=made.secrets) == said
    assert inside(made.turns, SERVER, secrets=made.secrets) == said
    found = decode(made.turns, secrets=made.secrets)
    inner = [item for item in found if isinstance(item, Inner)]
    assert {item.protocol for item in inner} == {"h2"}
    assert inner[0].facts == {"alpn": "h2", "sni": NAME, "version": "TLS 1.3" if name == "TLS 1.3" else "TLS 1.2"}
    assert [item.data for item in inner if item.last] == [b"", b""]
    assert not any(item.errors for item in found if isinstance(item, Message))


@pytest.mark.parametrize("name", NAMES)
def test_an_inner_follows_the_message_that_carried_it(recorded, name):
    found = decode(recorded[name].turns, secrets=recorded[name].secrets)
    for before, item in itertools.pairwise(found):
        if isinstance(item, Inner) and item.data:
            assert isinstance(before, Message)
            assert before.label == "application_data"
            assert before.views[1].data.startswith(item.data)
            assert before.views[1].name == "Decrypted TLS"


@pytest.mark.parametrize("name", NAMES)
def test_without_keys_everything_in_the_clear_is_shown(recorded, name):
    found = decode(recorded[name].turns)
    assert not any(isinstance(item, Inner) for item in found)
    shown = [item.label for item in found if isinstance(item, Message)]
    assert shown[:2] == ["client_hello", "server_hello"]
    assert "application_data" in shown
    assert ("certificate" in shown) == (name != "TLS 1.3")
    assert not any(item.notes for item in found if isinstance(item, Message))


@pytest.mark.parametrize("name", ["TLS 1.3", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-SHA"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 200))
def test_splits_do_not_matter(recorded, name, size):
    made = recorded[name]
    whole, split = (decode(made.turns, secrets=made.secrets, size=step) for step in (0, size))
    for direction in (CLIENT, SERVER):
        assert [item for item in whole if item.direction is direction] == [item for item in split if item.direction is direction]


class Late:
    """Secrets that become known only after some were asked for."""

    def __init__(self, made: Recorded, patience: int) -> None:
        self._store, self._patience = made.secrets, patience

    def find(self, label: str, client_random: bytes) -> bytes | None:
        self._patience -= 1
        return self._store.find(label, client_random) if self._patience < 0 else None


@pytest.mark.parametrize("name", ["TLS 1.3", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-SHA"])
@pytest.mark.parametrize("patience", [1, 3, 5])
def test_secrets_that_come_late_open_the_later_records(recorded, name, patience):
    made = recorded[name]
    got = inside(made.turns, SERVER, secrets=Late(made, patience))
    assert (b"first" + b"second" * 2000).endswith(got)
    assert len(got) >= 11_000


@pytest.mark.parametrize("name", NAMES)
def test_a_record_that_does_not_authenticate_is_remarked_and_the_flow_goes_on(recorded, name):
    made = recorded[name]
    turns = list(made.turns)
    spoilt = next(place for place, (way, data) in enumerate(turns) if way is CLIENT and data[0] == 23)
    turns[spoilt] = CLIENT, turns[spoilt][1][:-1] + bytes((turns[spoilt][1][-1] ^ 1,))
    found = messages(turns, secrets=made.secrets)
    assert any("does not authenticate" in note.text for message in found for note in message.notes)
    assert inside(turns, CLIENT, secrets=made.secrets) == b"second" * 2000
    assert inside(turns, SERVER, secrets=made.secrets) == b"first" + b"second" * 2000


@pytest.mark.parametrize("name", ["TLS 1.3", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"])
def test_lost_bytes_cost_the_records_they_belong_to(recorded, name):
    made = recorded[name]
    turns: list[tuple[object, object]] = list(made.turns)
    lost = next(place for place, (way, data) in enumerate(turns) if way is SERVER and data[0] == 23 and len(data) < 100)
    turns[lost] = SERVER, len(made.turns[lost][1])
    assert inside(turns, SERVER, secrets=made.secrets) == b"second" * 2000


def test_resumption(tmp_path):
    for version in (TLS12, TLS13):
        party = Party(tmp_path, version=version)
        session = party.talk(b"one").session
        again = party.talk(b"two", session=session)
        assert "certificate" not in labels(again.turns, SERVER, secrets=again.secrets)
        assert inside(again.turns, CLIENT, secrets=again.secrets) == b"two"


def test_a_message_that_spans_records_is_whole_in_the_last():
    chain = certificate_der()
    entry = len(chain).to_bytes(3, "big") + chain
    message = handshake(11, len(entry).to_bytes(3, "big") + entry)
    hello = record(22, client_hello())
    parts = [record(22, message[at : at + 100]) for at in range(0, len(message), 100)]
    found = messages([(CLIENT, hello), (SERVER, record(22, server_hello())), *((SERVER, part) for part in parts)])
    assert [one.label for one in found[2:]] == ["handshake_fragment"] * (len(parts) - 1) + ["certificate"]
    last = found[-1]
    assert last.views[1].name == "Reassembled handshake"
    assert last.views[1].data == message
    assert last.bytes_of(last.root.find("tls.handshake.certificate")) == chain
    assert last.value["data"] == last.raw[5:]


def test_one_record_may_end_a_message_and_hold_others():
    flight = server_hello() + handshake(14, b"")
    found = messages([(SERVER, record(22, flight[:20])), (SERVER, record(22, flight[20:]))])
    assert [one.label for one in found] == ["handshake_fragment", "server_hello+server_hello_done"]


def test_floods_of_messages_are_cut():
    (message,) = messages([(SERVER, record(22, handshake(0, b"") * 4000))])
    assert message.label.count("hello_request") == MAX_MESSAGES
    assert sum(1 for _ in message.root.walk()) < 10 * MAX_MESSAGES


def test_messages_that_never_end_are_not_waited_for():
    endless = b"\x0b" + (MAX_HANDSHAKE + 1).to_bytes(3, "big") + bytes(1000)
    found = messages([(SERVER, record(22, endless)), (SERVER, record(22, server_hello()))])
    assert f"{MAX_HANDSHAKE + 5} bytes" in found[0].errors[0]
    assert found[1].label == "server_hello"


def test_certificates_inside_compression():
    """RFC 8879 4."""
    chain = certificate_der()
    entry = len(chain).to_bytes(3, "big") + chain + b"\0\0"
    body = b"\0" + len(entry).to_bytes(3, "big") + entry
    packed = zlib.compress(body)
    message = handshake(25, b"\0\1" + len(body).to_bytes(3, "big") + len(packed).to_bytes(3, "big") + packed)
    hello = server_hello(extension(43, b"\3\4"), suite=0x1301)
    found = messages([(SERVER, record(22, hello)), (SERVER, record(22, message))])[-1]
    assert found.bytes_of(found.root.find("tls.handshake.certificate")) == chain
    bomb = zlib.compress(bytes(50_000_000))
    small = handshake(25, b"\0\1\xff\xff\xff" + len(bomb).to_bytes(3, "big") + bomb)
    parts = [(SERVER, record(22, small[at : at + 16_000])) for at in range(0, len(small), 16_000)]
    assert all(len(view.data) < 300_000 for one in messages(parts) for view in one.views)


def test_starttls():
    turns = [
        (SERVER, b"220 mail.example ESMTP\r\n"),
        (CLIENT, b"EHLO me\r\n"),
        (SERVER, b"250-mail.example\r\n250 STARTTLS\r\n"),
        (CLIENT, b"STARTTLS\r\n"),
        (SERVER, b"220 go ahead\r\n"),
        (CLIENT, record(22, client_hello())),
        (SERVER, record(22, server_hello())),
    ]
    found = messages(turns)
    assert [message.protocol for message in found] == [UNDECODED] * 6 + ["tls"] * 2
    assert [message.raw for message in found[:3]] == [b"220 mail.example ESMTP\r\n", b"EHLO me\r\n", b"250-mail.example\r\n"]


HELLO, ANSWER = record(22, client_hello(extension(16, b"\0\3\2h2"))), record(22, server_hello())
TURNS = st.lists(
    st.tuples(
        st.sampled_from((CLIENT, SERVER)),
        st.one_of(
            st.sampled_from((HELLO, ANSWER, record(20, b"\1"), record(23, bytes(40)), record(21, b"\1\0"), HELLO[:60])),
            st.binary(max_size=60).map(lambda data: record(22, data)),
            st.binary(max_size=40),
            st.integers(1, 50),
        ),
    ),
    max_size=8,
)


class Guessing:
    """A secret for everything."""

    def find(self, label: str, client_random: bytes) -> bytes | None:
        return (label.encode() + client_random)[:48].ljust(48 if label == "CLIENT_RANDOM" else 32, b"x")[:48]


@settings(deadline=None)
@given(TURNS, st.integers(1, 7))
def test_whatever_the_bytes_nothing_raises_and_splits_do_not_matter(turns, size):
    whole, split = (decode(turns, secrets=Guessing(), size=step) for step in (0, size))
    for direction in (CLIENT, SERVER):
        mine = [item for item in whole if item.direction is direction]
        assert mine == [item for item in split if item.direction is direction]
        at = 0
        for item in mine:
            if isinstance(item, Message):
                assert item.start == at
                at = item.end


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_spoilt_connections_never_raise(recorded, data):
    made = recorded[data.draw(st.sampled_from(NAMES))]
    turns = list(made.turns)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(turns) - 1))
        way, whole = turns[place]
        spoilt = bytearray(whole)
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] ^= data.draw(st.integers(1, 255))
        turns[place] = way, bytes(spoilt)
    for item in decode(turns, secrets=made.secrets):
        if isinstance(item, Message):
            sizes = [len(view.data) for view in item.views] or [len(item.raw)]
            assert all(0 <= node.start <= node.end <= sizes[node.view] for _, node in item.root.walk())


def test_a_tree_keeps_to_the_limit_of_fields():
    suites = b"\x13\x01" * 8000
    found = decode([(CLIENT, record(22, client_hello(suites=suites)))], limits=Limits(fields=500))
    assert sum(1 for _ in found[0].root.walk()) < 600


def test_a_message_in_very_small_records_is_put_together():
    body = bytes(40_000)
    message = handshake(20, body)
    found = messages([(SERVER, b"".join(record(22, message[at : at + 2]) for at in range(0, len(message), 2)))])
    assert len(found) == len(message) // 2
    assert found[-1].views[1].data == message
