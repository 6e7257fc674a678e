"""What a client did wrong, as exceptions inside the server: which error answers it, and how far it reaches (RFC 9114 8)."""

from workbench_http3.server_frames import ErrorCode

__all__ = ["ConnectionFault", "StreamFault"]


class ConnectionFault(Exception):  # noqa: N818 - the client is at fault, not we
    """Ends the connection with `code`; `text` is the reason phrase of its CONNECTION_CLOSE."""

    def __init__(self, code: ErrorCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class StreamFault(Exception):  # noqa: N818
    """Ends one request: its stream is reset and no longer read, both with `code`; the others go on."""

    def __init__(self, code: ErrorCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
