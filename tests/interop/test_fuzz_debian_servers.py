"""Servers as a distribution ships them start, calibrate and are fuzzed, each from one command line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CASES = 120
"""Enough to play every seed and some hundred messages; a campaign that is worth something takes longer."""

LIGHTTPD = r"""sh -c 'printf "server.document-root = \"{dir}\"\nserver.bind = \"127.0.0.1\"\nserver.port = {port}\n" > l.conf;
exec lighttpd -D -f l.conf'"""
NGINX = """sh -c 'printf "daemon off; master_process off; pid {dir}/pid; events {} http { access_log off; client_body_temp_path {dir};
server { listen 127.0.0.1:{port}; root {dir}; } }" > n.conf; exec nginx -p {dir} -e stderr -c n.conf'"""
HAPROXY = r"""sh -c 'printf "defaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 1s
frontend f\n bind 127.0.0.1:{port}\n http-request return status 200\n" > h.cfg; exec haproxy -db -f h.cfg'"""
DNSMASQ = "dnsmasq -k -p {port} -a 127.0.0.1 -C /dev/null -R -h -z --address=/example.com/192.0.2.1"

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

SERVERS = {
    "lighttpd": ("http1", LIGHTTPD),
    "nginx": ("http1", NGINX),
    "haproxy": ("http1", HAPROXY),
    "microsocks": ("socks5", "microsocks -i 127.0.0.1 -p {port}"),
    "nghttpd": ("http2", "nghttpd --no-tls --address=127.0.0.1 --htdocs={dir} {port}"),
    "dnsmasq over UDP": ("dns", DNSMASQ),
    "dnsmasq over TCP": ("dns-tcp", DNSMASQ),
}


@pytest.mark.parametrize("name", SERVERS)
def test_one_command_line(name: str, tmp_path: Path):
    program = name.partition(" ")[0]
    if shutil.which(program, path=PATH) is None:
        pytest.skip(f"{program} is not installed")
    protocol, command = SERVERS[name]
    words = [sys.executable, "-m", "workbench", "fuzz", protocol, "--command", command, "--cases", str(CASES), "--jobs", "1"]
    done = subprocess.run(
        [*words, "-o", str(tmp_path / "campaign"), "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{PATH}:{os.environ['PATH']}"},
    )
    assert done.returncode in (0, 1), done.stderr  # whether it has defects is not what is asked here
    assert "executor live" in done.stderr
    told = json.loads(done.stdout)
    assert told["cases"] == CASES
    kinds = {reply["after"] for reply in told["states"]["replies"]}
    assert len(kinds - {"open", "closed"}) >= 2, "it answers one kind of thing only"
