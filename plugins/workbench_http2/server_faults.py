"""What a client did wrong, as exceptions inside the server: which error answers it, and how far it reaches (RFC 9113 5.4)."""

from workbench_http2.server_frames import ErrorCode

__all__ = ["ConnectionFault", "StreamFault"]


class ConnectionFault(Exception):  # noqa: N818 - the client is at fault, not we
    """Ends the connection: GOAWAY with `code`, `text` as its debug data, then close (RFC 9113 5.4.1)."""

    def __init__(self, code: ErrorCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class StreamFault(Exception):  # noqa: N818
    """Ends one stream: RST_STREAM with `code`; the others go on (RFC 9113 5.4.2)."""

    def __init__(self, stream: int, code: ErrorCode, text: str) -> None:
        super().__init__(text)
        self.stream = stream
        self.code = code
        self.text = text
