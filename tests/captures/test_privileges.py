import os
import stat
import struct

import pytest

import captures.privileges
from captures.privileges import CAP_NET_RAW, may, program_may

RAW = 1 << CAP_NET_RAW


@pytest.fixture
def sets(monkeypatch, tmp_path):
    """Says which capabilities this process has, and that it is nobody."""

    def say(**values: int) -> None:
        lines = ["Name:\tpython", *(f"{name}:\t{value:016x}" for name, value in values.items())]
        (tmp_path / "status").write_text("\n".join(lines))

    monkeypatch.setattr(captures.privileges, "_STATUS", tmp_path / "status")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return say


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program"
    path.write_text("")
    return path


def test_what_this_process_may(sets):
    sets(CapEff=RAW | 1)
    assert may(CAP_NET_RAW)
    sets(CapEff=1)
    assert not may(CAP_NET_RAW)


def test_without_procfs_nothing_is_known(monkeypatch, tmp_path):
    monkeypatch.setattr(captures.privileges, "_STATUS", tmp_path / "missing")
    assert not may(CAP_NET_RAW)


def test_an_ordinary_program_may_nothing(sets, program):
    sets(CapBnd=RAW, CapAmb=0)
    assert not program_may(str(program), CAP_NET_RAW)


def test_ambient_capabilities_are_inherited(sets, program):
    sets(CapBnd=RAW, CapAmb=RAW)
    assert program_may(str(program), CAP_NET_RAW)


def test_what_the_file_grants(sets, program, monkeypatch):
    sets(CapBnd=RAW, CapAmb=0)
    for granted, expected in ((RAW, True), (1, False)):
        data = struct.pack("<5I", 0x02000001, granted, 0, 0, 0)
        monkeypatch.setattr(os, "getxattr", lambda *_, data=data: data)
        assert program_may(str(program), CAP_NET_RAW) is expected
    sets(CapBnd=0, CapAmb=0)
    monkeypatch.setattr(os, "getxattr", lambda *_: struct.pack("<5I", 0x02000001, RAW, 0, 0, 0))
    assert not program_may(str(program), CAP_NET_RAW)


def test_set_user_id_root(sets, program, monkeypatch):
    sets(CapBnd=RAW, CapAmb=0)
    status = os.stat_result((stat.S_IFREG | stat.S_ISUID | 0o755, 0, 0, 1, 0, 0, 0, 0, 0, 0))
    monkeypatch.setattr(type(program), "stat", lambda *_, **__: status)
    assert program_may(str(program), CAP_NET_RAW)


def test_root_may_unless_the_bounding_set_forbids(sets, program, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    sets(CapBnd=RAW)
    assert program_may(str(program), CAP_NET_RAW)
    sets(CapBnd=0)
    assert not program_may(str(program), CAP_NET_RAW)
