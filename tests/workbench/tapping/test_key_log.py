"""The key log in memory, with OpenSSL writing."""

import os
import ssl
from pathlib import Path

import pytest

from support.tls_in_memory import handshake
from workbench.tapping.key_log import _ENOUGH, KeyLog


def test_the_lines_of_a_handshake_are_there_at_once():
    keys = KeyLog()
    handshake(keys.follow)
    lines = keys.read().splitlines()
    assert {line.split()[0] for line in lines} >= {b"SERVER_HANDSHAKE_TRAFFIC_SECRET", b"CLIENT_TRAFFIC_SECRET_0"}
    assert keys.read() == b""
    handshake(keys.follow)
    again = keys.read().splitlines()
    assert len(again) == len(lines)
    assert not set(again) & set(lines)
    keys.close()
    keys.close()


def test_nobody_has_to_close_it():
    keys = KeyLog()
    descriptor = keys._file
    del keys
    with pytest.raises(OSError):
        os.fstat(descriptor)


def test_what_was_read_does_not_pile_up():
    keys = KeyLog()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    keys.follow(context)
    with Path(f"/proc/self/fd/{keys._file}").open("ab") as writer:
        for _ in range(3):
            writer.write(b"x" * (_ENOUGH + 1) + b"\n")
            writer.flush()
            assert len(keys.read()) == _ENOUGH + 2
            assert keys._at == 0
    keys.close()
