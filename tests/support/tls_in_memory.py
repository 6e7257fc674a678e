"""TLS without sockets between a client and something that takes and gives bytes."""

import ssl
from collections.abc import Callable

from support.certificates import certified_pems, pair_of
from workbench.tapping.tls_end import TlsEnd


def server_context(tmp_path, *, alpn: tuple[str, ...] = ()) -> ssl.SSLContext:
    """A server called `localhost`."""
    certificate, key = certified_pems()
    file = tmp_path / "server.pem"
    file.write_bytes(key + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def client_context(*, alpn: tuple[str, ...] = ()) -> ssl.SSLContext:
    """A client that trusts our test authority."""
    context = ssl.create_default_context(cadata=pair_of("ca").certificate.decode())
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def joined(client: TlsEnd, server: TlsEnd) -> None:
    """Shake hands."""
    for _ in range(4):
        client.handshake()
        server.feed(client.output())
        server.handshake()
        client.feed(server.output())
    assert client.established
    assert server.established


def handshake(prepare: Callable[[ssl.SSLContext], None] | None = None) -> tuple[TlsEnd, TlsEnd]:
    """A client and a server that have met; `prepare` gets the server's context before."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        context = server_context(Path(folder))
    if prepare is not None:
        prepare(context)
    ends = TlsEnd(client_context(), server=False, server_name="localhost"), TlsEnd(context, server=True)
    joined(*ends)
    return ends
