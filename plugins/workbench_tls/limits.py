"""Every bound of the TLS decoder, with its reason."""

__all__ = [
    "MAX_CERTIFICATE_FIELDS",
    "MAX_CLEAR_LINE",
    "MAX_DER_DEPTH",
    "MAX_EXTENSIONS",
    "MAX_FIELDS",
    "MAX_FRAGMENT",
    "MAX_GUESSES",
    "MAX_HANDSHAKE",
    "MAX_INFLATED",
    "MAX_JUNK",
    "MAX_MESSAGES",
    "MAX_PARAMETERS",
    "MAX_PLAINTEXT",
    "MAX_VAIN_GUESSES",
]

MAX_PLAINTEXT = 1 << 14
"""RFC 8446 5.1: bytes of one record's content."""

MAX_FRAGMENT = MAX_PLAINTEXT + 2048
"""RFC 5246 6.2.3: the most that protection (and compression) may add; TLS 1.3 allows 256 bytes. A longer record is none."""

MAX_HANDSHAKE = 256 * 1024
"""Bytes of one handshake message that is put together from records; certificate chains with post-quantum keys take less than 100 KB, and
OpenSSL and BoringSSL refuse at about this size."""

MAX_MESSAGES = 64
"""Handshake messages shown of one record: a flight has ten; 16 KB of empty HelloRequests would make four thousand."""

MAX_EXTENSIONS = 128
"""Extensions of one message that are opened; browsers send twenty, the registry has seventy."""

MAX_PARAMETERS = 128
"""Transport parameters of one message that are opened; browsers send twenty, some forty are known."""

MAX_CERTIFICATE_FIELDS = 2_000
"""Fields shown of one certificate: those with a hundred names have about five hundred."""

MAX_DER_DEPTH = 24
"""Nesting of DER that is followed: a certificate needs about ten."""

MAX_FIELDS = 20_000
"""List items shown of one handshake message; a screen can scroll through the beginning of anything longer."""

MAX_INFLATED = 256 * 1024
"""Bytes that a CompressedCertificate may unfold to (RFC 8879 4 has the receiver limit them)."""

MAX_GUESSES = 64
"""Record numbers tried for the first record after a loss, or with keys that came late: each try is one authenticated decryption."""

MAX_VAIN_GUESSES = 16_384
"""Guesses without one that was right, after which only the latest number is tried: 256 records with all of them. Long records that no key
fits would else cost 64 times what others cost."""

MAX_JUNK = 16 * 1024
"""Bytes that are no records are given in pieces of this size while a next record is looked for."""

MAX_CLEAR_LINE = 8 * 1024
"""The same for a line of the protocol before TLS: IMAP and SMTP lines are shorter."""
