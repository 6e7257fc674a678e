"""Compressed certificates (RFC 8879)."""

import zlib

from dissectors.tracing import trace
from support.tls import certificate_der, handshake, read
from workbench_tls.bodies import TLS13, Agreed
from workbench_tls.compressed import certificate_inside, unfolded
from workbench_tls.limits import MAX_FIELDS, MAX_INFLATED


def compressed(algorithm: int, data: bytes) -> bytes:
    return handshake(25, algorithm.to_bytes(2, "big") + (9).to_bytes(3, "big") + len(data).to_bytes(3, "big") + data)


def test_zlib_is_unfolded():
    der = certificate_der()
    entry = len(der).to_bytes(3, "big") + der + b"\0\0"
    body = b"\0" + len(entry).to_bytes(3, "big") + entry
    assert unfolded(read(compressed(1, zlib.compress(body)))) == (body, "")
    field = certificate_inside(trace, body, Agreed(TLS13), 1, MAX_FIELDS)
    found = field.find("tls.handshake.certificate")
    assert (found.view, body[found.start : found.end]) == (1, der)


def test_what_cannot_be_unfolded():
    assert unfolded(read(compressed(2, b"brotli"))) == (b"", "")
    assert unfolded(read(handshake(20, bytes(32)))) == (b"", "")
    body, fault = unfolded(read(compressed(1, b"nonsense")))
    assert body == b""
    assert "cannot be unfolded" in fault


def test_a_bomb_is_cut():
    body, fault = unfolded(read(compressed(1, zlib.compress(bytes(100 * MAX_INFLATED)))))
    assert (len(body), fault) == (MAX_INFLATED, "")
