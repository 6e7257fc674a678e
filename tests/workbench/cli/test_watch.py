import json
import re
import signal
import socket

import pytest

from captures.live import can_capture
from support.commands import workbench, workbench_process
from support.http_pairs import request, response
from support.pcap import tcp_frames, write_pcap
from support.waiting import until

EMPTY = 1_000
"""Bytes of a capture file that has only its head."""


@pytest.fixture(autouse=True)
def handlers():
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    for number, handler in before:
        signal.signal(number, handler)


@pytest.fixture
def capture(tmp_path):
    return write_pcap(tmp_path / "x.pcap", tcp_frames([request(), response(status=503), request(), response()]))


def test_an_alert_is_a_line_and_an_exit_code(capture):
    done = workbench("watch", capture, "--alert", "http.response.code>=500", 1, "1s")
    assert done.code == 1
    (alert,) = map(json.loads, done.out.splitlines())
    assert (alert["alert"], alert["matches"], alert["protocol"]) == ("http.response.code>=500", 1, "http1")
    assert alert["summary"].startswith("HTTP/1.1 503")


def test_silence_is_success(capture):
    done = workbench("watch", capture, "--alert", "http.response.code==404", 1, "1s")
    assert (done.code, done.out) == (0, "")


def test_a_rule_that_may_be_a_slip_is_named_at_once(capture):
    done = workbench("watch", capture, "--alert", "htpt", 1, "1s")
    assert done.code == 0
    assert "rule 'htpt'" in done.err
    assert "no protocol" in done.err
    assert "no protocol" not in workbench("watch", capture, "--alert", "http", 1, "1s").err


def test_rules_from_a_file_start_their_command(capture, tmp_path):
    rules, mark = tmp_path / "rules.toml", tmp_path / "mark"
    rules.write_text(f'[[rule]]\nfilter = "http.response.code>=500"\nseverity = "error"\ncommand = ["touch", "{mark}"]\n')
    done = workbench("watch", capture, "--rules", rules)
    assert json.loads(done.out)["severity"] == "error"
    assert mark.exists()


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ((), "no rule"),
        (("--alert", "http", "many", "1s"), "at_least"),
        (("--alert", "http", "1", "soon"), "within"),
        (("--alert", "htt.p==", "1", "1s"), r"\^"),
        (("--rules", "/nonexistent"), "nonexistent"),
        (("--alert", "http", "1", "1s", "-w", "x"), "nothing is captured"),
    ],
)
def test_mistakes(capture, words, remedy):
    done = workbench("watch", capture, *words)
    assert done.code == 2
    assert re.search(remedy, done.err)


def test_nothing_to_watch():
    done = workbench("watch", "no-such-thing", "--alert", "http", 1, "1s")
    assert (done.code, "no such file or interface" in done.err) == (2, True)


def test_a_growing_file_is_watched_until_told_to_stop(capture, tmp_path):
    data, growing = capture.read_bytes(), tmp_path / "growing.pcap"
    growing.write_bytes(b"")
    process = workbench_process("watch", growing, "--follow", "--alert", "http.response.code==503", 1, "1s")
    try:
        growing.write_bytes(data)
        assert json.loads(process.stdout.readline())["matches"] == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 1
    finally:
        process.kill()
        process.communicate()


def test_an_interface_is_captured_meanwhile(tmp_path):
    why = can_capture()
    if why:
        pytest.skip(why)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        port = receiver.getsockname()[1]
        kept = tmp_path / "kept.pcapng"
        words = ("--alert", f"udp.port=={port}", 1, "1s", "-f", f"udp port {port}", "-w", kept)
        process = workbench_process("watch", "lo", *words)
        try:

            def captured() -> bool:
                assert process.poll() is None
                sender.sendto(b"hello", ("127.0.0.1", port))
                return kept.exists() and kept.stat().st_size > EMPTY

            until(captured, "a packet in the file", 30)
            assert json.loads(process.stdout.readline())["alert"] == f"udp.port=={port}"
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 1
        finally:
            process.kill()
            process.communicate()
