import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from fuzzers.targets.config import TargetConfig
from fuzzers.targets.guardian import Guardian
from fuzzers.targets.leftovers import MARK
from fuzzers.targets.sandbox import FILE_SIZE, OPEN_FILES, Sandbox, is_sanitized, located
from support.processes import is_gone
from support.waiting import until
from workbench.api import TargetError

TELL = """
import json, os, resource, sys
limits = {name: resource.getrlimit(getattr(resource, name))[0] for name in ("RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CORE", "RLIMIT_DATA")}
print(json.dumps({"cwd": os.getcwd(), "env": dict(os.environ), "files": sorted(os.listdir()), "words": sys.argv[1:], "limits": limits}))
"""
"""The limits of a process are set right after it was started: it asks for them when it was told to."""


@pytest.fixture
def guardian():
    guardian = Guardian()
    yield guardian
    guardian.close()


def output_of(sandbox: Sandbox, port: int = 7, extra: dict[str, str] | None = None) -> str:
    with tempfile.TemporaryFile() as log:
        assert sandbox.start(port, log, extra).wait(60) == 0
        log.seek(0)
        return log.read().decode()


def told(config: TargetConfig, guardian: Guardian, extra: dict[str, str] | None = None) -> dict:
    import json

    sandbox = Sandbox(config, guardian)
    try:
        return json.loads(output_of(sandbox, extra=extra))
    finally:
        sandbox.close()


def command(*words: str, **more) -> TargetConfig:
    return TargetConfig(kind="command", command=(sys.executable, "-c", TELL, *words), **more)


def test_a_server_has_a_directory_of_its_own_with_its_files(guardian):
    config = command(
        "{dir}/x", "--at={port}", files={"conf/a.conf": "listen {port} {dir}"}, environment={"WHERE": "{dir}:{port}"}
    )
    said = told(config, guardian)
    here = said["cwd"]
    assert said["words"] == [f"{here}/x", "--at=7"]
    assert said["files"] == ["conf"]
    assert said["env"]["WHERE"] == f"{here}:7"
    assert not Path(here).exists()


def test_each_start_finds_the_directory_as_new(guardian):
    write = "import os; print(sorted(os.listdir())); os.makedirs('a/b'); open('state', 'w').close(); os.symlink('/etc', 'link')"
    sandbox = Sandbox(TargetConfig(kind="command", command=(sys.executable, "-c", write), files={"conf": "{port}"}), guardian)
    assert [output_of(sandbox), output_of(sandbox)] == ["['conf']\n"] * 2
    sandbox.close()
    assert Path("/etc").exists()


def test_its_environment_is_clean(guardian, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("LANG", "C.UTF-8")
    said = told(command(environment={"MODE": "test"}), guardian, {"__AFL_SHM_ID": "5"})
    environment = said["env"]
    assert "AWS_SECRET_ACCESS_KEY" not in environment
    assert environment["PATH"] == os.environ["PATH"]
    assert (environment["LANG"], environment["MODE"], environment["__AFL_SHM_ID"]) == ("C.UTF-8", "test", "5")
    assert environment["HOME"] == environment["TMPDIR"] == said["cwd"]
    assert environment[MARK] == Path(said["cwd"]).name


def test_options_of_sanitizers_are_put_together_and_the_users_come_last(guardian):
    config = command(memory=512 << 20, environment={"ASAN_OPTIONS": "detect_leaks=0"})
    said = told(config, guardian, {"ASAN_OPTIONS": "log_path=x", "UBSAN_OPTIONS": "halt_on_error=1"})
    assert said["env"]["ASAN_OPTIONS"] == "hard_rss_limit_mb=512:log_path=x:detect_leaks=0"
    assert said["env"]["UBSAN_OPTIONS"] == "halt_on_error=1"


def test_its_limits_are_those_of_the_target(guardian):
    wait = "import sys, threading; threading.Event().wait()"
    sandbox = Sandbox(TargetConfig(kind="command", command=(sys.executable, "-c", wait), memory=300 << 20), guardian)
    with tempfile.TemporaryFile() as log:
        process = sandbox.start(1, log)
        limits = {which: resource.prlimit(process.pid, which)[0] for which in (resource.RLIMIT_DATA, resource.RLIMIT_FSIZE)}
        assert limits == {resource.RLIMIT_DATA: 300 << 20, resource.RLIMIT_FSIZE: FILE_SIZE}
        assert resource.prlimit(process.pid, resource.RLIMIT_NOFILE)[0] <= OPEN_FILES
        assert resource.prlimit(process.pid, resource.RLIMIT_CORE)[0] == 0
        sandbox.close()
        assert process.wait(10) == -signal.SIGKILL


def test_daemons_that_left_the_group_end_with_it(guardian):
    escape = (
        "import os, sys, threading\nif os.fork() == 0:\n os.setsid()\n print(os.getpid(), flush=True)\n threading.Event().wait()"
    )
    sandbox = Sandbox(TargetConfig(kind="command", command=(sys.executable, "-c", escape)), guardian)
    with tempfile.TemporaryFile() as log:
        assert sandbox.start(1, log).wait(60) == 0
        daemon = int(until(lambda: os.pread(log.fileno(), 100, 0).strip()))
        assert not is_gone(daemon)
        sandbox.close()
        until(lambda: is_gone(daemon), "the end of the daemon")


KILLED = """
import sys, tempfile, threading
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.guardian import Guardian
from fuzzers.targets.sandbox import Sandbox
escape = "import os, threading\\nif os.fork() == 0: os.setsid()\\nprint(os.getpid(), flush=True)\\nthreading.Event().wait()"
sandbox = Sandbox(TargetConfig(kind="command", command=(sys.executable, "-c", escape)), Guardian())
sandbox.start(1, sys.stdout)
print(sandbox.directory, flush=True)
threading.Event().wait()
"""


def test_nothing_is_left_of_a_campaign_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True) as campaign:
        assert campaign.stdout is not None
        lines = [campaign.stdout.readline().strip() for _ in range(3)]
        directory = Path(next(line for line in lines if line.startswith("/")))
        servers = [int(line) for line in lines if line.isdecimal()]
        assert directory.is_dir()
        campaign.send_signal(signal.SIGKILL)
        campaign.wait()
    for server in servers:
        until(lambda server=server: is_gone(server), "the end of the server and of its daemon")
    until(lambda: not directory.exists(), "the end of the directory")


def test_a_directory_that_is_to_be_kept_stays_as_the_last_start_left_it(guardian, tmp_path):
    write = "import sys; open('core', 'w').write(sys.argv[1])"
    config = TargetConfig(kind="command", command=(sys.executable, "-c", write, "{port}"), keep_in=str(tmp_path / "kept"))
    sandbox = Sandbox(config, guardian)
    output_of(sandbox, 1)
    output_of(sandbox, 2)
    sandbox.close()
    Sandbox(config, guardian).close()
    assert (sandbox.directory / "core").read_text() == "2"


def test_no_such_program(guardian):
    sandbox = Sandbox(TargetConfig(kind="command", command=("/no/such/server",)), guardian)
    with tempfile.TemporaryFile() as log, pytest.raises(TargetError, match="cannot be started"):
        sandbox.start(1, log)
    sandbox.close()


def test_words_that_name_files_mean_the_same_elsewhere(tmp_path):
    (tmp_path / "server").write_text("")
    (tmp_path / "site.conf").write_text("")
    (tmp_path / "docs").mkdir()
    here = str(tmp_path)
    assert located(("./server", "-f", "site.conf", "--conf=site.conf", "--root", "./docs", "."), tmp_path) == (
        f"{here}/server",
        "-f",
        f"{here}/site.conf",
        f"--conf={here}/site.conf",
        "--root",
        f"{here}/docs",
        here,
    )
    # a program without a slash is looked for on the path, a bare word may mean anything, and what is not there stays as it is
    same = ("server", "docs", "{port}", "other.conf", "/etc", "--x=", "a=b=c", "x" * 5000, "\0", "")
    assert located(same, tmp_path) == same


def test_sanitized_programs_are_recognised(tmp_path):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    source = tmp_path / "x.c"
    source.write_text("int main(void) { return 0; }\n")
    for name, flags in (("plain", ()), ("checked", ("-fsanitize=address",))):
        done = subprocess.run([compiler, *flags, str(source), "-o", str(tmp_path / name)], capture_output=True, check=False)
        if done.returncode:
            pytest.skip("this compiler has no sanitizers")
    assert [is_sanitized(str(tmp_path / name)) for name in ("plain", "checked")] == [False, True]
    assert not is_sanitized("no-such-program")


def test_a_sanitized_program_starts_although_memory_is_limited(tmp_path, guardian):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    (tmp_path / "x.c").write_text(
        '#include <stdio.h>\n#include <stdlib.h>\nint main(void) { puts(malloc(9) ? "fine" : "no"); }\n'
    )
    words = [compiler, "-fsanitize=address", str(tmp_path / "x.c"), "-o", str(tmp_path / "x")]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("this compiler has no sanitizers")
    config = TargetConfig(
        kind="command", command=(str(tmp_path / "x"),), memory=1 << 30, environment={"ASAN_OPTIONS": "detect_leaks=0"}
    )
    sandbox = Sandbox(config, guardian)
    assert output_of(sandbox) == "fine\n"
    sandbox.close()
