"""TLS opened in the middle: the target's side first, then the client's with what the target chose, and plaintext passed between them.

Written down is the client's side, records as the client sent and got them, and the secrets of that side before the packets that need
them. What does not begin with a ClientHello is passed on as it is.
"""

from captures.tap import Asked, Course, Inside, Plain, Silent, Wires
from workbench.api import Direction, WorkbenchError
from workbench.serving.certificates import CertificateFolder
from workbench.serving.certificates.making import LOCAL_NAMES
from workbench.tapping.client_hello import ClientHello, HelloReader, NoHello
from workbench.tapping.contexts import ClientSideContexts, UpstreamContexts, UpstreamTls
from workbench.tapping.key_log import KeyLog
from workbench.tapping.tls_end import TlsEnd, TlsError

__all__ = ["Interception", "Opener", "intercepting", "target_name"]

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT

HANDSHAKE_NS = 10_000_000_000
"""Both handshakes together take no longer: ten times what the slowest honest network needs."""

_ALERT, _FATAL = 21, 2
_HANDSHAKE_FAILURE, _CERTIFICATE_UNKNOWN = 40, 46
"""RFC 8446 6.2: what a client hears when there is no target behind us to shake hands with."""


class Opener:
    """What all connections of a tap share: contexts and the key log. Raises UsageError where files cannot be used."""

    def __init__(self, folder: CertificateFolder, upstream: UpstreamTls) -> None:
        self.keys = KeyLog()
        self.client_side = ClientSideContexts(folder, self.keys)
        self.upstream = UpstreamContexts(upstream)


def intercepting(folder: CertificateFolder, upstream: UpstreamTls | None = None) -> Inside:
    """The `Inside` that opens TLS with certificates of the authority in `folder`."""
    opener = Opener(folder, upstream or UpstreamTls())

    def inside(wires: Wires, asked: Asked) -> Course:
        return Interception(wires, asked, opener)

    return inside


def target_name(said: str, asked: str) -> str:
    """The name by which to ask a target for its certificate: the one the client says, unless it means the tap by it (a name of this
    machine, while the target has another one) or says none."""
    meant_us = said in LOCAL_NAMES and asked not in LOCAL_NAMES
    return asked if meant_us or not said else said


class Interception(Silent):
    """One connection. It looks for a ClientHello, shakes hands with the target, then with the client, then passes on."""

    def __init__(self, wires: Wires, asked: Asked, opener: Opener) -> None:
        self._wires = wires
        self._asked = asked
        self._opener = opener
        self._early = bytearray()
        """What the client sent before its handshake can begin."""
        self._reader = HelloReader()
        self._hello: ClientHello | None = None
        self._server: TlsEnd | None = None
        self._client: TlsEnd | None = None
        self._ended: set[Direction] = set()
        """Ends of TCP that were passed on."""
        self._over = False

    # what happens

    def received(self, direction: Direction, data: bytes) -> None:
        """See `Course`."""
        if self._over:
            return
        if direction is DOWN:
            self._from_server(data)
        elif self._client is None:
            self._early += data
            self._look(data)
        else:
            self._from_client(data)

    def ended(self, direction: Direction) -> None:
        """See `Course`. The end of TCP without TLS's own is passed on so: each protocol knows where it may end."""
        if self._over:
            return
        if self._hello is None:
            self._give_way().ended(direction)
        elif self._client is None and direction is DOWN:
            self._refuse(TlsError("it hung up during the handshake"))
        elif self._client is None or not self._client.established:
            who = "client" if direction is UP else "target"
            self._fail(f"the {who} hung up during the handshake")
        else:
            # OpenSSL is not told: it would scold a peer that says no goodbye, and the other end is to see just that
            self._ended.add(direction)
            self._wires.record_end(direction)
            self._wires.finish(direction)

    def expired(self) -> None:
        """See `Course`."""
        if self._hello is None:  # whatever it is, it takes its time
            self._give_way()
        else:
            self._fail("the handshake takes too long")

    # before there is TLS

    def _look(self, data: bytes) -> None:
        """Is it TLS?"""
        try:
            hello = self._reader.receive(data)
        except NoHello:
            self._give_way()
            return
        if hello is None:
            if len(self._early) == len(data):  # from its first bytes on, however slowly the others come
                self._wires.within(HANDSHAKE_NS)
            return
        self._hello = hello
        self._wires.within(HANDSHAKE_NS)
        self._wires.pause(UP)
        try:
            name = target_name(hello.server_name, self._asked.host)
            self._server = TlsEnd(self._opener.upstream.context(hello.alpn), server=False, server_name=name)
        except TlsError as error:
            self._refuse(error)
            return
        self._shake_server()

    def _give_way(self) -> Course:
        """It is no TLS: all passes as it is."""
        self._over = True
        course = Plain(self._wires)
        self._wires.within(None)
        self._wires.become(course)
        if self._early:
            course.received(UP, bytes(self._early))
        return course

    # handshakes

    def _shake_server(self) -> None:
        server = self._server
        assert server is not None, "made before"
        try:
            done = server.handshake()
        except TlsError as error:
            self._wires.send(UP, server.output())
            self._refuse(error)
            return
        self._wires.send(UP, server.output())
        if done and self._client is None:
            self._begin_client(server.alpn)

    def _begin_client(self, alpn: str) -> None:
        assert self._hello is not None, "it brought us here"
        name = self._hello.server_name
        # who names nobody has connected to an address: that of its target (through a proxy), or ours
        names = (name,) if name and name not in LOCAL_NAMES else tuple(dict.fromkeys((name or self._asked.host, *LOCAL_NAMES)))
        try:
            self._client = TlsEnd(self._opener.client_side.context(names, alpn), server=True)
        except (WorkbenchError, OSError, ValueError) as error:  # the authority is gone, or the name can stand in no certificate
            self._refuse(TlsError(f"no certificate can be made for {names[0]}: {error}"))
            return
        self._wires.pause(DOWN)
        self._wires.pause(UP, paused=False)
        data = bytes(self._early)
        self._early.clear()
        self._from_client(data)

    def _refuse(self, reason: TlsError) -> None:
        """The target is not to be had; the client hears it as an alert, before any other word of TLS."""
        self._wires.explain(str(self._asked), f"TLS with the target: {reason}")
        alert = bytes((_ALERT, 3, 3, 0, 2, _FATAL, _CERTIFICATE_UNKNOWN if reason.untrusted else _HANDSHAKE_FAILURE))
        self._wires.record(UP, bytes(self._early))
        self._wires.record(DOWN, alert)
        self._wires.send(DOWN, alert)
        self._hang_up()

    # both sides

    def _from_client(self, data: bytes) -> None:
        """Bytes of the client. What they lead to is written down after the secrets that came of them."""
        client, server = self._client, self._server
        assert client is not None, "asked before"
        assert server is not None, "the target's side is first"
        client.feed(data)
        problem, plain, was = "", b"", client.established
        try:
            if client.handshake():
                plain = client.read()
        except TlsError as error:
            problem = str(error)
        self._write_down(client, data, secrets=not was)
        if client.established and not was:
            self._wires.within(None)
            self._wires.pause(DOWN, paused=False)
            self._wires.count_opened()
            self._from_server(None)
        self._carry(server, plain, client.closed)
        self._wires.send(UP, server.output())
        if problem:
            self._fail(problem)

    def _from_server(self, data: bytes | None) -> None:
        """Bytes of the target; None: look what came before the client was ready."""
        client, server = self._client, self._server
        if server is None:  # the target speaks first, or the client is still at its first words
            self._give_way().received(DOWN, data or b"")
            return
        if data is not None:
            server.feed(data)
        if not server.established:
            self._shake_server()
            return
        if client is None or not client.established:
            return
        problem, plain = "", b""
        try:
            plain = server.read()
        except TlsError as error:
            problem = str(error)
        self._carry(client, plain, server.closed)
        self._write_down(client, b"", secrets=False)
        self._wires.send(UP, server.output())
        if problem:
            if UP not in self._ended:  # after that it only complains about the missing goodbye
                self._wires.explain(str(self._asked), f"TLS with the target: {problem}")
            self._hang_up()

    def _carry(self, end: TlsEnd, plain: bytes, closed: bool) -> None:
        """Say to one end what the other one said."""
        try:
            if plain:
                end.write(plain)
        except TlsError:
            return  # it is over there; its own words about that come, or came
        if closed:
            end.goodbye()

    def _write_down(self, client: TlsEnd, data: bytes, *, secrets: bool) -> None:
        """Secrets first, then what the client sent, then what it gets. Secrets are made by handshakes only."""
        told = self._opener.keys.read() if secrets else b""
        if told:
            self._wires.record_secrets(told)
        self._wires.record(UP, data)
        answer = client.output()
        self._wires.record(DOWN, answer)
        self._wires.send(DOWN, answer)

    def _fail(self, reason: str) -> None:
        """The client's side broke off."""
        self._wires.explain(str(self._asked), f"TLS with the client: {reason}")
        self._wires.record(UP, bytes(self._early))
        self._hang_up()

    def _hang_up(self) -> None:
        """End both sides after what was said last."""
        self._over = True
        self._wires.within(None)
        for direction in (DOWN, UP):
            self._wires.pause(direction, paused=False)
            self._wires.record_end(direction)
            self._wires.finish(direction)
