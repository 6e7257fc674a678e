"""The opening handshake: what a server must accept, and what it must refuse (RFC 6455 4.2)."""

from collections.abc import Callable, Sequence

from workbench.api import Check, CheckFailed, Level, Peer
from workbench_websocket.agreement import accept_of
from workbench_websocket.checks.talk import KEY, ask, case, field, open_talk, opening_lines

__all__ = ["CHECKS"]


def _accepted(*more: str, drop: Sequence[str] = ()) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        response, _ = ask(peer, opening_lines(peer, *more, drop=drop))
        if response.status != 101:
            raise CheckFailed(f"expected 101, got {response.status}")

    return run


def _refused(*more: str, drop: Sequence[str] = (), method: str = "", version: str = "") -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        start = f"{method or 'GET'} {peer.options.get('path', '/')} {version or 'HTTP/1.1'}"
        response, _ = ask(peer, opening_lines(peer, *more, drop=drop, start=start))
        if response.status is None or not 200 <= response.status < 600:
            raise CheckFailed(f"expected the handshake to be refused, got {response.status}")

    return run


def _status_line(peer: Peer) -> None:
    talk = open_talk(peer)
    version = next((found for name, found, *_ in talk.response.parts if name == "version"), b"")
    if version != b"HTTP/1.1":
        raise CheckFailed(f"expected a status line of HTTP/1.1, got {version!r}")


def _names(header: bytes, token: str) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        found = field(open_talk(peer).response, header).lower()
        if token not in [part.strip() for part in found.split(",")]:
            raise CheckFailed(f"expected {header.decode()}: {token}, got {found!r}")

    return run


def _accept_of_another_key(peer: Peer) -> None:
    key = "AAECAwQFBgcICQoLDA0ODw=="
    response, _ = ask(peer, opening_lines(peer, f"Sec-WebSocket-Key: {key}", drop=("Sec-WebSocket-Key",)))
    found = field(response, b"sec-websocket-accept")
    if found != accept_of(key.encode()).decode():
        raise CheckFailed(f"expected {accept_of(key.encode()).decode()}, got {found!r}")


def _version(number: str) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        response, _ = ask(peer, opening_lines(peer, f"Sec-WebSocket-Version: {number}", drop=("Sec-WebSocket-Version",)))
        if response.status is None or response.status < 400:
            raise CheckFailed(f"expected an error such as 426, got {response.status}")
        if "13" not in field(response, b"sec-websocket-version").replace(",", " ").split():
            raise CheckFailed(f"expected Sec-WebSocket-Version: 13, got {field(response, b'sec-websocket-version')!r}")

    return run


def _no_subprotocol(peer: Peer) -> None:
    found = field(open_talk(peer).response, b"sec-websocket-protocol")
    if found:
        raise CheckFailed(f"expected no Sec-WebSocket-Protocol where none was offered, got {found!r}")


def _subprotocol(peer: Peer) -> None:
    found = field(open_talk(peer, "Sec-WebSocket-Protocol: chat, superchat").response, b"sec-websocket-protocol")
    if found not in ("", "chat", "superchat"):
        raise CheckFailed(f"expected one of the subprotocols that were offered, got {found!r}")


def _no_extension(peer: Peer) -> None:
    found = field(open_talk(peer).response, b"sec-websocket-extensions")
    if found:
        raise CheckFailed(f"expected no Sec-WebSocket-Extensions where none was offered, got {found!r}")


def _unknown_extension(peer: Peer) -> None:
    talk = open_talk(peer, "Sec-WebSocket-Extensions: x-workbench-unknown; level=9")
    if field(talk.response, b"sec-websocket-extensions"):
        raise CheckFailed("expected an unknown extension to be declined")
    talk.lives()


def _in_pieces(peer: Peer) -> None:
    request = opening_lines(peer)
    for at in range(len(request) - 1):
        peer.send(request[at : at + 1])
    response, _ = ask(peer, request[-1:])
    if response.status != 101:
        raise CheckFailed(f"expected 101, got {response.status}")


def _no_early_words(peer: Peer) -> None:
    request = opening_lines(peer)
    peer.send(request[:-2])
    early = peer.receive()
    if early:
        raise CheckFailed(f"expected silence before the request is complete, got {early[:40]!r}")
    response, _ = ask(peer, request[-2:])
    if response.status != 101:
        raise CheckFailed(f"expected 101, got {response.status}")


_KEYLESS = ("Sec-WebSocket-Key",)

CHECKS: tuple[Check, ...] = (
    case("opening-accepted", "4.2.2", "A correct opening request is answered with 101.", _accepted()),
    case("opening-status-line", "4.2.2", "The status line of the response is one of HTTP/1.1.", _status_line),
    case("opening-upgrade", "4.2.2", "The response has Upgrade: websocket.", _names(b"upgrade", "websocket")),
    case("opening-connection", "4.2.2", "The response has Connection: Upgrade.", _names(b"connection", "upgrade")),
    case("opening-accept", "4.2.2", "Sec-WebSocket-Accept is the hash of the key that was sent.", _accept_of_another_key),
    case("opening-in-pieces", "4.2.1", "A request that comes byte by byte is the same request.", _in_pieces),
    case("opening-waits", "4.2.1", "Nothing is answered before the request is complete.", _no_early_words),
    case(
        "opening-upgrade-case",
        "4.2.1",
        "The value of Upgrade is compared without regard to case.",
        _accepted("Upgrade: WebSocket", drop=("Upgrade",)),
    ),
    case(
        "opening-upgrade-list",
        "4.2.1",
        "Upgrade may name several protocols.",
        _accepted("Upgrade: h2c, websocket", drop=("Upgrade",)),
        Level.SHOULD,
    ),
    case(
        "opening-connection-list",
        "4.2.1",
        "Upgrade may be one of several options of Connection.",
        _accepted("Connection: keep-alive, Upgrade", drop=("Connection",)),
    ),
    case(
        "opening-connection-case",
        "4.2.1",
        "The options of Connection are compared without regard to case.",
        _accepted("connection: upgrade", drop=("Connection",)),
    ),
    case("opening-unknown-field", "4.2.1", "Fields that are not known are ignored.", _accepted("X-Workbench: hello")),
    case("opening-origin", "4.1", "A client that is a browser sends its Origin.", _accepted("Origin: http://workbench.test")),
    case("opening-no-key", "4.2.1", "A request without Sec-WebSocket-Key is refused.", _refused(drop=_KEYLESS)),
    case("opening-empty-key", "4.2.1", "A request with an empty key is refused.", _refused("Sec-WebSocket-Key:", drop=_KEYLESS)),
    case(
        "opening-short-key",
        "4.2.1",
        "A key of less than 16 bytes is refused.",
        _refused("Sec-WebSocket-Key: c2hvcnQ=", drop=_KEYLESS),
    ),
    case(
        "opening-long-key",
        "4.2.1",
        "A key of more than 16 bytes is refused.",
        _refused("Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODxAREhM=", drop=_KEYLESS),
    ),
    case(
        "opening-no-base64",
        "4.2.1",
        "A key that is not base64 is refused.",
        _refused("Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!!!", drop=_KEYLESS),
    ),
    case("opening-two-keys", "11.3.1", "Sec-WebSocket-Key must not come twice.", _refused(f"Sec-WebSocket-Key: {KEY}")),
    case("opening-no-upgrade", "4.2.1", "A request without Upgrade is no handshake.", _refused(drop=("Upgrade",))),
    case(
        "opening-other-upgrade",
        "4.2.1",
        "A request to upgrade to something else is no handshake.",
        _refused("Upgrade: h2c", drop=("Upgrade",)),
    ),
    case("opening-no-connection", "4.2.1", "A request without Connection: Upgrade is refused.", _refused(drop=("Connection",))),
    case(
        "opening-other-connection",
        "4.2.1",
        "A request with Connection: keep-alive alone is refused.",
        _refused("Connection: keep-alive", drop=("Connection",)),
    ),
    case("opening-no-host", "4.2.1", "A request without Host is refused.", _refused(drop=("Host",))),
    case(
        "opening-no-version",
        "4.2.1",
        "A request without Sec-WebSocket-Version is refused.",
        _refused(drop=("Sec-WebSocket-Version",)),
    ),
    case("opening-version-8", "4.2.2", "An older version is refused, with the versions that are spoken.", _version("8")),
    case("opening-version-14", "4.2.2", "A later version is refused, with the versions that are spoken.", _version("14")),
    case(
        "opening-version-word",
        "4.2.2",
        "A version that is no number is refused, with the versions that are spoken.",
        _version("x"),
    ),
    case("opening-http-1.0", "4.2.1", "A request of HTTP/1.0 is refused.", _refused(version="HTTP/1.0")),
    case(
        "opening-post",
        "4.2.1",
        "A handshake with another method than GET is refused.",
        _refused("Content-Length: 0", method="POST"),
    ),
    case("opening-no-subprotocol", "4.2.2", "No subprotocol is chosen where none was offered.", _no_subprotocol),
    case("opening-subprotocol", "4.2.2", "A subprotocol that is chosen was offered.", _subprotocol),
    case("opening-no-extension", "4.2.2", "No extension is used where none was offered.", _no_extension),
    case(
        "opening-unknown-extension",
        "9.1",
        "An unknown extension is declined, and the connection works without.",
        _unknown_extension,
    ),
    case(
        "opening-bad-extension",
        "9.1",
        "A list of extensions that breaks the grammar fails the handshake.",
        _refused("Sec-WebSocket-Extensions: permessage-deflate; =1"),
        Level.SHOULD,
    ),
)
