"""Capture programs, played by small scripts; the real ones are tried in tests/interop."""

import io
import os
import sys
from pathlib import Path

import pytest

import captures.sources.programs as module
from captures.pcapng_writer import PcapngWriter
from captures.sources.model import Batch, Losses, Wish
from captures.sources.programs import DUMPCAP, TCPDUMP, Program, ProgramSource, opener, why_no_program
from support.waiting import until
from workbench.api import CaptureError, UsageError


def head() -> bytes:
    file = io.BytesIO()
    PcapngWriter(file).interface("lo")
    return file.getvalue()


def whole() -> bytes:
    file = io.BytesIO()
    writer = PcapngWriter(file)
    writer.interface("lo")
    writer.packet(5, b"packet")
    return file.getvalue()


def statistics() -> bytes:
    file = io.BytesIO()
    writer = PcapngWriter(file)
    begun = file.tell()
    writer.statistics(0, 5, 10, 3)
    return file.getvalue()[begun:]


PREAMBLE = """\
import signal, sys, time
out = sys.stdout.buffer
def end(*_):
    LAST
    sys.exit(0)
signal.signal(signal.SIGINT, end)
"""


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes a program of a few lines; `last` is what it does when told to end."""
    monkeypatch.setattr(module, "program_may", lambda *_: True)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    def make(body: str, last: str = "pass", last_words: tuple[tuple[str, str], ...] = ()) -> Program:
        path = tmp_path / "actor"
        path.write_text(f"#!{sys.executable}\n" + PREAMBLE.replace("LAST", last) + body + "\n")
        path.chmod(0o755)
        return Program("actor", "actors", lambda path, _: [path], 0, last_words)

    return make


def opened(program: Program, **wish: object) -> ProgramSource:
    source = opener(program)(Wish(interface="lo", **wish), lambda _: 0)  # type: ignore[arg-type]
    assert isinstance(source, ProgramSource)
    return source


def taken(source: ProgramSource) -> Batch:
    return until(source.take, "a packet")


def ended(source: ProgramSource) -> None:
    source.finish()
    until(lambda: source.take() is None and source.over(), "the end")


WAIT = "\nwhile True: time.sleep(1)"


def test_packets_come_through_and_losses_at_the_end(play):
    source = opened(play(f"out.write({whole()!r}); out.flush()" + WAIT, f"out.write({statistics()!r}); out.flush()"))
    assert len(taken(source).records) == 1
    assert source.losses() == {0: Losses()}
    assert not source.over()
    ended(source)
    assert source.losses() == {0: Losses(4, 3)}
    source.close()
    source.close()


def test_last_words_are_read(play):
    words = (("(\\d+) packets? dropped by kernel", "dropped"), ("(\\d+) packets? dropped by interface", "interface_dropped"))
    last = "print('5 packets captured\\n7 packets dropped by kernel\\n1 packet dropped by interface', file=sys.stderr)"
    source = opened(play(f"out.write({whole()!r}); out.flush()" + WAIT, last, words))
    taken(source)
    ended(source)
    assert source.losses() == {0: Losses(8, 7, interface_dropped=1)}
    source.close()


def test_a_program_that_cannot_begin_says_why(play):
    program = play("print('Capturing on lo\\nactor: You may not capture.\\nTry sudo', file=sys.stderr); sys.exit(1)")
    with pytest.raises(CaptureError, match=r"lo: actor: You may not capture\. See `workbench doctor`"):
        opened(program)


def test_a_program_without_a_word_is_quoted_by_its_status(play):
    with pytest.raises(CaptureError, match="exit status 3"):
        opened(play("sys.exit(3)"))


def test_a_program_that_dies_is_said_and_its_packets_are_kept(play):
    source = opened(play(f"out.write({whole()!r}); out.flush()" + WAIT))
    assert len(taken(source).records) == 1
    source._process.kill()
    with pytest.raises(CaptureError, match=r"lo: actor ended by itself: exit status -9\. What it captured is in the file"):
        until(source.take, "the bad news")
    source.close()


def test_a_program_that_never_begins_is_given_up(play, monkeypatch):
    monkeypatch.setattr(module, "START_S", 0.05)
    with pytest.raises(CaptureError, match="actor did not begin within"):
        opened(play(WAIT))


def test_what_is_no_program_is_said(play):
    program = play("")
    path = Path(os.environ["PATH"].split(os.pathsep)[0]) / "actor"
    path.write_bytes(b"\x7fELF rubbish")
    with pytest.raises(CaptureError, match="actor: cannot be started"):
        opened(program)


def test_a_wrong_filter_and_a_wrong_name_never_reach_it(play):
    program = play("")
    with pytest.raises(UsageError, match="capture filter 'port 0x'"):
        opened(program, filter="port 0x")
    with pytest.raises(CaptureError, match="-Z: No such device"):
        ProgramSource(program, Wish(interface="-Z"), lambda _: 0)


@pytest.mark.parametrize(
    ("program", "wish", "words"),
    [
        (DUMPCAP, Wish(interface="lo"), "X -q -i lo -s 262144 -B 128 -w -"),
        (DUMPCAP, Wish(interface="lo", filter="tcp", promiscuous=False, buffer=1), "X -q -i lo -s 262144 -B 1 -w - -p -f tcp"),
        (TCPDUMP, Wish(interface="lo", snaplen=96), "X -i lo -s 96 -B 131072 -w - -U --time-stamp-precision=nano"),
        (
            TCPDUMP,
            Wish(interface="lo", filter="tcp", promiscuous=False, buffer=1 << 20),
            "X -i lo -s 262144 -B 1024 -w - -U --time-stamp-precision=nano -p -- tcp",
        ),
    ],
)
def test_commands(program, wish, words):
    assert " ".join(program.command("X", wish)) == words


def test_why_a_program_cannot_be_used(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module, "_FURTHER_PATHS", ())
    program = Program("actor", "actors", lambda path, _: [path], 0)
    assert str(why_no_program(program)) == "actor is not installed. sudo apt install actors"
    path = tmp_path / "actor"
    path.write_text("")
    real = os.access
    monkeypatch.setattr(os, "access", lambda name, mode: real(name, mode) and not (mode & os.X_OK and str(name) == str(path)))
    monkeypatch.setattr(module, "_group_of", lambda _: "wireshark")
    assert str(why_no_program(program)).endswith("actor. sudo usermod -aG wireshark $USER, then log in again")
    monkeypatch.setattr(os, "access", real)
    path.chmod(0o755)
    monkeypatch.setattr(module, "program_may", lambda *_: False)
    assert str(why_no_program(program)) == f"{path} may not capture. sudo setcap cap_net_raw,cap_net_admin+eip {path}"
    with pytest.raises(CaptureError, match="may not capture"):
        opened(program)
    monkeypatch.setattr(module, "program_may", lambda *_: True)
    assert why_no_program(program) is None


def test_groups_have_names(tmp_path, monkeypatch):
    assert module._group_of(str(tmp_path)) == tmp_path.group()
    monkeypatch.setattr(Path, "stat", lambda _: os.stat_result((0, 0, 0, 1, 0, 54321, 0, 0, 0, 0)))
    assert module._group_of("x") == "54321"
