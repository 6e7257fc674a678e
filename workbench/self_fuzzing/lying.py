"""Keys as a case has them: right, or wrong and missing now and then.

Equal questions get equal answers, so that a case can be read twice, made smaller and tried again.
"""

from collections.abc import Sequence
from random import Random

from dissectors.secrets import SecretStore
from workbench.api import NO_SECRETS, Secrets

__all__ = ["Lying", "secrets_of"]


def secrets_of(texts: Sequence[bytes], lie: str = "") -> Secrets:
    """The keys in these key logs; `lie` decides which ones are wrong (none where it is empty)."""
    if not texts:
        return NO_SECRETS
    truth = SecretStore(lambda: texts)
    return Lying(truth, lie) if lie else truth


class Lying:
    """Secrets that are sometimes missing, of a wrong length, or another session's."""

    def __init__(self, truth: Secrets, lie: str) -> None:
        self._truth = truth
        self._lie = lie

    def find(self, label: str, client_random: bytes) -> bytes | None:
        """The truth or a lie; the same one whenever it is asked."""
        random = Random(f"{self._lie}:{label}:{client_random.hex()}")
        found = self._truth.find(label, client_random)
        return random.choice((None, found, b"", random.randbytes(32), random.randbytes(48)))
