import os
import shutil
import sys
from pathlib import Path

import pytest

from fuzzers.coverage import DEFAULT_SIZE, native
from fuzzers.coverage.commands import LAUNCH, instrumented, map_size, prepared
from support.forked import build

SOURCE = "int main(int words, char **word) { return words > 1 && word[1][0] == 'a'; }"

BUILDS = {
    "afl-clang-fast": ("afl-clang-fast", (), "afl-clang-fast"),
    "clang": ("clang", ("-fsanitize-coverage=trace-pc-guard",), "trace-pc"),
    "clang and ASAN": ("clang", ("-fsanitize-coverage=trace-pc-guard", "-fsanitize=address"), "trace-pc"),
    "gcc": ("gcc", ("-fsanitize-coverage=trace-pc",), "trace-pc"),
}


@pytest.fixture(params=BUILDS)
def built(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    compiler, options, wanted = BUILDS[request.param]
    (tmp_path / "server.c").write_text(SOURCE)
    runtime = native.runtime()
    own = (str(runtime),) if wanted == "trace-pc" else ()
    return build(tmp_path / "server.c", tmp_path / "server", compiler, *options, *own), wanted


def test_a_program_built_for_it_is_known(built: tuple[Path, str]):
    program, wanted = built
    assert instrumented(program) == wanted
    assert map_size(program) == DEFAULT_SIZE
    ready = prepared([str(program), "{port}"])
    assert (ready.words, ready.source, ready.size) == ((str(program), "{port}"), wanted, DEFAULT_SIZE)


def test_other_programs_fill_nothing(tmp_path: Path):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("__AFL_SHM_ID")
    for program in (tmp_path / "empty", tmp_path / "text", tmp_path / "nowhere", tmp_path, Path(shutil.which("sh") or "/bin/sh")):
        assert instrumented(program) is None
    assert prepared(["sh", "-c", "true"]).source == ""
    assert prepared(["there-is-no-such-program"]).words == ("there-is-no-such-program",)
    assert prepared([]).words == ()


@pytest.mark.parametrize(
    ("says", "size"),
    [
        ("echo 100000", 100_000),
        ("echo 8", DEFAULT_SIZE),
        ("echo 99999999999", 1 << 25),
        ("echo many", DEFAULT_SIZE),
        ("printf %020d 7", DEFAULT_SIZE),
        ("exec sleep 100", DEFAULT_SIZE),
    ],
)
def test_a_map_is_as_large_as_the_program_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, size: int):
    monkeypatch.setattr("fuzzers.coverage.commands.PATIENCE_S", 0.3)
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\ntest "$AFL_DUMP_MAP_SIZE" && {says}\n')
    program.chmod(0o755)
    assert map_size(program) == size


def test_a_program_that_cannot_be_started_says_nothing(tmp_path: Path):
    assert map_size(tmp_path / "nowhere") == DEFAULT_SIZE


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "server.py"
    path.write_text("#!/usr/bin/env python3\n")
    path.chmod(0o755)
    return str(path)


def test_python_servers_are_launched_by_us(script: str):
    launch = str(LAUNCH)
    python = sys.executable
    for words, wanted in {
        (python, script, "{port}"): (python, launch, script, "{port}"),
        ("python3", "-u", "-W", "error", "-Xdev", script): ("python3", "-u", "-W", "error", "-Xdev", launch, script),
        ("python3.11", "-m", "http.server", "{port}"): ("python3.11", launch, "-m", "http.server", "{port}"),
        (script, "--port", "1"): ("python3", launch, script, "--port", "1"),
    }.items():
        ready = prepared(words)
        assert (ready.words, ready.source) == (wanted, "python")


def test_a_script_is_looked_for_where_the_command_would_be(script: str):
    ready = prepared(["server.py"], {**os.environ, "PATH": str(Path(script).parent)})
    assert ready.words == ("python3", str(LAUNCH), script)


@pytest.mark.parametrize(
    "words", [["python3"], ["python3", "-c", "pass"], ["python3", "-"], ["python3", "-m"], ["python3", "gone.py"]]
)
def test_what_is_no_file_of_python_stays_as_it_is(words: list[str]):
    assert prepared(words).words == tuple(words)
