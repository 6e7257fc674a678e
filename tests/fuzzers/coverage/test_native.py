import os
import shutil
import signal
import stat
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from fuzzers.coverage import native
from support.forked import SOURCE, Forked, build
from support.processes import children, is_gone
from support.waiting import until

KINDS = (
    "plain",
    "poll",
    "epoll",
    "threads",
    "slow-threads",
    "forks",
    "forks-ignoring",
    "forks-reaping",
    "reaping",
    "copies",
    "stdio",
    "closes-all",
    "close-range",
)

needs_compiler = pytest.mark.skipif(native.compiler() is None, reason="no C compiler")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache and a temporary folder of this test's own, and nothing remembered."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    native.compiled.cache_clear()
    yield tmp_path
    native.compiled.cache_clear()


def test_the_users_compiler_comes_first_with_its_options(tmp_path: Path):
    own = tmp_path / "owncc"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert native.compiler({"CC": f"{own} -m64"}) == (str(own), "-m64")
    for other in ("there-is-none", "workbench build-target -- gcc", "/usr/bin/afl-clang-fast", ""):
        assert native.compiler({"CC": other}) == native.compiler({})


def test_folders_follow_the_environment(home: Path):
    assert list(native.folders({"XDG_CACHE_HOME": "/c"})) == [
        Path("/c/workbench/native"),
        home / f"workbench-native-{os.getuid()}",
    ]
    assert next(native.folders({"HOME": "/h"})) == Path("/h/.cache/workbench/native")


def test_without_a_compiler_there_is_nothing(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(native, "compiler", lambda: None)
    assert native.preload("fork_at_accept") is None
    assert native.runtime() is None


@needs_compiler
def test_what_was_compiled_is_kept(home: Path, monkeypatch: pytest.MonkeyPatch):
    made = native.preload("fork_at_accept")
    assert made is not None
    assert made.parent == home / "cache" / "workbench" / "native"
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    native.compiled.cache_clear()
    monkeypatch.setattr(native, "_made", None)  # would fail if it were called
    assert native.preload("fork_at_accept") == made
    assert [path.name for path in made.parent.iterdir()] == [made.name]


@needs_compiler
def test_another_source_gets_another_name(home: Path, monkeypatch: pytest.MonkeyPatch):
    names = set()
    for text in ("int one;", "int two;"):
        (home / "thing.c").write_text(text)
        monkeypatch.setattr(native, "SOURCES", home)
        native.compiled.cache_clear()
        names.add(native.preload("thing"))
    assert len(names) == 2
    assert None not in names


def test_a_compiler_that_fails_gives_nothing_and_leaves_nothing(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(native, "compiler", lambda: (shutil.which("false") or "/bin/false",))
    assert native.preload("fork_at_accept") is None
    assert not [path for path in home.rglob("*") if path.is_file()]


@needs_compiler
def test_a_folder_that_others_may_write_to_is_not_used(home: Path):
    first = next(native.folders())
    first.mkdir(parents=True)
    first.chmod(0o777)
    made = native.preload("fork_at_accept")
    assert made is not None
    assert made.parent == home / f"workbench-native-{os.getuid()}"


def compiled_elsewhere(_: int) -> str:
    native.compiled.cache_clear()
    return str(native.preload("fork_at_accept"))


@needs_compiler
def test_several_processes_may_want_it_at_once(home: Path):
    with ProcessPoolExecutor(3, mp_context=get_context("fork")) as pool:
        made = set(pool.map(compiled_elsewhere, range(3)))
    assert made == {str(native.preload("fork_at_accept"))}
    assert len(list(Path(made.pop()).parent.iterdir())) == 1


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(SOURCE, tmp_path_factory.mktemp("servers") / "fork_servers")


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, program: Path) -> Iterator[Forked]:
    with Forked([str(program), request.param, "{port}"]) as forked:
        yield forked


def test_every_connection_meets_the_same_server(server: Forked):
    assert [server.case(b"hello\n") for _ in range(3)] == 3 * [(b"count 1\n", 0)]


@pytest.mark.parametrize(("line", "status"), [(b"crash\n", -signal.SIGABRT), (b"exit\n", 7)])
def test_how_a_server_ends_is_told_exactly(server: Forked, line: bytes, status: int):
    for _ in range(2):
        assert server.case(line) == (b"", status)
    assert server.case(b"hello\n") == (b"count 1\n", 0)


def test_what_happens_after_the_connection_is_closed_is_seen(server: Forked):
    assert server.case(b"late\n") == (b"count 1\n", -signal.SIGABRT)


def test_a_fork_that_computes_for_ever_can_be_killed(server: Forked):
    with server.connect() as sock:
        pid, _ = server.record()
        sock.sendall(b"spin\n")
        helpers = children(pid)
        os.kill(pid, signal.SIGKILL)
        assert server.record() == (pid, signal.SIGKILL)
    assert server.case(b"hello\n") == (b"count 1\n", 0)
    until(lambda: all(map(is_gone, helpers)), "the end of its helpers")


@pytest.mark.parametrize("kind", ["poll", "epoll", "threads"])
def test_one_fork_may_serve_several_connections(program: Path, kind: str):
    with Forked([str(program), kind, "{port}"]) as forked:
        with forked.connect() as one:
            pid, _ = forked.record()
            with forked.connect() as other:
                other.sendall(b"hello\n")
                assert other.recv(100) == b"count 1\n"
                one.sendall(b"hello\n")
                assert one.recv(100) == b"count 2\n"
        assert forked.record() == (pid, 0)


def test_nothing_survives_the_server(program: Path):
    with Forked([str(program), "plain", "{port}"]) as forked, forked.connect():
        pid, _ = forked.record()
        forked.process.kill()
        until(lambda: is_gone(pid), "the end of the fork")
