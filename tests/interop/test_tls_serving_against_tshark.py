"""The key log of our servers opens what was recorded of them: tshark reads the requests inside TLS."""

import subprocess

import pytest

from captures.tap import Tap, tcp
from captures.tap import running as tapping
from support.certificates import certificates, tls
from support.shared import tool
from workbench.api import Endpoint
from workbench.serving import running
from workbench_http1.server import serve


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_the_key_log_opens_a_recording(tmp_path, version):
    curl, tshark = tool("curl"), tool("tshark")
    folder, keys, path = certificates(tmp_path / "certificates"), tmp_path / "keys.log", tmp_path / "tls.pcapng"
    with (
        running(serve, tls=tls(folder, versions=(version,), alpn=("http/1.1",), keylog=keys)) as server,
        tapping(Tap(tcp(Endpoint("127.0.0.1", 0), server.endpoint), path)) as tap,
    ):
        url = f"https://localhost:{tap.endpoint.port}"
        for target in ("hello.txt", "data.json"):
            subprocess.run(
                [curl, "-sS", "--cacert", folder.authority, f"{url}/{target}"], capture_output=True, check=True, timeout=30
            )
    command = [tshark, "-r", path, "-o", f"tls.keylog_file:{keys}", "-Y", "http", "-T", "fields", "-e", "http.request.uri"]
    command += ["-e", "http.response.code", "-d", f"tcp.port=={server.endpoint.port},tls"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert [line.split() for line in said.splitlines()] == [["/hello.txt"], ["200"], ["/data.json"], ["200"]]
