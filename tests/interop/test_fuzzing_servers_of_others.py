"""Small campaigns against servers of others, over each transport: they end, and object to nothing that is right."""

import shutil
from pathlib import Path

import pytest

from fuzzers import Campaign, CampaignConfig, Ended, TargetConfig
from support.certificates import certificates
from workbench_dns import PROTOCOL as DNS
from workbench_http1 import PROTOCOL as HTTP1
from workbench_http2 import PROTOCOL as HTTP2
from workbench_http3 import PROTOCOL as HTTP3
from workbench_quic import PROTOCOL as QUIC

CASES = 120

NGINX = """\
daemon off; master_process off; pid {dir}/pid; error_log stderr;
events {}
http {
    access_log off; client_body_temp_path {dir}/1; proxy_temp_path {dir}/2; fastcgi_temp_path {dir}/3; uwsgi_temp_path {dir}/4;
    scgi_temp_path {dir}/5;
    server { listen 127.0.0.1:{port} ssl; ssl_certificate CERTIFICATE; ssl_certificate_key KEY; root {dir}; }
}
"""
DNSMASQ = (
    "dnsmasq -k -p {port} -C /dev/null --no-resolv --no-hosts --listen-address=127.0.0.1 --bind-interfaces --pid-file= "
    "--user=root --address=/workbench.test/127.0.0.9"
)


@pytest.fixture
def pair(tmp_path) -> tuple[str, str]:
    """Files of a key and its certificate."""
    folder = certificates(tmp_path / "certificates").path
    return str(folder / "localhost-key.pem"), str(folder / "localhost.pem")


def campaign(tmp_path: Path, spec, command: str, cases: int = CASES, **more) -> Ended:
    words = command.split()
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    target = TargetConfig(kind="command", command=tuple(words), executor="live", coverage="off", **more)
    settings = CampaignConfig(protocol=spec.name, directory=tmp_path / "campaign", target=target, cases=cases, jobs=1)
    *_, ended = Campaign(spec, settings, around=[QUIC]).run()
    assert isinstance(ended, Ended)
    assert ended.stats.cases == cases
    assert ended.stats.transitions > 2, "it must have said something"
    return ended


def summaries(ended: Ended) -> list[str]:
    return [finding.summary for finding in ended.findings]


def test_http2_inside_tls(tmp_path, pair):
    assert summaries(campaign(tmp_path, HTTP2, f"nghttpd -d {tmp_path} {{port}} {' '.join(pair)}", tls=True)) == []


def test_http1_inside_tls(tmp_path, pair):
    conf = NGINX.replace("CERTIFICATE", pair[1]).replace("KEY", pair[0])
    ended = campaign(tmp_path, HTTP1, "nginx -p {dir} -c {dir}/nginx.conf", tls=True, files={"nginx.conf": conf})
    assert summaries(ended) == []


def test_dns_over_datagrams(tmp_path):
    assert summaries(campaign(tmp_path, DNS, DNSMASQ)) == []


def test_http3_over_quic(tmp_path, pair):
    """ngtcp2's own server aborts by itself on some requests, which is a finding and no mistake."""
    ended = campaign(tmp_path, HTTP3, f"gtlsserver 127.0.0.1 {{port}} {' '.join(pair)} -d {tmp_path} -q", CASES // 2)
    assert set(summaries(ended)) <= {"SIGABRT"}
