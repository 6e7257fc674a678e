#!/usr/bin/env python3
"""Plays one finding of a fuzz campaign again. Needs nothing but Python 3's standard library and this file.

    python3 repro.py                    against the recorded target, started if it was a command
    python3 repro.py HOST:PORT          against a server that runs already
    python3 repro.py -- COMMAND WORDS   start that command; {port} in it becomes a free port

Prints FAILED and exits with 1 while the defect is still there, FIXED and 0 when it is not, and exits with 2 when it cannot tell.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CASE = json.loads(r"""{}""")

REPLY_S = 2.0  # a server on this machine answers in milliseconds
QUIET_S = 0.3  # silence after a reply that means: that was all
START_S = 20.0
CANNOT_TELL = 2
MEASURED = (
    "differential",
    "memory",
    "descriptors",
    "monitor",
)  # seen by comparing and measuring, not by what one server answers once
PASSED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")  # what a server got of the campaign's environment
DATAGRAM = 65_507  # bytes that fit into one
RESET = struct.pack("ii", 1, 0)  # no time to linger: closing then resets the connection
# a date that a server puts into each reply (RFC 9110 5.6.7): no two runs send the same
DATE = re.compile(rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")


class CannotTell(Exception):  # noqa: N818 - says what happened, like the words of the module
    """The case could not be played, or its outcome not be seen from here."""


class Heard:
    """What came back: all of it, whether the last message was answered, whether the server hung up."""

    def __init__(self) -> None:
        self.data = b""
        self.answered = False
        self.closed = False


def say(text: str) -> None:
    """One line for people."""
    sys.stdout.write(text + "\n")


def connect(address: tuple[str, int]) -> socket.socket | Encrypted:
    """A connection (over UDP: a socket that hears that server only), or `CannotTell`."""
    link = CASE["link"]
    try:
        if link["kind"] == "udp":
            family, _, _, _, place = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0]
            line = socket.socket(family, socket.SOCK_DGRAM)
            line.connect(place)
            return line
        line = socket.create_connection(address, REPLY_S)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line if link["kind"] == "tcp" else Encrypted(line, link["alpn"], link["name"] or address[0])
    except OSError as error:
        raise CannotTell(f"nobody takes connections at {address[0]} port {address[1]}: {error}") from error


class Encrypted:
    """TLS around a connection, like a socket. An SSLSocket cannot say goodbye (RFC 8446 6.1) and go on listening; this can.

    Whose certificate the server shows is not what this is about.
    """

    def __init__(self, line: socket.socket, protocols: list[str], name: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if protocols:
            context.set_alpn_protocols(protocols)
        self.line = line
        self.settimeout, self.close = line.settimeout, line.close
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=name)
        self._done(self._tls.do_handshake)

    def sendall(self, data: bytes) -> None:
        """Say something."""
        self._done(lambda: self._tls.write(data))

    def recv(self, size: int) -> bytes:
        """Hear something; nothing when the server ended the connection."""
        return bytes(self._done(lambda: self._tls.read(size)))

    def finish(self) -> None:
        """Say goodbye."""
        with contextlib.suppress(ssl.SSLError):  # it wants the server's goodbye, too
            self._tls.unwrap()
        self.line.sendall(self._out.read())

    def _done(self, step: Callable[[], Any]) -> Any:
        """Take what the server says until a step can be done; our own words go out meanwhile."""
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self.line.sendall(self._out.read())
                data = self.line.recv(65_536)
                if data:
                    self._in.write(data)
                else:
                    self._in.write_eof()
                continue
            self.line.sendall(self._out.read())
            return done


def perform(address: tuple[str, int], acts: list[tuple[str, int, str | None]]) -> Heard:
    """Do what the case does. An act is a message in hex, the connection that it goes over, and how that is left behind it (or null)."""
    heard = Heard()
    lines: dict[int, socket.socket | Encrypted] = {}
    silent = {lane for _, lane, parting in acts if parting == "abandon"}
    over = set()
    try:
        for message, lane, parting in acts:
            if lane in over:
                continue
            line = lines.get(lane) or lines.setdefault(lane, connect(address))
            try:
                say_on(line, bytes.fromhex(message), parting)
            except OSError:
                heard.answered, heard.closed = False, True
                over.add(lane)
                continue
            if parting == "reset":
                over.add(lane)
            elif lane not in silent:
                listen(line, heard)
                over |= {lane} if heard.closed else set()
        heard = at_the_end([line for lane, line in lines.items() if lane not in over | silent], heard)
    finally:
        for line in lines.values():
            line.close()
    return heard


def say_on(line: socket.socket | Encrypted, message: bytes, parting: str | None) -> None:
    """Send one message, and leave the connection as the case does."""
    line.sendall(message[:DATAGRAM] if CASE["link"]["kind"] == "udp" else message)
    if parting == "half-close":
        finish(line)
    elif parting == "reset":
        below = line.line if isinstance(line, Encrypted) else line
        below.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        line.close()


def finish(line: socket.socket | Encrypted) -> None:
    """Say that nothing more will come, and go on listening; over UDP there is no way to say it."""
    with contextlib.suppress(OSError):
        if isinstance(line, Encrypted):
            line.finish()
        elif CASE["link"]["kind"] == "tcp":
            line.shutdown(socket.SHUT_WR)


def listen(line: socket.socket | Encrypted, heard: Heard) -> None:
    """Take what the server says until it is silent or closes."""
    before = len(heard.data)
    line.settimeout(REPLY_S)
    heard.closed = False
    while True:
        try:
            data = line.recv(65_536)
        except TimeoutError:
            break
        except OSError:
            heard.closed = True
            break
        if not data and CASE["link"]["kind"] != "udp":
            heard.closed = True
            break
        heard.data += data
        line.settimeout(QUIET_S)
    heard.answered = len(heard.data) > before


def at_the_end(lines: list[socket.socket | Encrypted], heard: Heard) -> Heard:
    """Close what is still open, and take the last words; a server that closes because we do has not hung up."""
    for line in lines:
        answered = heard.answered
        finish(line)
        line.settimeout(QUIET_S)
        if CASE["link"]["kind"] != "udp":
            listen(line, heard)
        heard.answered, heard.closed = answered or heard.answered, False
    return heard


def is_there(address: tuple[str, int]) -> bool:
    """Whether the server takes a connection and answers an ordinary message (where one is known that it answers)."""
    try:
        if CASE["probe"]:
            return perform(address, CASE["probe"]).answered
        connect(address).close()
    except CannotTell:
        return False
    return True


def judge(address: tuple[str, int], server: subprocess.Popen[bytes] | None, log: str) -> str:
    """What is wrong, as far as this can be seen from outside; nothing when it is fixed."""
    oracle = CASE["oracle"]
    if oracle not in ("crash", "hang", "hangup") and not CASE["evidence"]:
        raise CannotTell(
            f"whether a server fails by {oracle!r} takes the workbench to see: workbench replay {shlex.quote(here())}"
        )
    if CASE["secret"]:
        perform(address, CASE["secret"])
    children = descendants(server)
    heard = perform(address, CASE["acts"])
    if oracle == "crash":
        return crashed(address, server, children, log, heard)
    if oracle == "hang":
        healthy = heard.answered or (is_there(address) and not is_busy(server))
        return "" if healthy else "the server answers nobody any more"
    if oracle == "hangup":
        return "the server hung up without an answer" if heard.closed and not heard.answered else ""
    found = re.search(CASE["evidence"].encode("latin-1"), DATE.sub(b"<date>", heard.data), re.DOTALL)
    return "the server still sends the same bytes" if found else ""


def crashed(address: tuple[str, int], server: subprocess.Popen[bytes] | None, children: set[int], log: str, heard: Heard) -> str:
    """Signs of a crash; a server that was started by us can be asked in more detail."""
    hung_up = heard.closed and not heard.answered
    if server is None:
        if not is_there(address):
            return "the server takes no connections any more"
        return "the server hung up without an answer, as it did when this was found" if hung_up else ""
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(QUIET_S)
    if server.poll() is not None:
        return f"the server ended with status {server.returncode}"
    said = Path(log).read_bytes()
    for sign, name in ((b"Traceback (most recent", "a traceback"), (b"Sanitizer: ", "a sanitizer's report")):
        if sign in said:
            return f"the server logged {name}"
    return "a process of the server ended" if hung_up and children - descendants(server) else ""


def descendants(server: subprocess.Popen[bytes] | None) -> set[int]:
    """Processes that a server of ours started; none where there is no /proc."""
    found: set[int] = set()
    todo = [] if server is None else [server.pid]
    while todo:
        for path in Path(f"/proc/{todo.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                todo += set(map(int, path.read_text().split())) - found
        found.update(todo)
    return found


def is_busy(server: subprocess.Popen[bytes] | None) -> bool:
    """Whether a server that we started keeps a processor busy although nobody asks it anything."""
    if server is None:
        return False
    before = cpu_ticks(server)
    time.sleep(1.0)
    return cpu_ticks(server) - before > os.sysconf("SC_CLK_TCK") / 2


def cpu_ticks(server: subprocess.Popen[bytes]) -> int:
    """Processor time of a server's processes so far; 0 where there is no /proc."""
    ticks = 0
    for pid in (server.pid, *descendants(server)):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks


def with_command(words: list[str], *, recorded: bool = False) -> str:
    """Start a server, play the case, and end it with everything it started. The recorded one runs where and as it did: in a directory of
    its own, with little of our environment."""
    kind = socket.SOCK_DGRAM if CASE["link"]["kind"] == "udp" else socket.SOCK_STREAM
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port = CASE["port"] or probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as log:

        def filled(text: str) -> str:
            return text.replace("{port}", str(port)).replace("{dir}", folder)

        words = [filled(word) for word in words]
        for name, text in CASE["files"].items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(filled(text), encoding="utf-8")
        try:
            server = subprocess.Popen(  # noqa: S603 - running what was recorded, or named, is the purpose
                words,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env={**surroundings(folder, recorded), **{name: filled(text) for name, text in CASE["environment"].items()}},
                cwd=folder if recorded else None,
            )
        except OSError as error:
            raise CannotTell(f"{words[0]} cannot be started: {error}") from error
        try:
            await_port(server, port)
            return judge(("127.0.0.1", port), server, log.name)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def surroundings(folder: str, recorded: bool) -> dict[str, str]:
    """The environment of a server, before what was recorded of it."""
    if not recorded:
        return dict(os.environ)
    return {"HOME": folder, "TMPDIR": folder, **{name: os.environ[name] for name in PASSED if name in os.environ}}


def await_port(server: subprocess.Popen[bytes], port: int) -> None:
    """Until the server takes connections, or (over UDP) has taken the port."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        if CASE["link"]["kind"] == "udp":
            with socket.socket(type=socket.SOCK_DGRAM) as mine:
                try:
                    mine.bind(("127.0.0.1", port))
                except OSError:
                    return
        else:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), REPLY_S):
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(0.02)
    raise CannotTell(f"the server does not listen on port {port}")


def here() -> str:
    """The folder of this finding."""
    return str(Path(__file__).resolve().parent)


def by_workbench() -> int:
    """For what the standard library does not speak, and what takes more than one look: the exit code of the workbench's own replay."""
    program = shutil.which("workbench")
    if program is None:
        if CASE["oracle"] in MEASURED:
            raise CannotTell(f"whether servers fail by {CASE['oracle']!r} takes the workbench to see; install workbench")
        raise CannotTell(
            f"this travels in {CASE['link']['kind']}, which Python's standard library does not speak; install workbench"
        )
    done = subprocess.run([program, "replay", here(), *CASE["plugins"]], check=False)  # noqa: S603 - it is the program this came from
    return done.returncode


def is_own_machine(host: str) -> bool:
    """Whether an address is of this machine; others are attacked only where they are named again."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def outcome(arguments: list[str]) -> str | None:
    """What is wrong, nothing when it is fixed; None when there is no server to ask."""
    if len(arguments) == 1 and ":" in arguments[0]:
        host, _, port = arguments[0].rpartition(":")
        return judge((host.strip("[]"), int(port)), None, "")
    if arguments[:1] == ["--"] and arguments[1:]:
        return with_command(arguments[1:])
    if arguments:
        return None
    if CASE["command"] and shutil.which(CASE["command"][0]):
        return with_command(CASE["command"], recorded=True)
    if CASE["address"] and is_own_machine(CASE["address"][0]):
        return judge(tuple(CASE["address"]), None, "")
    return None


def main(arguments: list[str]) -> int:
    """See the top of this file."""
    try:
        if CASE["link"]["kind"] not in ("tcp", "tls", "udp") or CASE["oracle"] in MEASURED:
            return by_workbench()
        wrong = outcome(arguments)
    except (CannotTell, ValueError) as reason:
        say(f"CANNOT TELL: {reason}")
        return CANNOT_TELL
    if wrong is None:
        say((__doc__ or "").strip())
        say(f"\nThis finding: {CASE['summary']}")
        if CASE["command"]:
            say(f"{CASE['command'][0]} is not here to be started: {shlex.join(CASE['command'])}")
        return CANNOT_TELL
    say(f"FAILED: {wrong}" if wrong else f"FIXED: {CASE['summary']}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
