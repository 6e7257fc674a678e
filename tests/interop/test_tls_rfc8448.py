"""The traces of RFC 8448: every message of the trace, decrypted with the secrets that it derives."""

from support.rfc8448 import SIMPLE, SIMPLE_SECRETS
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
