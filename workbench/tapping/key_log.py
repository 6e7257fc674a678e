"""The secrets that OpenSSL tells, in memory: its key log goes to a file, and this file has no name on any disk."""

import os
import ssl
import weakref

__all__ = ["KeyLog"]

_ENOUGH = 1 << 20
"""Bytes of lines already read that are kept in memory before they are given back."""


class KeyLog:
    """What the contexts that write here have told. Lines are there as soon as the call returns in which OpenSSL made the keys."""

    def __init__(self) -> None:
        # close-on-exec: children are not to inherit it
        self._file = os.memfd_create("keys", os.MFD_CLOEXEC)
        self._at = 0
        self.close = weakref.finalize(self, os.close, self._file)
        """Forgets everything; harmless when repeated, and done at the latest when nobody wants it any more."""

    def follow(self, context: ssl.SSLContext) -> None:
        """Have the secrets of this context's connections from now on."""
        context.keylog_filename = f"/proc/self/fd/{self._file}"

    def read(self) -> bytes:
        """The lines since the last call."""
        found = b""
        while more := os.pread(self._file, 65_536, self._at):
            found += more
            self._at += len(more)
        if self._at > _ENOUGH:  # writers append, wherever the end is
            os.ftruncate(self._file, 0)
            self._at = 0
        return b"".join(line for line in found.splitlines(keepends=True) if not line.startswith(b"#"))
