import argparse
import json
import os

import pytest

from captures.sources.ring import why_no_ring
from support.commands import workbench
from support.live import packets
from workbench.cli.capture import size

permitted = pytest.mark.skipif(why_no_ring() is not None, reason="capturing is not permitted here")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("500000", 500_000),
        ("100k", 100_000),
        ("100KB", 100_000),
        ("1.5M", 1_500_000),
        ("64MiB", 64 << 20),
        ("2g", 2 * 10**9),
    ],
)
def test_sizes(text, value):
    assert size(text) == value


@pytest.mark.parametrize("text", ["", "0", "M", "-5", "5X", "1e999", "nan", "inf", "5 apples"])
def test_what_is_no_size(text):
    with pytest.raises(argparse.ArgumentTypeError, match="not a size"):
        size(text)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(("-i", "no-such-interface"), "no-such-interface: ", marks=permitted),
        (("-i", "lo", "-f", "port 80 andd"), "capture filter 'port 80 andd': syntax error at 'andd' (character 9)"),
        (("-i", "lo", "--source", "magic"), "magic: there is no such source. Choose one of: auto, ring"),
        (("-i", "lo", "-i", "lo"), "-i lo: is named twice"),
        (("-i", "lo", "--keep", "3"), "--keep: there is one file only. Add --rotate-size"),
    ],
)
def test_what_cannot_be_captured_is_one_sentence(tmp_path, words, sentence):
    done = workbench("capture", *words, "-w", tmp_path / "x.pcapng")
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert sentence in done.err


def test_counters_for_machines(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    done = workbench("capture", "-i", fifo, "-w", tmp_path / "x.pcapng", "--seconds", "0", "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert (told["packets"], told["dropped"], told["counted"], told["sources"]) == (0, 0, False, "stream")
    done = workbench("capture", "-i", fifo, "-w", "-", "--json")
    assert done.code == 2
    assert "stdout takes the packets already" in done.err


def test_stdout_does_not_rotate():
    done = workbench("capture", "-i", "lo", "-w", "-", "--rotate-packets", "3")
    assert done.code == 2
    assert "stdout cannot be changed for the next file" in done.err


@permitted
def test_what_was_captured_and_lost_is_said(tmp_path):
    done = workbench("capture", "-i", "lo", "-f", "9", "-w", tmp_path / "x.pcapng", "--seconds", "0")
    assert done.code == 0
    assert done.err.splitlines()[0].startswith("capturing on lo (ring) into ")
    assert done.err.splitlines()[-1] == "0 packets, 0 bytes; 0 dropped by the kernel, 0 by the interface"
    assert packets(tmp_path / "x.pcapng") == []
