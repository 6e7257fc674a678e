"""CompressedCertificate (RFC 8879): the Certificate message inside, where the standard library can unfold it."""

import zlib

from workbench.api import Field
from workbench_tls.bodies import Agreed
from workbench_tls.handshake import HEADER, Handshake, Tracer, read_handshake
from workbench_tls.limits import MAX_INFLATED

__all__ = ["UNFOLDED", "certificate_inside", "unfolded"]

UNFOLDED = "Decompressed certificate"
"""Name of the view with the unfolded body."""

_ZLIB = 1


def unfolded(found: Handshake) -> tuple[bytes, str]:
    """The body of the Certificate message that is inside (at most `MAX_INFLATED` bytes), and what went wrong; both empty for other
    messages and for algorithms that are not known here."""
    if found.name != "compressed_certificate" or not found.sound or found.value["algorithm"] != _ZLIB:
        return b"", ""
    try:
        return zlib.decompressobj().decompress(found.value["compressed_certificate_message"], MAX_INFLATED), ""
    except zlib.error as error:
        return b"", f"the certificate cannot be unfolded: {error}"


def certificate_inside(trace: Tracer, body: bytes, agreed: Agreed, view: int, most_fields: int) -> Field:
    """The fields of an unfolded body, which is the view number `view`."""
    message = b"\x0b" + len(body).to_bytes(3, "big") + body
    inner = read_handshake(trace, message, agreed, -HEADER, view, most_fields=most_fields).field
    return Field("certificate", 0, len(body), None, inner.children[2:], view=view)
