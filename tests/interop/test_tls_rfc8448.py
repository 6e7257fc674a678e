"""Traces of RFC 8448 (sections 3 and 4): every message of the trace, decrypted with the secrets that it derives."""

from support.rfc8448 import RESUMED, RESUMED_SECRETS, SIMPLE, SIMPLE_SECRETS
from support.tls import CLIENT, SERVER, inside, labels, messages


class Derived:
    """The secrets of one section."""

    def __init__(self, secrets: dict[str, bytes]) -> None:
        self._secrets = secrets

    def find(self, label: str, client_random: bytes) -> bytes | None:
        return self._secrets.get(label)


def test_section_3_simple_1_rtt():
    secrets = Derived(SIMPLE_SECRETS)
    assert labels(SIMPLE, CLIENT, secrets=secrets) == ["client_hello", "finished", "application_data", "close_notify"]
    assert labels(SIMPLE, SERVER, secrets=secrets) == [
        "server_hello",
        "encrypted_extensions+certificate+certificate_verify+finished",
        "new_session_ticket",
        "application_data",
        "close_notify",
    ]
    assert inside(SIMPLE, CLIENT, secrets=secrets) == inside(SIMPLE, SERVER, secrets=secrets) == bytes(range(50))
    found = messages(SIMPLE, secrets=secrets)
    assert not any(message.errors or message.notes for message in found)
    flight = found[2]
    assert len(flight.views[1].data) == 657 + 1
    assert flight.root.find("tls.handshake.verify_data").value.hex() == (
        "9b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718"
    )


def test_section_4_resumed_0_rtt():
    secrets = Derived(RESUMED_SECRETS)
    assert labels(RESUMED, CLIENT, secrets=secrets) == [
        "client_hello",
        "application_data",
        "end_of_early_data",
        "finished",
        "application_data",
        "close_notify",
    ]
    assert labels(RESUMED, SERVER, secrets=secrets) == [
        "server_hello",
        "encrypted_extensions+finished",
        "application_data",
        "close_notify",
    ]
    assert inside(RESUMED, CLIENT, secrets=secrets) == b"ABCDEF" + bytes(range(50))
    assert inside(RESUMED, SERVER, secrets=secrets) == bytes(range(50))
    found = messages(RESUMED, secrets=secrets)
    assert not any(message.errors or message.notes for message in found)
    binder = found[0].root.find("tls.handshake.extensions.psk.binder")
    assert binder.value.hex() == "3add4fb2d8fdf822a0ca3cf7678ef5e88dae990141c5924d57bb6fa31b9e5f9d"
