"""Connections that a firewall rule sends to the tap, with the very commands that it prints, in a network namespace that ends with the test.

Needs root, unshare and nft or iptables.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.shared import ROOT, tool
from support.tapping import complaints, fields

SCENE = """
set -e
ip link set lo up
{python} -m http.server 8181 --bind {host} --directory {folder} >/dev/null 2>&1 & server=$!
{python} -m workbench tap --listen '{url}:8080' --transparent -w {folder}/t.pcapng >{folder}/out 2>{folder}/err & tap=$!
trap 'kill -INT $tap; kill $server; wait $tap' EXIT
for _ in $(seq 200); do [ -s {folder}/err ] && curl -s -o /dev/null http://{url}:8181/ && break; sleep 0.05; done
grep -E '^{program} ' {folder}/err | grep -v -e '(undoes it)' -e TABLE | sed 's/80, 443/8181/; s/80,443/8181/' >{folder}/rules
sh -e {folder}/rules
curl -sS --max-time 10 http://{url}:8181/page.html
"""


ROUTED = """
set -e
ip link set lo up
unshare --net sleep 50 & other=$!
until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link add here type veth peer name there
ip link set there netns $other
ip addr add 10.9.0.1/24 dev here; ip link set here up; ip addr add 10.8.0.1/32 dev lo
nsenter -t $other --net sh -c 'ip addr add 10.9.0.2/24 dev there; ip link set there up; ip route add default via 10.9.0.1'
{python} -m http.server 8181 --bind 10.8.0.1 --directory {folder} >/dev/null 2>&1 & server=$!
{python} -m workbench tap --listen 10.9.0.1:8080 --transparent --allow-remote -w {folder}/t.pcapng >{folder}/out 2>{folder}/err & tap=$!
trap 'kill -INT $tap; kill $server $other; wait $tap' EXIT
for _ in $(seq 200); do [ -s {folder}/err ] && curl -s -o /dev/null http://10.8.0.1:8181/ && break; sleep 0.05; done
nft add table ip taps
nft 'add chain ip taps pre {{ type filter hook prerouting priority mangle; }}'
nft 'add rule ip taps pre iifname here tcp dport 8181 tproxy to 10.9.0.1:8080 meta mark set 1 accept'
ip rule add fwmark 1 lookup 100
ip route add local 0.0.0.0/0 dev lo table 100
nsenter -t $other --net curl -sS --max-time 10 http://10.8.0.1:8181/page.html
"""
"""Another machine's connections on their way through this one: TPROXY leaves them their destination."""


def run(folder: Path, scene: str, program: str = "", host: str = "") -> subprocess.CompletedProcess:
    """A scene, in a network of its own."""
    if os.geteuid():
        pytest.skip("only root may redirect connections")
    url = f"[{host}]" if ":" in host else host
    text = scene.format(python=sys.executable, folder=folder, program=program, host=host, url=url)
    (folder / "page.html").write_text("a page")
    command = [tool("unshare"), "--net", "sh", "-c", text]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT)


@pytest.mark.parametrize(
    ("program", "host"), [("nft", "127.0.0.1"), ("nft", "::1"), ("iptables", "127.0.0.1"), ("ip6tables", "::1")]
)
def test_redirected_connections_reach_their_target(tmp_path, program, host):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    for needed in ("curl", "ip"):
        tool(needed)
    done = run(tmp_path, SCENE, program, host)
    assert done.stdout == "a page", done.stderr + (tmp_path / "err").read_text()
    path = tmp_path / "t.pcapng"
    assert fields(path, 'http.request.uri == "/page.html"', "http.request.uri", "tcp.dstport") == [["/page.html", "8181"]]
    assert complaints(path) == ""
    assert "1 connections (0 open, 0 refused)" in (tmp_path / "err").read_text()


def test_connections_of_another_machine(tmp_path):
    for needed in ("nft", "curl", "ip", "nsenter"):
        tool(needed)
    done = run(tmp_path, ROUTED)
    assert done.stdout == "a page", done.stderr + (tmp_path / "err").read_text()
    seen = fields(tmp_path / "t.pcapng", "http.request", "ip.src", "ip.dst", "tcp.dstport")
    assert seen == [["10.9.0.2", "10.8.0.1", "8181"]]
    assert complaints(tmp_path / "t.pcapng") == ""
