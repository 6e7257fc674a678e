"""Session secrets, as TLS key logs name them: a label ("CLIENT_RANDOM", "SERVER_TRAFFIC_SECRET_0", …) and the client's random bytes."""

from typing import Protocol

__all__ = ["NO_SECRETS", "Secrets"]


class Secrets(Protocol):
    """What is known to decrypt a capture with; may grow while decoders run, so a decoder that found nothing asks again later."""

    def find(self, label: str, client_random: bytes) -> bytes | None:
        """The secret of one session (draft-ietf-tls-keylogfile), None while it is not known."""
        ...


class _NoSecrets:
    """Nothing is known."""

    def find(self, label: str, client_random: bytes) -> bytes | None:
        return None


NO_SECRETS: Secrets = _NoSecrets()
