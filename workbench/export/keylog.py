"""SSLKEYLOGFILE (draft-ietf-tls-keylogfile): the secrets that a capture brings and those that the user gave, each line once.

Whoever has this file can read the connections. It is written when somebody asks for this format by name, never on the way.
"""

from typing import BinaryIO

from workbench.export.source import Source

__all__ = ["write"]


def write(source: Source, out: BinaryIO) -> int:
    """Write all secrets, also of streams that a filter leaves out; returns how many lines."""
    seen: set[bytes] = set()
    for text in source.secrets:
        for line in text.splitlines():
            secret = line.strip()
            if secret and not secret.startswith(b"#") and secret not in seen:
                seen.add(secret)
                out.write(secret + b"\n")
    return len(seen)
