"""A server under test harms nobody: it has its own network and directory, it is asked no faster than allowed, and nothing of it stays."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fuzzers import Campaign, CampaignConfig, Ended, Started, TargetConfig
from fuzzers.targets.command import free_port
from fuzzers.targets.leftovers import MARK
from fuzzers.targets.network import can_enter_network
from support.lines import LINES, SERVER, command
from support.waiting import until

FORTUNATE = pytest.mark.skipif(not can_enter_network(), reason="this machine lets us make no network of our own")

CALLS_HOME = """
import os, runpy, socket, sys
for place in (("127.0.0.1", int(sys.argv[1])), ("192.0.2.1", 80)):
    try:
        socket.create_connection(place, 2)
    except OSError:
        continue
    os._exit(3)
sys.argv = ["line_server.py", sys.argv[2]]
runpy.run_path(sys.argv[0] if os.path.exists(sys.argv[0]) else SERVER, run_name="__main__")
"""


def ended(directory: Path, target: TargetConfig, **more) -> tuple[Started, Ended]:
    config = CampaignConfig(protocol="lines", directory=directory / "campaign", target=target, **more)
    events = list(Campaign(LINES, config).run())
    [started] = [event for event in events if isinstance(event, Started)]
    assert isinstance(events[-1], Ended)
    return started, events[-1]


@FORTUNATE
def test_two_workers_have_a_server_each_on_the_same_port(tmp_path):
    port = free_port()
    words = tuple(word.replace("{port}", str(port)) for word in command())
    target = TargetConfig(kind="command", command=words, port=port, executor="live")
    started, end = ended(tmp_path, target, jobs=2, cases=200)
    assert started.means.workers == 2
    assert (end.stats.cases, end.findings) == (200, ())


@FORTUNATE
def test_a_server_reaches_nobody(tmp_path):
    code = f"SERVER = {str(SERVER)!r}\n{CALLS_HOME}"
    with socket.create_server(("127.0.0.1", 0)) as home:
        words = (sys.executable, "-S", "-c", code, str(home.getsockname()[1]), "{port}")
        _, end = ended(tmp_path, TargetConfig(kind="command", command=words, executor="live"), cases=20, jobs=1)
        assert (end.stats.cases, end.findings) == (20, ())
        home.settimeout(0)
        with pytest.raises(BlockingIOError):
            home.accept()


def test_cases_come_no_faster_than_allowed(tmp_path):
    target = TargetConfig(kind="command", command=command(), executor="live", rate=40)
    begun = time.monotonic()
    _, end = ended(tmp_path, target, cases=41, jobs=1)
    assert end.stats.cases == 41
    assert time.monotonic() - begun >= 1  # forty distances of a fortieth, of which a worker for single cases has half


KILLED = """
import sys
from pathlib import Path
from fuzzers import Campaign, CampaignConfig, TargetConfig
from support.lines import LINES, command
target = TargetConfig(kind="command", command=command())
for event in Campaign(LINES, CampaignConfig(protocol="lines", directory=Path(sys.argv[1]), target=target, jobs=2)).run():
    print(type(event).__name__, flush=True)
"""


def marked() -> set[int]:
    """Processes of servers under test, whoever started them."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if any(word.startswith(f"{MARK}=".encode()) for word in path.read_bytes().split(b"\0")):
                found.add(int(path.parent.name))
        except OSError:
            continue
    return found


def segments() -> set[str]:
    """Shared memory that its last user would not take along."""
    rows = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    return {row[1] for row in rows if not int(row[2], 8) & 0o1000}  # SHM_DEST (shmctl(2))


def test_nothing_is_left_of_a_campaign_that_is_killed(tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    before, shared = marked(), segments()
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(Path(__file__).parents[1])}
    words = [sys.executable, "-c", KILLED, str(tmp_path / "campaign")]
    campaign = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert campaign.stdout is not None
        assert [campaign.stdout.readline() for _ in range(2)] == ["Started\n", "Progress\n"]
        ours = {pid for pid in marked() - before if str(temporary).encode() in Path(f"/proc/{pid}/environ").read_bytes()}
        assert ours
        assert list(temporary.iterdir())
    finally:
        campaign.kill()
        campaign.communicate()
    until(lambda: not ours & marked(), "the end of the servers")
    until(lambda: not list(temporary.iterdir()), "the end of their directories")
    assert segments() <= shared
