"""Expressions are compiled by whoever is there, and all agree; what is wrong is said with its place."""

import shutil
import struct

import pytest

import captures.capture_filter as module
from captures import libpcap
from captures.bpf import port_filter
from captures.capture_filter import MAX_TEXT, check_filter, compile_filter, full_text, maybe_ports, reject_all
from captures.synthesis import udp_frame
from support.programs import run
from workbench.api import Endpoint, UsageError

here = pytest.mark.skipif(libpcap.library() is None, reason="libpcap is not installed")
FRAME = udp_frame(Endpoint("192.0.2.1", 5000), Endpoint("192.0.2.2", 53), b"data")


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("80", "port 80"),
        ("80,443", "port 80 or port 443"),
        (" 80  443, 80 ", "port 80 or port 443"),
        ("port 80", "port 80"),
        (" tcp ", "tcp"),
        ("", ""),
    ],
)
def test_ports_alone_are_a_shorthand(typed, text):
    assert full_text(typed) == text


@pytest.mark.parametrize(
    ("text", "ports"),
    [("port 80 or port 443", (80, 443)), ("port 9", (9,)), ("tcp port 80", None), ("not port 9", None), ("", None)],
)
def test_expressions_that_are_ports_only(text, ports):
    assert maybe_ports(text) == ports


@pytest.mark.parametrize("text", ["udp port 53", "port 53", "host 192.0.2.2 and udp", "udp[8:4] = 0x64617461", "not tcp"])
@here
def test_what_is_wanted_passes(text):
    assert run(compile_filter(text, 1, 500), FRAME) == 500
    assert run(compile_filter(f"not ({text})", 1, 500), FRAME) == 0


def test_without_a_filter_everything_passes():
    assert run(compile_filter("", 1, 500), FRAME) == 500
    assert run(reject_all(), FRAME) == 0


@here
@pytest.mark.parametrize("text", ["port 53", "ip6 or arp", "host 192.0.2.2 and greater 40", "ether[0] & 1 = 0 and ip[8] < 5"])
@pytest.mark.parametrize("link_type", [1, 101, 113])
def test_tcpdump_says_the_same(monkeypatch, text, link_type):
    if shutil.which("tcpdump") is None:
        pytest.skip("tcpdump is not installed")
    if link_type != 1:
        text = text.replace("ether[0] & 1 = 0", "ip")
    ours = compile_filter(text, link_type, 500)
    monkeypatch.setattr(libpcap, "library", lambda: None)
    assert compile_filter(text, link_type, 500) == ours


@here
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("port 80 andd host 1.2.3.4", r"syntax error at 'andd' \(character 9\)"),
        ("tcp[13] & 0x2 & == 4", r"syntax error at '==' \(character 17\)"),
        ("src or or dst port 4", r"syntax error at 'or' \(character 8\)"),
        ("ether host 00:11:22:33:44:55 xor 3", r"syntax error at 'xor' \(character 30\)"),
        ("portrange 1-3 foo", r"syntax error at 'foo' \(character 15\)"),
        ("(port 80", "it ends too early"),
        ("port 80 and", "it ends too early"),
        ("port 99999", "illegal port number 99999 > 65535"),
        ("ip host 1.2.3.4.5", "1.2.3.4.5"),
    ],
)
def test_mistakes_have_their_place(text, words):
    with pytest.raises(UsageError, match=words) as caught:
        check_filter(text)
    assert caught.value.place == f"capture filter {text!r}"
    assert "man pcap-filter" in caught.value.remedy


def test_mistakes_by_way_of_tcpdump(monkeypatch):
    if shutil.which("tcpdump") is None:
        pytest.skip("tcpdump is not installed")
    monkeypatch.setattr(libpcap, "library", lambda: None)
    with pytest.raises(UsageError, match=r"^capture filter '-w x': syntax error"):
        check_filter("-w x")


def test_a_compiler_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(libpcap, "library", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/tcpdump")

    def hang(command: list[str], **more: object) -> None:
        raise module.subprocess.TimeoutExpired(command, 1)

    monkeypatch.setattr(module.subprocess, "run", hang)
    with pytest.raises(UsageError, match="does not come to an end"):
        check_filter("host slow.example")


def test_with_nobody_to_compile_ports_still_work(monkeypatch):
    monkeypatch.setattr(libpcap, "library", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert compile_filter("port 80 or port 443", 1, 500) == port_filter((80, 443), 500)
    with pytest.raises(UsageError, match=r"nothing here can compile the capture filter 'tcp'\. Install libpcap"):
        check_filter("tcp")


@pytest.mark.parametrize("text", ["a" * (MAX_TEXT + 1), "port 80\0"])
def test_what_is_no_text_is_refused(text):
    with pytest.raises(UsageError, match="no text of at most 5,000 characters"):
        check_filter(text)


@here
@pytest.mark.parametrize("text", ["udp port 53", "ip host 192.0.2.1", "ip", "udp[8] = 0x64"])
def test_cooked_sockets_see_packets_without_the_header(text):
    """The program is for packets that begin with the IP header, and asks the kernel for the protocol."""
    assert run(compile_filter(text, 113, 500), FRAME, cooked=True) == 500
    assert run(compile_filter(f"not ({text})", 113, 500), FRAME, cooked=True) == 0


def test_what_a_cooked_socket_cannot_answer_is_refused(monkeypatch):
    load_hardware = struct.pack("=HBBI", 0x28, 0, 0, 2) + struct.pack("=HBBI", 0x16, 0, 0, 0)
    monkeypatch.setattr(libpcap, "library", lambda: object())
    monkeypatch.setattr(libpcap, "compile_text", lambda *_: load_hardware)
    with pytest.raises(UsageError, match=r"needs the link's own header\. Name one interface instead of all"):
        compile_filter("link[2] = 1", 113, 500)


@here
def test_a_long_expression_is_not_repeated_whole():
    with pytest.raises(UsageError, match=r"syntax error at 'andd' \(character 1193\)") as caught:
        check_filter(" or ".join(["port 80"] * 108 + ["tcp"]) + " andd")
    assert len(caught.value.place) < 250
