"""HTTP conversations as turns, for captures that tests make up."""

from workbench.api import Direction

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def request(path: str = "/", *, method: str = "GET", host: str = "x") -> tuple[Direction, bytes]:
    """One request without a body."""
    return UP, f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def response(body: bytes = b"hi", *, status: int = 200, kind: str = "text/plain", **headers: str) -> tuple[Direction, bytes]:
    """One response with its length."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return DOWN, head.encode() + body
