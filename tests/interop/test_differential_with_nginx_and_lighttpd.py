"""Two servers of strangers, each described by one file, and what they disagree about."""

import json

import pytest

from support.commands import workbench
from support.shared import tool

NGINX = '''
command = "nginx -p {dir} -c nginx.conf -e error.log"

[files]
"hello.txt" = "hello"
"nginx.conf" = """
user root; daemon off; master_process off; pid pid; error_log error.log;
events { }
http {
  access_log off; default_type text/plain;
  client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  server { listen 127.0.0.1:{port}; root .; }
}
"""
'''
LIGHTTPD = '''
command = "lighttpd -D -f lighttpd.conf"

[files]
"hello.txt" = "hello"
"lighttpd.conf" = """
server.document-root = "{dir}"
server.port = {port}
server.bind = "127.0.0.1"
mimetype.assign = (".txt" => "text/plain")
"""
'''


@pytest.fixture
def servers(tmp_path):
    for name, text in (("nginx", NGINX), ("lighttpd", LIGHTTPD)):
        tool(name)
        (tmp_path / f"{name}.toml").write_text(text)
    return [str(tmp_path / "nginx.toml"), str(tmp_path / "lighttpd.toml")]


@pytest.mark.timeout(300)
def test_they_disagree_and_that_may_be_excused(servers, tmp_path):
    words = ["fuzz", "http1", "--differential", *servers, "--jobs", 1, "--json"]
    done = workbench(*words, "--stop-after", 2, "--seconds", 200, "-o", tmp_path / "campaign")
    assert done.code == 1, done.err
    for finding in json.loads(done.out)["findings"]:
        assert (finding["oracle"], finding["confirmed"]) == ("differential", True)
        assert "nginx: " in finding["summary"]
        assert "lighttpd: " in finding["summary"]
    quirks = tmp_path / "quirks.toml"
    quirks.write_text('[[quirk]]\nreason = "two servers, two opinions"\nsaid = { nginx = "*", lighttpd = "*" }\n')
    done = workbench(*words, "--quirks", quirks, "--cases", 40, "-o", tmp_path / "excused")
    assert json.loads(done.out)["findings"] == [], done.err
