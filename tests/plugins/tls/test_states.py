"""The order of records."""

import ssl

import pytest

from support.tls import Party, messages
from workbench_tls.states import INITIAL, STATES


def follow(labels):
    state = INITIAL
    for label in labels:
        assert (state, label) in STATES, (state, label)
        state = STATES[state, label]
    return state


@pytest.mark.parametrize("keys", [True, False], ids=["decrypted", "closed"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_real_connections_are_legal(tmp_path, version, keys):
    party = Party(tmp_path, version=version)
    first = party.talk(b"hello")
    for recorded in (first, party.talk(b"again", session=first.session)):
        found = messages(recorded.turns, **({"secrets": recorded.secrets} if keys else {}))
        assert follow(message.label for message in found) in ("over", "protected")


@pytest.mark.parametrize(
    "path",
    [
        "client_hello hello_retry_request client_hello server_hello encrypted_extensions+finished finished application_data",
        "client_hello application_data server_hello change_cipher_spec encrypted_extensions finished end_of_early_data finished",
        "client_hello server_hello+certificate+server_key_exchange+server_hello_done client_key_exchange change_cipher_spec",
        "client_hello server_hello new_session_ticket change_cipher_spec finished change_cipher_spec finished client_hello",
        "client_hello fatal_alert",
    ],
)
def test_legal_ways(path):
    follow(path.split())


@pytest.mark.parametrize(
    ("path", "then"),
    [
        ("", "server_hello"),
        ("client_hello", "certificate"),
        ("client_hello server_hello", "client_key_exchange"),
        ("client_hello server_hello certificate", "change_cipher_spec"),
        ("client_hello server_hello encrypted_extensions", "server_hello_done"),
        ("client_hello fatal_alert", "client_hello"),
        ("client_hello", "server_hello+client_key_exchange"),
    ],
)
def test_illegal_steps_are_not_in_the_table(path, then):
    assert (follow(path.split()), then) not in STATES


def test_the_other_side_may_still_be_speaking():
    assert {STATES["over", kind] for kind in ("application_data", "key_update", "new_session_ticket")} == {"over"}
