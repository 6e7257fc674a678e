"""Servers built with real compilers: equal inputs show equal coverage, other inputs other, in fork mode and one after the other."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fuzzers.coverage import CoverageMap
from fuzzers.coverage.building import command_line, recipe
from support.forked import SOURCE, Forked, free_port
from support.waiting import until

INPUTS = (b"hello\n", b"late\n", b"exit\n", b"crash\n")
ROUNDS = 25


@pytest.fixture(scope="module", params=["afl-clang-fast", "clang", "gcc"])
def compiler(request: pytest.FixtureRequest) -> str:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)


@pytest.fixture(scope="module", params=[(), ("address",)], ids=["plain", "asan"])
def program(request: pytest.FixtureRequest, compiler: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("built") / "server"
    chosen = recipe(compiler, request.param)
    words = command_line(chosen, ["-O1", "-pthread", "-o", str(made), str(SOURCE)])
    subprocess.run(words, env={**os.environ, **chosen.environment}, check=True, capture_output=True)
    return made


@pytest.fixture
def coverage() -> Iterator[CoverageMap]:
    made = CoverageMap()
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["plain", "epoll", "threads"])
def test_equal_inputs_show_equal_coverage_in_forks(program: Path, kind: str, coverage: CoverageMap):
    # ASAN wants to be loaded before anything else, and would not let us be preloaded
    environment = {**coverage.environment(), "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    with Forked([str(program), kind, "{port}"], environment) as forked:
        seen: dict[bytes, set[tuple[int, int]]] = {line: set() for line in INPUTS}
        for _ in range(ROUNDS):
            for line in INPUTS:
                coverage.clear()
                _, status = forked.case(line)
                seen[line].add((coverage.signature(), status))
    assert [len(each) for each in seen.values()] == [1] * len(INPUTS)
    assert len(set().union(*seen.values())) == len(INPUTS)


def test_a_fresh_server_shows_the_same_wherever_it_is_loaded(program: Path, coverage: CoverageMap):
    seen = set()
    for _ in range(5):
        coverage.clear()
        port = free_port()
        environment = {**os.environ, **coverage.environment(), "ASAN_OPTIONS": "detect_leaks=0"}
        with subprocess.Popen([program, "plain", str(port)], env=environment, stderr=subprocess.DEVNULL) as process:
            address = "127.0.0.1", port
            until(lambda at=address: not _refused(at), "the server's port")
            with socket.create_connection(address) as sock:
                sock.sendall(b"exit\n")
                assert sock.recv(100) == b""
            assert process.wait() == 7
        seen.add(coverage.signature())
    assert len(seen) == 1


def _refused(address: tuple[str, int]) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(address) != 0
