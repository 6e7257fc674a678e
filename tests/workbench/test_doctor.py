import datetime as dt
import sys

import pytest

from captures.sources.choice import Kind
from workbench.api import CaptureError, PluginError, TargetError, UsageError
from workbench.doctor import examine
from workbench.registry import Registry, load
from workbench.serving.certificates import CertificateFolder


def _by_name(registry=None, **more):
    return {check.name: check for check in examine(registry or load(entries=()), **more)}


def test_everything_is_looked_at():
    checks = _by_name(load(), terminal=False)
    assert {"python", "protocol-workbench", "construct", "live capture", "tshark", "curl", "plugins", "terminal"} <= set(checks)
    assert checks["python"].status == "ok"
    assert sys.executable in checks["python"].detail
    assert "streambus" in checks["plugins"].detail


def test_what_is_limited_or_broken_has_a_fix():
    for check in examine(load(), which=lambda _: None, terminal=True, environment={}):
        assert check.status == "ok" or check.fix or check.name == "terminal"


def test_missing_tools_are_named_with_their_package():
    checks = _by_name(which=lambda _: None, terminal=False)
    assert checks["nginx"].status == "limited"
    assert checks["nginx"].fix == "sudo apt install nginx-light"
    assert checks["gtlsclient"].fix == "sudo apt install ngtcp2-client"


def test_no_plugin_at_all_is_broken():
    assert _by_name(terminal=False)["plugins"].status == "broken"


def test_a_broken_plugin_is_listed():
    registry = Registry((), (PluginError("cannot be loaded", place="x.py", remedy="Mend it"),))
    check = _by_name(registry, terminal=False)["plugin x.py"]
    assert (check.status, check.detail, check.fix) == ("broken", "cannot be loaded", "Mend it")


@pytest.mark.parametrize(("kind", "status"), [("xterm-256color", "ok"), ("dumb", "limited"), ("", "limited")])
def test_the_terminal(kind, status):
    assert _by_name(terminal=True, environment={"TERM": kind})["terminal"].status == status


def _kinds(monkeypatch, **reasons):
    kinds = tuple(Kind(name, f"what {name} is", lambda reason=reason: reason, None) for name, reason in reasons.items())
    monkeypatch.setattr("captures.sources.choice.KINDS", kinds)


def test_the_best_way_to_capture_and_what_a_better_one_takes(monkeypatch):
    _kinds(monkeypatch, ring=CaptureError("it needs a capability", remedy="sudo setcap x"), dumpcap=None, scapy=None)
    found = _by_name(terminal=False)
    assert (found["live capture"].status, found["live capture"].detail) == ("ok", "by dumpcap: what dumpcap is")
    ring = found["capture by ring"]
    assert (ring.status, ring.detail, ring.fix) == ("limited", "it needs a capability", "sudo setcap x")
    assert found["capture by dumpcap"].detail == "the best there is, and used"
    assert found["capture by scapy"].detail == "can be used"


def test_no_permission_to_capture(monkeypatch):
    _kinds(monkeypatch, ring=CaptureError("it needs a capability", remedy="sudo setcap x"))
    check = _by_name(terminal=False)["live capture"]
    assert (check.status, check.detail) == ("limited", "not permitted")
    assert "workbench tap" in check.fix


@pytest.mark.parametrize(
    ("library", "tcpdump", "status", "detail"),
    [(object(), None, "ok", "by libpcap"), (None, "/usr/bin/tcpdump", "ok", "by tcpdump"), (None, None, "limited", "ports only")],
)
def test_who_compiles_capture_filters(monkeypatch, library, tcpdump, status, detail):
    monkeypatch.setattr("captures.libpcap.library", lambda: library)
    check = _by_name(terminal=False, which=lambda name: tcpdump if name == "tcpdump" else None)["capture filters"]
    assert check.status == status
    assert detail in check.detail


def test_no_tshark(monkeypatch):
    monkeypatch.setattr("captures.tshark.tshark_version", lambda: "")
    assert _by_name(terminal=False)["tshark"].status == "limited"


def test_certificates_and_when_they_expire(tmp_path):
    now = dt.datetime.now(dt.UTC)
    assert not [
        name for name in _by_name(environment={"WORKBENCH_CERTIFICATES": str(tmp_path / "none")}) if "certificate" in name
    ]
    CertificateFolder(tmp_path, now).make_authority()
    CertificateFolder(tmp_path, now - dt.timedelta(days=387, hours=1)).make_server()
    CertificateFolder(tmp_path, now - dt.timedelta(days=500)).make_client("old")
    checks = _by_name(environment={"WORKBENCH_CERTIFICATES": str(tmp_path)}, terminal=False)
    assert checks["certificate ca"].status == "ok"
    soon, gone = checks["certificate localhost"], checks["certificate client-old"]
    assert (soon.status, soon.detail, soon.fix) == ("limited", "server, expires in 9 days", "workbench certs renew")
    assert gone.status == "limited"
    assert gone.detail.startswith("client, expired on ")


@pytest.mark.parametrize(
    ("content", "status", "fix"),
    [("212992\n", "limited", "sudo sysctl -w net.core.rmem_max=4194304"), ("4194304\n", "ok", ""), ("rubbish", None, None)],
)
def test_room_for_datagrams(tmp_path, content, status, fix):
    file = tmp_path / "rmem_max"
    file.write_text(content)
    found = [check for check in examine(Registry(()), limit=file, terminal=False) if check.name == "udp buffers"]
    assert [(check.status, check.fix) for check in found] == ([(status, fix)] if status else [])


def test_whether_a_tap_may_take_what_a_firewall_redirects(monkeypatch):
    def refuse() -> None:
        raise UsageError("not permitted", remedy="Run it as root")

    monkeypatch.setattr("captures.tap.may_mark", refuse)
    check = _by_name(terminal=False)["transparent tap"]
    assert (check.status, check.detail, check.fix) == ("limited", "not permitted", "Run it as root")
    monkeypatch.setattr("captures.tap.may_mark", lambda: None)
    check = _by_name(terminal=False)["transparent tap"]
    assert check.status == "ok"
    assert "iptables -t nat -A OUTPUT" in check.detail


def test_that_there_is_no_authority_yet_is_said(tmp_path):
    checks = _by_name(terminal=False, environment={"WORKBENCH_CERTIFICATES": str(tmp_path / "none")})
    assert "workbench certs init" in checks["authority"].detail


def test_what_the_fuzzer_can_use():
    checks = _by_name(which=lambda name: f"/usr/bin/{name}" if name == "gcc" else None, terminal=False)
    assert (checks["gcc"].status, checks["gcc"].detail) == ("ok", "/usr/bin/gcc, counts blocks with our runtime")
    assert (checks["clang"].status, checks["clang"].detail) == ("ok", "not installed; gcc does what it would do")
    assert (checks["coverage map"].status, checks["process states"].status) == ("ok", "ok")
    none = _by_name(which=lambda _: None, terminal=False)
    assert (none["afl-clang-fast"].status, none["afl-clang-fast"].fix) == ("limited", "sudo apt install afl++")


def test_without_a_compiler_a_network_and_shared_memory(monkeypatch):
    def refuse(*_):
        raise TargetError("no segment is left", remedy="Free some")

    monkeypatch.setattr("fuzzers.coverage.native.preload", lambda _: None)
    monkeypatch.setattr("fuzzers.targets.network.can_enter_network", lambda: False)
    monkeypatch.setattr("fuzzers.coverage.map.CoverageMap", refuse)
    checks = _by_name(terminal=False)
    assert [checks[name].status for name in ("fork at accept", "own network", "coverage map")] == ["limited"] * 3
    assert checks["coverage map"].fix == "Free some"
    assert "libc6-dev" in checks["fork at accept"].fix
