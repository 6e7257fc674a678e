"""The order of handshake messages at each level of QUIC."""

import pytest

from workbench_tls.unrecorded_states import INITIAL, STATES


def follow(labels: str) -> str:
    state = INITIAL
    for label in labels.split():
        assert (state, label) in STATES, (state, label)
        state = STATES[state, label]
    return state


@pytest.mark.parametrize(
    ("labels", "then"),
    [
        ("client_hello server_hello", "chosen"),
        ("client_hello hello_retry_request client_hello server_hello", "chosen"),
        ("encrypted_extensions certificate certificate_verify finished finished", "finished"),
        ("encrypted_extensions finished finished", "finished"),
        (
            "encrypted_extensions certificate_request compressed_certificate certificate_verify finished certificate finished",
            "finished",
        ),
        (
            "encrypted_extensions certificate_request certificate certificate_verify finished certificate certificate_verify finished",
            "finished",
        ),
        ("new_session_ticket new_session_ticket", "ticketed"),
        ("client_hello client_hello server_hello", "chosen"),  # after a Retry
    ],
)
def test_legal_ways(labels, then):
    assert follow(labels) == then


@pytest.mark.parametrize(
    ("labels", "then"),
    [
        ("", "server_hello"),
        ("client_hello server_hello", "client_hello"),
        ("client_hello hello_retry_request client_hello", "hello_retry_request"),
        ("encrypted_extensions", "certificate_verify"),
        ("encrypted_extensions certificate", "finished"),
        ("new_session_ticket", "key_update"),
        ("encrypted_extensions finished finished", "finished"),
    ],
)
def test_illegal_steps_are_not_in_the_table(labels, then):
    assert (follow(labels), then) not in STATES
