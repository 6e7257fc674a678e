"""The system's library, where it is."""

import struct
from pathlib import Path

import pytest

from captures import libpcap
from captures.libpcap import Complaint, compile_text, complaint_about
from captures.privileges import CAP_NET_RAW, may

here = pytest.mark.skipif(libpcap.library() is None, reason="libpcap is not installed")


@here
def test_an_expression_becomes_a_program_that_keeps_the_snaplen():
    program = compile_text("tcp port 80", 1, 77)
    lines = list(struct.iter_unpack("=HBBI", program))
    assert {value for code, _, _, value in lines if code == 6} == {0, 77}


@here
@pytest.mark.parametrize("link_type", [1, 101, 113])
def test_link_types_differ(link_type):
    others = {compile_text("tcp", other, 77) for other in (1, 101, 113) if other != link_type}
    assert compile_text("tcp", link_type, 77) not in others


@here
def test_complaints_are_in_its_own_words():
    with pytest.raises(Complaint, match="syntax error"):
        compile_text("port 80 andd", 1, 77)
    with pytest.raises(Complaint, match="illegal port number 99999"):
        compile_text("port 99999", 1, 77)


@here
def test_complaints_without_an_exception():
    assert complaint_about("port 80", 1) == ""
    assert "syntax error" in complaint_about("port 80 or", 1)


@here
def test_what_would_take_minutes_is_refused():
    ports = " or ".join(f"port {number}" for number in range(1, 300))
    with pytest.raises(Complaint, match="it is too long"):
        compile_text(ports, 1, 77)


@here
def test_an_interface_that_cannot_be_opened():
    with pytest.raises(OSError, match=r"nowhere0|No such device|not permitted"):
        compile_text("vlan 5", 1, 77, "nowhere0")


@here
@pytest.mark.skipif(not may(CAP_NET_RAW), reason="needs the permission to capture")
def test_an_interface_knows_more():
    assert compile_text("vlan 5", 1, 77, "lo") != compile_text("vlan 5", 1, 77)
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    compile_text("vlan 5", 1, 77, "lo")
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


def test_without_the_library_nobody_compiles(monkeypatch):
    def missing(name: str) -> None:
        raise OSError(name)

    monkeypatch.setattr(libpcap.ctypes, "CDLL", missing)
    monkeypatch.setattr(libpcap.ctypes.util, "find_library", lambda _: None)
    libpcap.library.cache_clear()
    assert libpcap.library() is None
    libpcap.library.cache_clear()
