"""Debian's lighttpd under our fuzzer: fetched as a source package, built with afl-clang-fast, four seeds, live and as a fork for each case.

It needs apt, dpkg-dev, gcc, make and afl++; nothing is installed, and package lists of its own are used.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from fuzzers import Stats, TargetConfig
from workbench.api import Seed
from workbench.registry import load

SOURCES = "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main\n"
OPTIONS = ("--without-pcre2", "--without-zlib", "--disable-shared", "--enable-static", "--disable-ipv6", "-q")
CONFIGURATION = """\
server.document-root = "{root}"
server.port = {port}
server.bind = "127.0.0.1"
index-file.names = ("index.html")
mimetype.assign = (".html" => "text/html", ".txt" => "text/plain")
"""

SEEDS = (
    (
        b"GET /index.html HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n",
        b"GET /a.txt HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes=0-2\r\n\r\n",
    ),
    (
        b"POST /form HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=1&b=2",
        b"HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ),
    (
        b"PUT /x HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ),
    (
        b"GET / HTTP/1.0\r\nConnection: keep-alive\r\nIf-Modified-Since: Sat, 29 Oct 1994 19:43:31 GMT\r\nAccept-Encoding: gzip\r\n\r\n",
        b"GET /none?q=%41 HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\n\r\n",
    ),
)


def build(folder: Path) -> Path:
    """The program, built where it is not there yet."""
    made = next(folder.glob("lighttpd-*/src/lighttpd"), None)
    if made is not None:
        return made
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True)
    (folder / "sources.list").write_text(SOURCES)
    own = {"Dir::Etc::sourcelist": folder / "sources.list", "Dir::Etc::sourceparts": "-", "Dir::State::lists": lists}
    own |= {"Dir::Cache::pkgcache": "", "Dir::Cache::srcpkgcache": ""}
    apt = ["apt-get", "-q", *(f"-o{name}={value}" for name, value in own.items())]
    _run([*apt, "update"], folder)
    _run([*apt, "source", "lighttpd"], folder)
    source = next(folder.glob("lighttpd-*/"))
    _run(["./configure", *OPTIONS], source, CC="afl-clang-fast", AFL_QUIET="1")
    _run(["make", "-j2"], source, AFL_QUIET="1")
    return source / "src" / "lighttpd"


def _run(words: list[str], folder: Path, **environment: str) -> None:
    print(f"{words[0]} {words[-1]} …", file=sys.stderr)
    subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environment})


def compare(seconds: float, runs: int, keep: Path | None, prototype: Path | None) -> None:
    """Print rates, edges and stability, each row in its turn."""
    with tempfile.TemporaryDirectory() as fresh:
        folder = (keep or Path(fresh)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        program = build(folder)
        root = folder / "www"
        root.mkdir(exist_ok=True)
        (root / "index.html").write_text("hello\n")
        (root / "a.txt").write_text("text\n")
        for executor in ("live", "fork"):
            ours = [_ours(program, root, executor, seconds) for _ in range(runs)]
            rate, edges = (statistics.median(values) for values in ([each.rate for each in ours], [each.edges for each in ours]))
            stability = statistics.median(each.means.stability or 0.0 for each in ours)
            print(
                f"ours, {executor}: {rate:.0f} cases/s, {edges:.0f} edges, {100 * stability:.1f} % stable, load {os.getloadavg()[0]:.1f}"
            )
            if prototype is not None:
                told = [_theirs(prototype, program, root, folder, executor, seconds) for _ in range(runs)]
                rate, edges = (statistics.median(values) for values in zip(*told, strict=True))
                print(f"prototype, {executor}: {rate:.0f} cases/s, {edges:.0f} edges")


def _ours(program: Path, root: Path, executor: str, seconds: float) -> Stats:
    from fuzzing import campaign

    http = load().get("http1")
    spec = replace(http, seeds=tuple(Seed(f"seed {number}", messages) for number, messages in enumerate(SEEDS, 1)))
    target = TargetConfig(
        kind="command",
        command=(str(program), "-D", "-f", "{dir}/lighttpd.conf"),
        files={"lighttpd.conf": CONFIGURATION.replace("{root}", str(root))},
        executor=executor,  # type: ignore[arg-type]
    )
    return campaign(spec, target, seconds)


def _theirs(prototype: Path, program: Path, root: Path, folder: Path, executor: str, seconds: float) -> tuple[float, float]:
    seeds, port = folder / "seeds", 18_999
    seeds.mkdir(exist_ok=True)
    for number, messages in enumerate(SEEDS, 1):
        (seeds / f"{number}.raw").write_bytes(b"".join(messages))
    configuration = folder / "prototype.conf"
    configuration.write_text(CONFIGURATION.replace("{root}", str(root)).replace("{port}", str(port)))
    own = folder / "prototype"
    shutil.copytree(prototype.parent, own, dirs_exist_ok=True)
    _run(["cc", "-shared", "-fPIC", "-o", "forkaccept.so", "forkaccept.c", "-ldl"], own)
    words = ["taskset", "-c", "0", sys.executable, prototype.name, executor, str(port), str(seconds), "1"]
    done = subprocess.run(
        [*words, str(program), "-D", "-f", str(configuration)],
        cwd=own,
        env={**os.environ, "SEEDS": str(seeds), "LD_LIBRARY_PATH": str(own)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"(\d+)/s edges=(\d+)", done.stdout.splitlines()[-1])
    assert found is not None, done.stdout
    return float(found[1]), float(found[2])
