import shutil
import subprocess
from pathlib import Path

import pytest

from fuzzers.coverage import building
from fuzzers.coverage.building import command_line, environment_of, links, recipe
from workbench.api import UsageError


@pytest.fixture(params=[("clang", "clang", "clang++"), ("gcc", "gcc", "g++"), ("afl-clang-fast", "afl", "afl-clang-fast++")])
def family(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    if shutil.which(request.param[0]) is None:
        pytest.skip(f"{request.param[0]} is not installed")
    return request.param  # type: ignore[no-any-return]


def test_each_family_is_told_in_its_own_way(family: tuple[str, str, str]):
    name, kind, plus = family
    chosen = recipe(name, ["address", "undefined"])
    told = " ".join((*chosen.compiling, *chosen.linking))
    assert (chosen.compiler, chosen.kind) == (name, kind)
    assert ("-fsanitize-coverage=trace-pc-guard" in told) == (kind == "clang")
    assert ("-fsanitize-coverage=trace-pc " in f"{told} ") == (kind == "gcc")
    assert ("-fsanitize=address" in told) == (kind != "afl")
    assert chosen.environment == ({"AFL_USE_ASAN": "1", "AFL_USE_UBSAN": "1"} if kind == "afl" else {})
    variables = environment_of(chosen)
    assert (variables["CC"], variables["CXX"]) == (name, plus)
    assert variables["LDFLAGS"] == " ".join(chosen.linking)


def test_the_runtime_is_linked_into_programs_only(family: tuple[str, str, str]):
    chosen = recipe(family[0])
    whole = command_line(chosen, ["-o", "server", "server.c"])
    step = command_line(chosen, ["-c", "server.c"])
    assert whole[:4] == [family[0], "-o", "server", "server.c"]
    assert (str(next(iter(chosen.linking), "nothing")) in whole) == (family[1] != "afl")
    assert not any(each.endswith(".o") for each in step)
    assert set(chosen.compiling) <= set(step) & set(whole)


@pytest.mark.parametrize("question", [["--version"], ["-v"], ["-dumpmachine"], []])
def test_a_question_to_the_compiler_stays_one(family: tuple[str, str, str], question: list[str]):
    assert command_line(recipe(family[0]), question) == [family[0], *question]


@pytest.mark.parametrize("option", ["-c", "-S", "-E", "-M", "-MM", "-fsyntax-only"])
def test_steps_on_the_way_link_nothing(option: str):
    assert links(["x.c", "-o", "x"])
    assert not links(["x.c", option])


def test_a_name_with_a_version_has_its_sister(monkeypatch: pytest.MonkeyPatch):
    for name, other in {"gcc-12": "g++-12", "/opt/bin/clang-14": "/opt/bin/clang++-14", "cc": "c++", "tcc": "tcc"}.items():
        assert building._plus(name) == other


def test_no_compiler_is_a_clear_error(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(UsageError, match="there is no nosuchcc"):
        recipe("nosuchcc")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="no compiler that can instrument"):
        recipe()


def test_a_compiler_that_we_do_not_know_is_refused(tmp_path: Path):
    strange = tmp_path / "strange"
    strange.write_text("#!/bin/sh\necho tcc version 0.9\n")
    strange.chmod(0o755)
    with pytest.raises(UsageError, match="neither gcc nor clang"):
        recipe(str(strange))


def test_a_compiler_that_cannot_make_the_runtime_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    broken = tmp_path / "gcc"
    broken.write_text('#!/bin/sh\ntest "$1" = --version && echo "Free Software Foundation"\n')
    broken.chmod(0o755)
    with pytest.raises(UsageError, match="does not compile"):
        recipe(str(broken))


def test_standard_input_can_be_compiled(family: tuple[str, str, str], tmp_path: Path):
    words = command_line(recipe(family[0]), ["-x", "c", "-", "-o", str(tmp_path / "made")])
    subprocess.run(words, input=b"int main(void) { return 0; }", check=True, capture_output=True)
    subprocess.run([tmp_path / "made"], check=True)
