"""How long from a crash to its finding? `python tests/bench/minimizing.py [ROUNDS]`: a case of 40 messages, 3 of which matter, and one of 4
that ends the server with one of them.

For a server in process, one written in Python and one in C as commands, and the one in C with a fork for each connection: confirmed three
times, minimised, confirmed three times again, written. Medians over ROUNDS (default 3) of seconds on the clock, after a warm-up.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from construct import GreedyBytes, Struct

from fuzzers import TargetConfig, cases
from fuzzers.investigate import Investigator
from fuzzers.model import Case
from fuzzers.targets.making import executor_for
from workbench.api import ProtocolSpec, Seed, ServerOptions, Service, delimited, framed

SECRETS = {3: b"LOGIN alice in wonderland\n", 17: b"SELECT the third drawer\n", 31: b"OPEN it with the golden key\n"}
ORDER = (b"LOGIN", b"SELECT", b"OPEN")
CASES = {
    "long": tuple(SECRETS.get(number, b"NOTHING of interest, number %d\n" % number) for number in range(40)),
    "short": (b"HELLO\n", b"NOTHING of interest\n", b"DIE at once\n", b"BYE\n"),
}

FRAME = delimited(b"\n")


def _served(options: ServerOptions) -> Service:
    """A server that fails when a client said three words in order, ever since its service began."""
    heard: list[bytes] = []

    def answer(frame: bytes) -> bytes:
        if len(heard) < len(ORDER) and frame.startswith(ORDER[len(heard)]):
            heard.append(frame)
        if len(heard) == len(ORDER) or frame.startswith(b"DIE"):
            raise ValueError("all three")
        return b"OK\n"

    return framed(FRAME, answer)(options)


SPEC = ProtocolSpec(
    name="words",
    title="Words",
    ports=(7071,),
    grammar=Struct("line" / GreedyBytes),
    frame=FRAME,
    seeds=(Seed("one", (b"HELLO\n",)),),
    server=framed(FRAME, lambda _: b"OK\n"),
    training=_served,
)

IN_PYTHON = """
import os, socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        connection, heard = listener.accept()[0], 0
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                heard += heard < 3 and line.startswith((b"LOGIN", b"SELECT", b"OPEN")[heard])
                if heard == 3 or line.startswith(b"DIE"):
                    os.abort()
                connection.sendall(b"OK\\n")
"""

IN_C = r"""
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static const char *order[] = {"LOGIN", "SELECT", "OPEN"};
int main(int argc, char **argv) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[argc - 1])), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (void *)&at, sizeof at) || listen(listener, 64)) return 1;
    for (;;) {
        char line[4096];
        int client = accept(listener, NULL, NULL), heard = 0;
        long size = 0, got;
        while ((got = read(client, line + size, sizeof line - 1 - size)) > 0) {
            char *end;
            line[size += got] = 0;
            while ((end = strchr(line, '\n'))) {
                if (heard < 3 && !strncmp(line, order[heard], strlen(order[heard]))) heard++;
                if (heard == 3 || !strncmp(line, "DIE", 3)) abort();
                if (write(client, "OK\n", 3) != 3) break;
                size -= end + 1 - line;
                memmove(line, end + 1, size + 1);
            }
        }
        close(client);
    }
}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What one case took on one target, and what became of it."""

    seconds: float
    before: int
    after: int
    size: int


def _measured(target: TargetConfig, messages: tuple[bytes, ...], rounds: int) -> Row:
    case, seconds = Case(1, "bench", messages), []
    with tempfile.TemporaryDirectory() as folder, closing(executor_for(SPEC, cases(SPEC), target)) as executor:
        investigator = Investigator(SPEC, executor, target, Path(folder), 0)
        investigator.confirm(
            replace(case, messages=(b"HELLO\n",))
        )  # started, calibrated, compiled: as in the middle of a campaign
        for _ in range(rounds):
            before = time.perf_counter()
            trial = investigator.confirm(case)
            assert trial.agreed is not None, f"{trial.verdicts}"
            finding = investigator.finding(case, trial.agreed, trial)
            seconds.append(time.perf_counter() - before)
    return Row(statistics.median(seconds), len(messages), len(finding.messages), finding.size)


def main(rounds: int) -> None:
    """Print a small table."""
    with tempfile.TemporaryDirectory() as folder:
        script, source, program = (Path(folder, name) for name in ("server.py", "server.c", "server"))
        script.write_text(IN_PYTHON)
        source.write_text(IN_C)
        targets = {"in process": TargetConfig(kind="training")}
        targets["command in Python"] = TargetConfig(
            kind="command", command=(sys.executable, "-S", str(script), "{port}"), executor="live"
        )
        compiler = shutil.which("cc")
        if compiler is not None:
            subprocess.run([compiler, "-O1", "-o", program, source], check=True)
            for executor in ("live", "fork", "restart"):
                in_c = TargetConfig(kind="command", command=(str(program), "{port}"), executor=executor)
                targets[f"command in C, {executor}"] = in_c
        for name, target in targets.items():
            for messages in CASES.values():
                row = _measured(target, messages, rounds)
                print(f"{name:22} {row.seconds:6.3f} s: {row.before:2} → {row.after} messages, {row.size} bytes")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
