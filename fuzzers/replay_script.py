#!/usr/bin/env python3
"""Replays one finding of a fuzz campaign. Needs nothing but Python 3's standard library and this file.

    python3 replay.py                    start the recorded server, if a command was recorded
    python3 replay.py HOST:PORT          against a server that runs already
    python3 replay.py -- COMMAND WORDS   start that command; {port} in it becomes a free port

Prints FAILED and exits with 1 while the defect is still there, FIXED and 0 when it is not, and exits with 2 when it could not be tried.
"""

import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CASE = json.loads(r"""{}""")

REPLY_S = 2.0  # a server on this machine answers in milliseconds
QUIET_S = 0.3  # silence after a reply that means: that was all
START_S = 20.0
NO_SERVER = 2


class NotTried(Exception):  # noqa: N818 - says what happened, like the words of the module
    """The case could not be played."""


def say(text: str) -> None:
    """One line for people."""
    sys.stdout.write(text + "\n")


def connect(address: tuple[str, int]) -> socket.socket:
    """A connection, or `NotTried`."""
    try:
        return socket.create_connection(address, REPLY_S)
    except OSError as error:
        raise NotTried(f"nobody takes connections at {address[0]} port {address[1]}: {error}") from error


def converse(address: tuple[str, int], messages: list[str]) -> tuple[bytes, bool, bool]:
    """Send the messages one by one. Gives what came back, whether the last one was answered, whether the server hung up."""
    heard = b""
    answered = closed = False
    with connect(address) as connection:
        for message in messages:
            try:
                connection.sendall(bytes.fromhex(message))
            except OSError:
                return heard, False, True
            reply, closed = listen(connection)
            heard += reply
            answered = bool(reply)
            if closed:
                return heard, answered, True
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
            heard += listen(connection)[0]
    return heard, answered, closed


def listen(connection: socket.socket) -> tuple[bytes, bool]:
    """What the server says until it is silent, and whether it closed."""
    heard = b""
    connection.settimeout(REPLY_S)
    while True:
        try:
            data = connection.recv(65536)
        except TimeoutError:
            return heard, False
        except OSError:
            return heard, True
        if not data:
            return heard, True
        heard += data
        connection.settimeout(QUIET_S)


def is_there(address: tuple[str, int]) -> bool:
    """Whether the server takes a connection and answers an ordinary message (where one is known that it answers)."""
    try:
        if CASE["probe"]:
            return converse(address, CASE["probe"])[1]
        connect(address).close()
    except NotTried:
        return False
    return True


def judge(address: tuple[str, int], server: "subprocess.Popen[bytes] | None", log: str) -> str:
    """What is wrong, as far as this can be seen from outside; nothing when it is fixed."""
    oracle = CASE["oracle"]
    if CASE["secret"]:
        converse(address, CASE["secret"])
    heard, answered, closed = converse(address, CASE["messages"])
    if oracle == "crash":
        return crashed(address, server, log, closed and not answered)
    if oracle == "hang":
        healthy = answered or (is_there(address) and not is_busy(server))
        return "" if healthy else "the server answers nobody any more"
    if oracle == "hangup":
        return "the server hung up without an answer" if closed and not answered else ""
    if CASE["evidence"]:
        return "the server still sends the same bytes" if bytes.fromhex(CASE["evidence"]) in heard else ""
    return ""


def crashed(address: tuple[str, int], server: "subprocess.Popen[bytes] | None", log: str, hung_up: bool) -> str:
    """Signs of a crash; a server that was started by us can be asked in more detail."""
    if server is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(QUIET_S)
        if server.poll() is not None:
            return f"the server ended with status {server.returncode}"
        return "the server logged a traceback" if b"Traceback (most recent" in Path(log).read_bytes() else ""
    if not is_there(address):
        return "the server takes no connections any more"
    return "the server hung up without an answer, as it did when this was found" if hung_up else ""


def is_busy(server: "subprocess.Popen[bytes] | None") -> bool:
    """Whether a server that we started keeps a processor busy although nobody asks it anything."""
    if server is None:
        return False
    before = cpu_ticks(server.pid)
    time.sleep(1.0)
    return cpu_ticks(server.pid) - before > os.sysconf("SC_CLK_TCK") / 2


def cpu_ticks(pid: int) -> int:
    """Processor time of a process so far; 0 where there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return int(fields[11]) + int(fields[12])
    except OSError:
        return 0


def with_command(words: list[str]) -> str:
    """Start a server, replay, and end it with everything it started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = CASE["port"] or probe.getsockname()[1]
    words = [word.replace("{port}", str(port)) for word in words]
    with tempfile.NamedTemporaryFile() as log:
        try:
            server = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
        except OSError as error:
            raise NotTried(f"{words[0]} cannot be started: {error}") from error
        try:
            await_port(server, port)
            return judge(("127.0.0.1", port), server, log.name)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def await_port(server: "subprocess.Popen[bytes]", port: int) -> None:
    """Until the server takes connections."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), REPLY_S):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(0.02)
    raise NotTried(f"the server does not listen on port {port}")


def main(arguments: list[str]) -> int:
    """See the top of this file."""
    try:
        if arguments[:1] == ["--"] or (not arguments and CASE["command"]):
            wrong = with_command(arguments[1:] or CASE["command"])
        elif len(arguments) == 1 and ":" in arguments[0]:
            host, _, port = arguments[0].rpartition(":")
            wrong = judge((host.strip("[]"), int(port)), None, "")
        else:
            say((__doc__ or "").strip())
            say(f"\nThis finding: {CASE['summary']}")
            if CASE["start"]:
                say(f"Try it: python3 replay.py -- {shlex.join(CASE['start'])}")
            return NO_SERVER
    except (NotTried, ValueError) as reason:
        say(f"NOT TRIED: {reason}")
        return NO_SERVER
    say(f"FAILED: {wrong}" if wrong else f"FIXED: {CASE['summary']}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
