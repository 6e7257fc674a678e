import pytest

from fuzzers.targets import logs
from fuzzers.targets.logs import ServerLog

TRACE = b"""\
noise
Traceback (most recent call last):
  File "/srv/app/server.py", line 7, in serve
    parse(data)
  File "/srv/app/parser.py", line 9, in parse
    raise errors.Wrong("no: 3")
errors.WrongError: no: 3
more noise
"""


@pytest.fixture
def log():
    made = ServerLog()
    yield made
    made.close()


def say(log: ServerLog, data: bytes) -> None:
    log.file.write(data)
    log.file.flush()


def test_a_traceback_is_a_complaint_once(log):
    assert log.complaint() is None
    say(log, TRACE)
    told = log.complaint()
    assert told is not None
    assert (told.kind, told.message, told.frames) == ("WrongError", "no: 3", ("server:serve", "parser:parse"))
    assert log.complaint() is None


def test_a_traceback_that_is_still_being_written_waits_unless_nothing_more_comes(log):
    head, line, tail = TRACE.partition(b"errors.WrongError")
    say(log, head)
    assert log.complaint() is None
    say(log, line + tail)
    assert log.complaint() is not None
    say(log, head)
    told = log.complaint(whole=False)
    assert told is not None
    assert told.frames[-1] == "parser:parse"


def test_a_sanitizers_report_that_came_here_is_a_complaint(log):
    say(log, b"x.c:3:4: runtime error: division by zero\n    #0 0x1 in divide /x.c:3\n")
    told = log.complaint()
    assert told is not None
    assert told.frames == ("x.c:divide",)


def test_a_new_start_has_an_empty_log(log):
    say(log, b"last words")
    assert log.tail() == "last words"
    log.begin()
    assert log.tail() == ""


def test_an_endless_log_is_cut(log, monkeypatch):
    monkeypatch.setattr(logs, "MAX_LOG", 100)
    say(log, b"x" * 200)
    assert log.complaint() is None
    assert log.tail() == ""
