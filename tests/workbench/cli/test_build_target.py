import json
import os
import subprocess
from pathlib import Path

import pytest

from fuzzers.coverage import native
from support.commands import workbench

pytestmark = pytest.mark.skipif(native.compiler() is None, reason="no C compiler")

COMPILER = os.path.basename((native.compiler() or ("",))[0])  # noqa: PTH119


@pytest.fixture
def server(tmp_path: Path) -> Path:
    (tmp_path / "server.c").write_text("int main(int words, char **word) { return words > 1; }")
    done = workbench("build-target", "--", COMPILER, "-o", str(tmp_path / "server"), str(tmp_path / "server.c"))
    assert done.code == 0
    return tmp_path / "server"


def test_a_program_is_built_so_that_it_fills_a_map(server: Path):
    done = workbench("build-target", "--check", str(server))
    assert (done.code, done.out) == (0, f"{server} fills a coverage map of 65536 places (trace-pc)\n")
    facts = json.loads(workbench("build-target", "--check", str(server), "--json").out)
    assert facts == {"program": str(server), "coverage": "trace-pc", "places": 65536}


def test_other_programs_fill_none(tmp_path: Path):
    done = workbench("build-target", "--check", "/bin/sh")
    assert (done.code, done.out) == (1, "/bin/sh fills no coverage map: cases are told apart by its replies alone\n")
    assert json.loads(workbench("build-target", "--check", "/bin/sh", "--json").out)["coverage"] is None
    assert workbench("build-target", "--check", str(tmp_path / "gone")).code == 2


def test_the_compilers_failure_is_ours(tmp_path: Path):
    (tmp_path / "broken.c").write_text("int main(")
    assert workbench("build-target", "--", COMPILER, "-o", str(tmp_path / "x"), str(tmp_path / "broken.c")).code == 1


def test_a_makefile_builds_with_what_print_env_says(tmp_path: Path):
    (tmp_path / "Makefile").write_text("server: server.o\n\t$(CC) $(LDFLAGS) -o $@ $<\n%.o: %.c\n\t$(CC) $(CFLAGS) -c -o $@ $<\n")
    (tmp_path / "server.c").write_text("int main(void) { return MINE; }")
    lines = workbench("build-target", "--print-env", "--asan", "--compiler", COMPILER).out
    script = f'export CFLAGS="-DMINE=7"\n{lines}make -s server && ./server; echo $?'
    environment = {"PATH": os.environ["PATH"], "ASAN_OPTIONS": "detect_leaks=0"}
    told = subprocess.run(["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    assert told == "7\n"
    assert workbench("build-target", "--check", str(tmp_path / "server")).code == 0


def test_the_variables_are_there_for_machines(tmp_path: Path):
    values = json.loads(workbench("build-target", "--print-env", "--json", "--compiler", COMPILER).out)
    assert values["CC"] == COMPILER
    assert "-g" in values["CFLAGS"]


def test_the_example_is_written_and_built(tmp_path: Path):
    done = workbench("build-target", "--example", str(tmp_path / "demo"), "--compiler", COMPILER)
    program = done.out.strip()
    assert (done.code, Path(program).parent) == (0, tmp_path / "demo")
    assert "now: workbench fuzz " in done.err
    assert workbench("build-target", "--check", program).code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "nothing to do"),
        (("--print-env", "--", "cc"), "at once"),
        (("--", "nosuchcc", "x.c"), "there is no nosuchcc"),
        (("--example", "/proc/nowhere", "--compiler", COMPILER), "cannot be written"),
        (("--example", "x", "--protocol", "nosuch"), "nosuch has no training target in C"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_way_out(words: tuple[str, ...], told: str):
    done = workbench("build-target", *words)
    assert done.code == 2
    assert told in done.err
