"""Traces of RFC 8448 (sections 3 to 7): every message of each trace, decrypted with the secrets that it derives."""

import pytest

from support.rfc8448 import Trace, trace_of
from support.tls import CLIENT, SERVER, inside, labels, messages

SAID = bytes(range(50))
SERVER_FLIGHT = "encrypted_extensions+certificate+certificate_verify+finished"


def both(trace: Trace) -> tuple[list[str], list[str]]:
    """Labels of the client's and of the server's messages."""
    client, server = (labels(trace.turns, direction, secrets=trace) for direction in (CLIENT, SERVER))
    return client, server


@pytest.mark.parametrize("section", range(3, 8))
def test_protected_records_hold_what_the_trace_prints(section):
    trace = trace_of(section)
    found = messages(trace.turns, secrets=trace)
    assert [(message.direction, message.raw) for message in found] == trace.turns
    assert not any(message.errors or message.notes for message in found)
    # RFC 8446 5.2: the content type follows the content
    opened = [message.views[1].data[:-1] if message.views else None for message in found]
    assert opened == trace.inside
    assert sum(data is not None for data in trace.inside) >= 4


def test_section_3_simple_1_rtt():
    trace = trace_of(3)
    assert both(trace) == (
        ["client_hello", "finished", "application_data", "close_notify"],
        ["server_hello", SERVER_FLIGHT, "new_session_ticket", "application_data", "close_notify"],
    )
    assert inside(trace.turns, CLIENT, secrets=trace) == inside(trace.turns, SERVER, secrets=trace) == SAID
    flight = messages(trace.turns, secrets=trace)[2]
    assert flight.root.find("tls.handshake.verify_data").value.hex() == (
        "9b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718"
    )


def test_section_4_resumed_0_rtt():
    trace = trace_of(4)
    assert both(trace) == (
        ["client_hello", "application_data", "end_of_early_data", "finished", "application_data", "close_notify"],
        ["server_hello", "encrypted_extensions+finished", "application_data", "close_notify"],
    )
    assert inside(trace.turns, CLIENT, secrets=trace) == b"ABCDEF" + SAID
    assert inside(trace.turns, SERVER, secrets=trace) == SAID
    binder = messages(trace.turns, secrets=trace)[0].root.find("tls.handshake.extensions.psk.binder")
    assert binder.value.hex() == "3add4fb2d8fdf822a0ca3cf7678ef5e88dae990141c5924d57bb6fa31b9e5f9d"


def test_section_5_hello_retry_request():
    trace = trace_of(5)
    assert both(trace) == (
        ["client_hello", "client_hello", "finished", "close_notify"],
        ["hello_retry_request", "server_hello", SERVER_FLIGHT, "close_notify"],
    )
    retry, again = messages(trace.turns, secrets=trace)[1:3]
    assert retry.root.find("tls.handshake.extensions_key_share_selected_group").text == "secp256r1"
    cookie = retry.root.find("tls.handshake.extensions.cookie").value
    assert len(cookie) == 0x72
    assert again.root.find("tls.handshake.extensions.cookie").value == cookie
    assert again.root.find("tls.handshake.extensions_key_share_group").text == "secp256r1"


def test_section_6_client_authentication():
    trace = trace_of(6)
    assert both(trace) == (
        ["client_hello", "certificate+certificate_verify+finished", "close_notify"],
        ["server_hello", "encrypted_extensions+certificate_request+certificate+certificate_verify+finished", "close_notify"],
    )
    found = messages(trace.turns, secrets=trace)
    schemes = {
        message.direction: node.text
        for message in found
        if "certificate_verify" in message.label
        for _, verify in message.root.walk()
        if verify.name == "certificate_verify"
        for _, node in verify.walk()
        if node.abbrev == "tls.handshake.sig_hash_alg"
    }
    assert schemes == {SERVER: "ecdsa_secp256r1_sha256", CLIENT: "rsa_pss_rsae_sha256"}


def test_section_7_compatibility_mode():
    """RFC 8446 D.4: a session id that comes back, and ChangeCipherSpec that means nothing."""
    trace = trace_of(7)
    assert both(trace) == (
        ["client_hello", "change_cipher_spec", "finished", "close_notify"],
        ["server_hello", "change_cipher_spec", SERVER_FLIGHT, "close_notify"],
    )
    hello, answer = messages(trace.turns, secrets=trace)[:2]
    sent = hello.root.find("tls.handshake.session_id").value
    assert len(sent) == 32
    assert answer.root.find("tls.handshake.session_id").value == sent
