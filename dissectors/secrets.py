"""Session secrets out of TLS key logs, found by label and client random; key logs may grow and new ones may appear while decoders run."""

import re
from collections.abc import Callable, Sequence

__all__ = ["MOST_SECRETS", "SecretStore"]

MOST_SECRETS = 4_000_000
"""Lines kept, half a gigabyte: more than any key log that `workbench` reads can hold; later ones are not learnt."""

_LINE = re.compile(rb"^[ \t]*([A-Z][A-Z0-9_]*)[ \t]+([0-9A-Fa-f]{2,})[ \t]+([0-9A-Fa-f]{2,})[ \t\r]*$", re.MULTILINE)
"""draft-ietf-tls-keylogfile: label, client random and secret; anything else in the file is a comment."""

_WHOLE = (64, 96)
"""Digits of the secrets there are (SHA-256, SHA-384 and TLS 1.2): a last line without its end of line counts with one of these."""


class SecretStore:
    """See `workbench.api.Secrets`. `texts` gives all key logs there are now, oldest first; each may only grow at its end."""

    def __init__(self, texts: Callable[[], Sequence[bytes]]) -> None:
        self._texts = texts
        self._read: list[int] = []
        """Bytes of each text that are learnt."""
        self._known: dict[tuple[str, bytes], bytes] = {}
        self.missed = 0
        """Questions that found nothing."""
        self.used = False
        """Whether any question was answered."""

    def __len__(self) -> int:
        """Secrets known so far."""
        return len(self._known)

    def find(self, label: str, client_random: bytes) -> bytes | None:
        """The secret of one session; looks for new ones where it is not known."""
        key = label, client_random
        found = self._known.get(key)
        if found is None and self.refresh():
            found = self._known.get(key)
        if found is None:
            self.missed += 1
        else:
            self.used = True
        return found

    def refresh(self) -> bool:
        """Read what is new; whether anything was."""
        grown = False
        for number, text in enumerate(self._texts()):
            if number == len(self._read):
                self._read.append(0)
            if len(text) > self._read[number]:
                grown = True
                # begin at the line that was the last one: it may not have been whole
                self._add(text, text.rfind(b"\n", 0, self._read[number]) + 1)
                self._read[number] = len(text)
        return grown

    def _add(self, text: bytes, start: int) -> None:
        for match in _LINE.finditer(text, start):
            label, random, secret = match.groups()
            whole = len(secret) in _WHOLE or match.end() < len(text)
            if whole and len(self._known) < MOST_SECRETS and not len(random) % 2 and not len(secret) % 2:
                self._known[label.decode("ascii"), bytes.fromhex(random.decode())] = bytes.fromhex(secret.decode())
