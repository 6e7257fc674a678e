import os
import threading

import pytest

from workbench.api import CaptureError
from workbench.keylogs import KEYLOG_BYTES, Keylog, read_keylog

LINE = b"CLIENT_RANDOM 00ff 11ee\n"


def test_the_text_is_kept_as_it_is(tmp_path):
    path = tmp_path / "keys.log"
    path.write_bytes(b"# a comment\n" + LINE)
    assert read_keylog(path) == b"# a comment\n" + LINE


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CaptureError, match="cannot be read: No such file"):
        read_keylog(tmp_path / "none")
    with pytest.raises(CaptureError, match="cannot be read"):
        read_keylog(tmp_path)


@pytest.mark.parametrize("text", [b"# only three words\n", b"\0\1\2"])
def test_a_file_without_a_secret(tmp_path, text):
    (tmp_path / "keys.log").write_bytes(text)
    with pytest.raises(CaptureError, match="holds no secret"):
        read_keylog(tmp_path / "keys.log")


def test_a_file_that_is_too_large(tmp_path):
    path = tmp_path / "keys.log"
    with path.open("wb") as file:
        file.truncate(KEYLOG_BYTES + 1)
    with pytest.raises(CaptureError, match="larger than"):
        read_keylog(path)


def test_a_capture_is_no_key_log(tmp_path):
    path = tmp_path / "x.pcapng"
    path.write_bytes(b"\x0a\x0d\x0d\x0a" + b"GET / HTTP/1.1\r\nA b c\n" + bytes(200))
    with pytest.raises(CaptureError, match="holds no secret"):
        read_keylog(path)


def test_a_log_that_is_still_empty_is_one(tmp_path):
    (tmp_path / "keys.log").touch()
    assert read_keylog(tmp_path / "keys.log") == b""


def test_a_log_that_grows(tmp_path):
    path = tmp_path / "keys.log"
    path.touch()
    log = Keylog(path)
    assert log.text == b""
    path.write_bytes(LINE)
    assert log.text == LINE
    path.write_bytes(LINE + LINE)
    assert log.text == LINE + LINE
    path.unlink()
    assert log.text == LINE + LINE, "what was known stays known"


def test_a_log_that_is_awaited(tmp_path):
    path = tmp_path / "keys.log"
    log = Keylog(path, awaited=True)
    assert log.text == b""
    path.write_bytes(LINE)
    assert log.text == LINE


def test_an_awaited_log_that_is_there_must_be_one(tmp_path):
    (tmp_path / "keys.log").write_bytes(b"no words of a secret\n")
    with pytest.raises(CaptureError, match="holds no secret"):
        Keylog(tmp_path / "keys.log", awaited=True)


@pytest.mark.parametrize("later", [b"CLIENT_RANDOM 01ff 22ee\n", b"CLIENT_RANDOM 2222 33\n", b"CLIENT_RANDOM 22 33\n" * 40])
def test_a_log_that_is_begun_anew(tmp_path, later):
    """Truncated or replaced, by one as long, shorter or longer: old secrets stay, new ones come."""
    path = tmp_path / "keys.log"
    path.write_bytes(LINE)
    log = Keylog(path)
    assert log.text == LINE
    other = tmp_path / "other"
    other.write_bytes(later)
    other.replace(path)
    assert log.text == LINE + b"\n" + later
    assert log.text == LINE + b"\n" + later, "not twice"
    with path.open("ab") as file:
        file.write(LINE)
    assert log.text == LINE + b"\n" + later + LINE


def test_no_more_is_read_than_a_log_may_hold(tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.keylogs.KEYLOG_BYTES", 3 * len(LINE))
    path = tmp_path / "keys.log"
    path.write_bytes(LINE)
    log = Keylog(path)
    path.write_bytes(LINE * 9)
    assert log.text == LINE * 3
    path.write_bytes(b"")
    path.write_bytes(LINE)
    assert log.text.startswith(LINE * 3)
    assert len(log.text) <= 3 * len(LINE) + 2


def test_a_pipe_is_read_once(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(LINE,))
    writer.start()
    log = Keylog(path)
    writer.join()
    assert log.text == LINE
