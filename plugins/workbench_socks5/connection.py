"""The server's side of one connection: negotiation, then a task that carries the command out (RFC 1928, RFC 1929)."""

from collections.abc import Callable, Mapping
from typing import Any

from workbench.api import FrameError, Joined, LinkCommand, LinkEvent
from workbench_socks5.association import Association
from workbench_socks5.bind import Bind
from workbench_socks5.connect import Connect
from workbench_socks5.grammar import GRAMMARS, Kind, build, frame
from workbench_socks5.names import METHODS, NO_ACCEPTABLE, VERSION, VERSION4
from workbench_socks5.presentation import host_of
from workbench_socks5.session import Request, Session, Task, is_host

__all__ = ["Socks5Connection"]

_STATUS_VERSION = 1
_OK, _DENIED = 0, 1
_GENERAL_FAILURE, _HOST_UNREACHABLE, _NOT_SUPPORTED, _NO_SUCH_ADDRESS_TYPE = 1, 4, 7, 8
_TASKS: Mapping[str, Callable[[Session, Request], Task]] = {"connect": Connect, "bind": Bind, "associate": Association}
_UNKNOWN = "unknown"
_ANSWERS: Mapping[Kind, str] = {
    Kind.GREETING: "greeted",
    Kind.PASSWORD: "told_password",
    Kind.REQUEST: "requested",
    Kind.REQUEST4: "requested",
}
"""Message → the method of the connection that answers it."""


class Socks5Connection:
    """See `ServerConnection` and `LinkingConnection`. `expects` is the message that is due, None once the task has taken over."""

    def __init__(self, session: Session) -> None:
        self.closed = False
        self.session = session
        self._buffer = b""
        self._expects: Kind | None = Kind.GREETING
        self._task: Task | None = None
        self._began_ns: int | None = None

    def receive(self, data: bytes) -> bytes:
        session = self.session
        session.last_ns = session.now_ns
        if self.closed or session.ended:
            return b""
        if self._task is not None:
            self._task.from_client(data)
        elif data:
            self._buffer += data
            self._negotiate()
        else:
            session.ended = "the client went before it asked for anything"
        return self._said()

    def pull(self) -> bytes:
        if self.closed:
            return b""
        data = self._task.pull() if self._task is not None else b""
        return data or self._said()

    def wakeup(self, now_ns: int) -> bytes:
        session = self.session
        session.now_ns = now_ns
        if self._began_ns is None:
            self._began_ns = session.last_ns = now_ns
        if self.closed or session.ended:
            return self._said()
        if self._task is None and now_ns - self._began_ns >= session.settings.handshake_ns:
            session.ended = "the handshake timed out"
        elif self._task is not None:
            self._task.wakeup()
        if not session.ended and now_ns - session.last_ns >= session.settings.idle_ns:
            session.ended = "idle for too long"
        return self._said()

    def drain(self) -> bytes:
        """What is under way in a tunnel may come to its end; everything else ends now."""
        if self._task is None or not self._task.relaying:
            self.session.ended = self.session.ended or "the service shuts down"
        return self._said()

    def commands(self) -> list[LinkCommand]:
        given = list(self.session.commands)
        self.session.commands.clear()
        return given

    def notify(self, event: LinkEvent, now_ns: int) -> bytes:
        session = self.session
        session.now_ns = max(session.now_ns, now_ns)
        session.last_ns = session.now_ns
        if isinstance(event, Joined):
            session.client, session.server = event.client, event.server
        elif self._task is not None and not session.ended:
            self._task.notify(event)
        return self._said()

    def _said(self) -> bytes:
        """What is to be sent now; the connection is closed when it ended and nothing for the client is left."""
        session = self.session
        said = bytes(session.out)
        session.out.clear()
        if session.ended and not self.closed:
            tail = []
            while self._task is not None and (piece := self._task.pull()):
                tail.append(piece)
            said += b"".join(tail)
            self.closed = True
            session.log("ended", reason=session.ended, **(self._task.facts() if self._task is not None else {}))
        return said

    def _negotiate(self) -> None:
        while self._buffer and self._expects is not None and not self.session.ended:
            if self._expects is Kind.GREETING and self.session.settings.socks4 and self._buffer[0] == VERSION4:
                self._expects = Kind.REQUEST4
            if not self._right_version(self._expects, self._buffer[0]):
                return
            try:
                size = frame(self._expects, self._buffer)
            except FrameError as error:
                # only addresses have ends that nobody can know, and SOCKS4's strings
                self.refuse_unparsed(error.message)
                return
            if size is None:
                return
            data, self._buffer = self._buffer[:size], self._buffer[size:]
            getattr(self, _ANSWERS[self._expects])(GRAMMARS[self._expects].parse(data))
        if self._task is not None and self._buffer:
            early, self._buffer = self._buffer, b""
            self._task.from_client(early)

    def _right_version(self, expects: Kind, version: int) -> bool:
        session = self.session
        if version == {Kind.PASSWORD: _STATUS_VERSION, Kind.REQUEST4: VERSION4}.get(expects, VERSION):
            return True
        if expects is Kind.PASSWORD:
            self._judge("", right=False)
        elif expects is Kind.REQUEST:
            session.refuse(_GENERAL_FAILURE, f"version {version} in a request")
        else:
            # whoever begins with another version would not understand an answer of this one
            session.ended = f"version {version} is not served"
        return False

    def refuse_unparsed(self, why: str) -> None:
        """Nobody can tell where this request ends."""
        if self._expects is Kind.REQUEST4:
            self.session.request = Request(VERSION4, _UNKNOWN, "", 0)
            self.session.refuse(_GENERAL_FAILURE, why)
        else:
            self.session.refuse(_NO_SUCH_ADDRESS_TYPE, why)

    def greeted(self, value: Mapping[str, Any]) -> None:
        """RFC 1928 section 3: choose one of the offered methods, or X'FF', upon which the connection ends."""
        wanted = "password" if self.session.settings.users else "none"
        chosen = METHODS[wanted] if wanted in value["auth_method"] else NO_ACCEPTABLE
        self.session.out += build(Kind.SELECTION, {"version": VERSION, "auth_accepted_method": chosen})
        self._expects = Kind.PASSWORD if self.session.settings.users else Kind.REQUEST
        if chosen == NO_ACCEPTABLE:
            self.session.ended = f"no acceptable method: {wanted} was not offered"

    def told_password(self, value: Mapping[str, Any]) -> None:
        """RFC 1929 section 2. A wrong name takes as long as a wrong password."""
        import hmac  # brings OpenSSL with it; a plugin's import stays light

        name, password = value["username"], value["password"]
        right = self.session.settings.users.get(name)
        matches = hmac.compare_digest(password, right if right is not None else b"")
        self._judge(name.decode("utf-8", "replace"), right=matches and right is not None)

    def _judge(self, shown: str, *, right: bool) -> None:
        session = self.session
        session.out += build(Kind.STATUS, {"subnegotiation_version": _STATUS_VERSION, "auth_status": _OK if right else _DENIED})
        if right:
            session.user = shown
            self._expects = Kind.REQUEST
        else:
            session.log("denied", claimed=shown)
            session.ended = "the user was denied"

    def requested(self, value: Mapping[str, Any]) -> None:
        """Hand a request to the task that carries it out (RFC 1928 section 4)."""
        port = value["port"] if "port" in value else value["dstport"]
        command = value["command"]
        known = str(command) if isinstance(command, str) else _UNKNOWN
        request = Request(value["version"], known, host_of(value), port)
        self.session.request = request
        self._expects = None
        allowed = self.session.settings.commands - ({"associate"} if request.version == VERSION4 else set())
        if known not in allowed:
            self.session.refuse(_NOT_SUPPORTED)
            return
        if known != "associate" and not is_host(request.host):
            self.session.refuse(_HOST_UNREACHABLE, "that is no host name")
            return
        self.session.log("asked", version=request.version)
        self._task = _TASKS[known](self.session, request)
