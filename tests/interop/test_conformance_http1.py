"""The checks of HTTP/1.1 on servers that others wrote: what they fail is known, and each failure was looked at.

A check that fails everybody would be too strict; a new failure here is either that, or news about a server.
"""

import contextlib
import grp
import os
import pwd
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from support.shared import tool
from support.waiting import until
from workbench.conformance import Finished, SocketTarget, Verdict, examine
from workbench_http1.checks import CHECKS

PAGE = "<!doctype html>\n<title>page</title>\n" + "<p>Some text that can be cut and compressed.\n" * 20

NGINX = """
user {user} {group}; daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; gzip on; gzip_types text/html;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; location /status/204 {{ return 204; }} }}
}}
"""
LIGHTTPD = """
server.port = {port}
server.bind = "127.0.0.1"
server.document-root = "{folder}/www"
index-file.names = ("index.html")
mimetype.assign = (".html" => "text/html")
"""
H2O = """
user: {user}
listen: {{port: {port}, host: 127.0.0.1}}
error-log: {folder}/error.log
hosts: {{default: {{paths: {{/: {{file.dir: {folder}/www}}}}}}}}
"""

SERVERS = {
    "nginx": (NGINX, ("-e", "stderr", "-p", "{folder}", "-c", "{config}")),
    "lighttpd": (LIGHTTPD, ("-D", "-f", "{config}")),
    "h2o": (H2O, ("-c", "{config}")),
}

KNOWN = {
    "nginx": {
        "host-with-userinfo": "takes user@host for a host",
        "host-bad-port": "does not look at the port",
        "field-value-white-space": "takes a tab before a value for a part of it",
        "allow-in-405": "sends 405 without Allow",
        "if-match-before-date": "looks at If-Unmodified-Since beside If-Match",
        "range-of-head": "answers HEAD with 206",
    },
    "lighttpd": {
        "target-absolute-over-host": "refuses a whole URI whose host is not that of Host, to be on the safe side",
        "target-too-long": "says 431 to a long request line",
        "host-twice-equal": "forgives equal Host lines",
        "length-empty": "takes an empty Content-Length for none and says 411",
        "upgrade-in-http-1-0": "refuses Upgrade in HTTP/1.0 instead of ignoring it",
        "if-match-other": "knows no If-Match",
        "if-match-weak": "knows no If-Match",
        "if-unmodified-since": "knows no If-Unmodified-Since",
    },
    "h2o": {
        "target-absolute-form": "takes a whole URI for a path",
        "target-absolute-over-host": "takes a whole URI for a path",
        "host-missing": "needs no Host",
        "host-twice": "takes one of several Host lines",
        "host-twice-equal": "takes one of several Host lines",
        "host-with-space": "does not look at Host",
        "host-with-path": "does not look at Host",
        "host-with-userinfo": "does not look at Host",
        "host-list": "does not look at Host",
        "host-bad-port": "does not look at Host",
        "host-nul": "does not look at Host",
        "space-before-first-field": "needs no Host, so that its absence is not seen",
        "fold-hides-no-field": "needs no Host, so that its absence is not seen",
        "bare-cr-is-no-line-end": "needs no Host, so that its absence is not seen",
        "fold-in-length": "drops the folded line",
        "field-value-white-space": "takes a tab for a part of the length",
        "length-twice-different": "takes one of two lengths",
        "both-close": "keeps the connection open behind both lengths",
        "coding-in-value-of-next": "drops the folded line",
        "coding-in-http-1-0": "keeps the connection open behind chunks of HTTP/1.0",
        "expect-in-http-1-0": "sends 100 to HTTP/1.0",
        "interim-in-http-1-0": "sends 100 to HTTP/1.0",
        "if-none-match-any": "compares If-None-Match as text",
        "if-none-match-list": "compares If-None-Match as text",
        "if-none-match-weak": "compares If-None-Match as text",
        "if-match-other": "knows no If-Match",
        "if-match-weak": "knows no If-Match",
        "if-unmodified-since": "knows no If-Unmodified-Since",
        "range-unknown-unit": "says 416 to a unit that it does not know",
        "range-of-head": "answers HEAD with 206",
        "if-range-other": "knows no If-Range",
        "if-range-weak": "knows no If-Range",
    },
}
"""Checks of level MUST that a server may fail, and how it comes."""

FEWEST_PASSED = 120
"""Less than these passed checks would mean that the page was not found or the server not understood."""


def _takes_connections(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@pytest.fixture(params=SERVERS)
def server(request, tmp_path: Path):
    """(name, port) of a server of somebody else, with a page at /."""
    config, words = SERVERS[request.param]
    program = tool(request.param)
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.html").write_text(PAGE, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    path = tmp_path / "config"
    user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    path.write_text(config.format(folder=tmp_path, port=port, user=user, group=group), encoding="utf-8")
    command = [program, *(word.format(folder=tmp_path, config=path) for word in words)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until(lambda: process.poll() is not None or _takes_connections(port), request.param)
        assert process.poll() is None, (tmp_path / "log").read_text(errors="replace")
        yield request.param, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_what_others_fail_is_known(server):
    name, port = server
    *_, last = examine(CHECKS, SocketTarget(host="127.0.0.1", port=port, patience_s=1.0), jobs=4)
    assert isinstance(last, Finished)
    assert {
        result.check.name: result.detail for result in last.results if result.verdict in (Verdict.ERROR, Verdict.NOT_RUN)
    } == {}
    failed = {result.check.name: result.detail for result in last.results if result.breach}
    assert {check: detail for check, detail in failed.items() if check not in KNOWN[name]} == {}
    assert last.totals.passed >= FEWEST_PASSED


def test_no_check_fails_them_all():
    everybody = [set(known) for known in KNOWN.values()]
    assert set.intersection(*everybody) == set()
