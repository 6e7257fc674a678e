"""Contents of extensions that do not fit, do not end where they say, or are at their borders."""

from collections.abc import Mapping
from types import MappingProxyType

from workbench_tls.hello_text import sized

__all__ = ["EXTENSION_DATA"]

_SERVER_NAMES = (
    b"", b"\0\0", b"\0\3\0\0\0", b"\0\4\0\0\1\0", b"\0\5\1\0\2ab", sized(b"\0" + sized(b"a\0b.test", 2), 2),
    sized(b"\0" + sized(b"a" * 255, 2), 2), sized(b"\0" + sized(b"a." * 8_000, 2), 2), sized((b"\0" + sized(b"a", 2)) * 2, 2),
    sized(b"\0" + sized(b"127.0.0.1", 2), 2), b"\xff\xff\0\0\1a", b"\0\4\0\xff\xffa", sized(b"\0" + sized(b"..", 2), 2),
    sized(b"\0" + sized(b"\xff\xfe", 2), 2), sized((b"\0" + sized(b"a", 2)) * 3_000, 2),
)  # fmt: skip

_PROTOCOLS = (
    b"", b"\0\0", b"\0\1\0", b"\0\2\0\0", sized(sized(b"x" * 255, 1), 2), sized(b"\0" * 5_000, 2), sized(b"\2h2" * 5_000, 2),
    b"\0\3\5h2", b"\xff\xff\2h2", sized(b"\2h2\2h2", 2),
)  # fmt: skip

_GROUPS = (
    b"", b"\0\0", b"\0\1\0", b"\0\3\0\x1d\0", b"\0\2\xff\xff", sized(b"\0\x1d" * 16_000, 2), b"\0\4\0\x1d", b"\0\2\0\0",
)  # fmt: skip

_SHARES = (
    b"", b"\0\0", b"\0\4\0\x1d\0\0", b"\0\5\0\x1d\0\1x", sized(b"\0\x1d" + sized(bytes(32), 2), 2),
    sized(b"\0\x1d" + sized(b"\xff" * 32, 2), 2), sized((b"\0\x1d" + sized(b"\5" * 32, 2)) * 2, 2),
    sized(b"\0\x17" + sized(bytes(65), 2), 2), sized(b"\0\x17" + sized(b"\4" + b"\xff" * 64, 2), 2),
    sized(b"\0\x17" + sized(b"\0", 2), 2), sized(b"\xff\xff" + sized(b"x", 2), 2), sized(b"\0\x1d\xff\xff", 2),
    sized(b"\x11\xec" + sized(bytes(1_216), 2), 2), b"\xff\xff\0", sized((b"\x0a\x0a\0\1\0") * 10_000, 2),
    sized(b"\0\x1d" + sized(b"\1" + bytes(31), 2), 2),
)  # fmt: skip

_VERSIONS = (
    b"", b"\0", b"\1\3", b"\2\3\4", b"\2\3\3", b"\2\3\0", b"\2\3\5", b"\2\x7f\x1c", b"\2\xfe\xff", b"\4\3\4\3\4", b"\xff\3\4",
    b"\3\3\4\3", sized(b"\3\4" * 127, 1),
)  # fmt: skip

_ALGORITHMS = (
    b"", b"\0\0", b"\0\1\4", b"\0\2\0\0", b"\0\2\2\1", sized(b"\4\3" * 16_000, 2), b"\0\6\4\3", b"\0\2\xff\xff",
)  # fmt: skip

_PRE_SHARED = (
    b"", b"\0\0\0\0", sized(sized(b"", 2) + bytes(4), 2) + sized(sized(bytes(32), 1), 2),
    sized(sized(b"x", 2) + bytes(4), 2) + b"\0\0", sized(sized(b"x", 2) + bytes(4), 2) + sized(sized(bytes(32), 1) * 2, 2),
    sized((sized(b"x", 2) + b"\xff" * 4) * 2, 2) + sized(sized(bytes(32), 1), 2),
    sized(sized(b"x", 2) + bytes(4), 2) + sized(sized(b"", 1), 2),
    sized(sized(b"x", 2) + bytes(4), 2) + sized(sized(bytes(255), 1), 2), b"\xff\xff\0\1x",
    sized((sized(b"x", 2) + bytes(4)) * 1_000, 2) + sized(sized(bytes(32), 1) * 1_000, 2),
    sized(sized(b"y" * 60_000, 2) + bytes(4), 2) + sized(sized(bytes(32), 1), 2),
)  # fmt: skip

_MODES = (
    b"", b"\0", b"\1\0", b"\1\xff", b"\2\1", sized(b"\1" * 255, 1),
)  # fmt: skip

_EARLY = (
    b"", b"\0", b"\xff" * 4,
)  # fmt: skip

_COOKIES = (
    b"", b"\0\0", sized(b"c" * 40_000, 2), b"\0\5x",
)  # fmt: skip

_FRAGMENTS = (
    b"", b"\0", b"\5", b"\1", b"\1\1",
)  # fmt: skip

_SIZE_LIMITS = (
    b"", b"\0\0", b"\0\x3f", b"\0\x40", b"\xff\xff", b"\0",
)  # fmt: skip

_HEARTBEATS = (
    b"", b"\1", b"\2", b"\0", b"\3\3",
)  # fmt: skip

_STATUS = (
    b"", b"\1", b"\1\0\0\0", b"\1\0\0\0\0", b"\2\0\0\0\0", b"\1\0\3\0\1x\0\0", b"\1\xff\xff\0\0", b"\1\0\0\xff\xff",
)  # fmt: skip

_FORMATS = (
    b"", b"\0", b"\1\1", b"\3\0", sized(b"\0" * 255, 1),
)  # fmt: skip

_TICKETS = (
    b"", b"\0", b"x" * 60_000, b"\xff" * 200,
)  # fmt: skip

_MASTER = (
    b"", b"\0", b"x" * 100,
)  # fmt: skip

_RENEGOTIATION = (
    b"", b"\0", b"\1x", b"\x0c" + b"v" * 12, b"\xff\0",
)  # fmt: skip

_PADDING = (
    b"", b"\1", bytes(60_000),
)  # fmt: skip

_CERTIFICATES = (
    b"", b"\0\1\4", b"\0\0",
)  # fmt: skip

_QUIC = (
    b"", b"\4\1", b"\xff" * 16, b"\1\0\1\0", bytes(4_000), b"\3\1\0",
)  # fmt: skip

EXTENSION_DATA: Mapping[int, tuple[bytes, ...]] = MappingProxyType(
    {
        0: _SERVER_NAMES,  # RFC 6066 3
        16: _PROTOCOLS,  # RFC 7301 3.1
        10: _GROUPS,  # RFC 8446 4.2.7
        51: _SHARES,  # RFC 8446 4.2.8
        43: _VERSIONS,  # RFC 8446 4.2.1
        13: _ALGORITHMS,  # RFC 8446 4.2.3
        41: _PRE_SHARED,  # RFC 8446 4.2.11
        45: _MODES,  # RFC 8446 4.2.9
        42: _EARLY,  # RFC 8446 4.2.10
        44: _COOKIES,  # RFC 8446 4.2.2
        1: _FRAGMENTS,  # RFC 6066 4
        28: _SIZE_LIMITS,  # RFC 8449 4
        15: _HEARTBEATS,  # RFC 6520 2
        5: _STATUS,  # RFC 6066 8
        11: _FORMATS,  # RFC 8422 5.1.2
        35: _TICKETS,  # RFC 5077 3.2
        23: _MASTER,  # RFC 7627 5.1
        0xFF01: _RENEGOTIATION,  # RFC 5746 3.2
        21: _PADDING,  # RFC 7685 3
        50: _CERTIFICATES,  # RFC 8446 4.2.3
        57: _QUIC,  # RFC 9000 18
    }
)
"""By the number of the extension; beside it where that is specified."""
