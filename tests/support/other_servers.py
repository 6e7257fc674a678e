"""nginx and lighttpd with a page, on free ports of their own; nginx inside TLS, too."""

import socket
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path

from support.shared import tool
from support.waiting import until
from workbench.serving.certificates import CertificateFolder

PAGE = b"<p>a page, a page, a page</p>\n" * 1000

NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{ }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; types {{ text/html html; }}
  server {{ listen 127.0.0.1:{port} {tls}; root {folder}; {more} }}
}}
"""
NGINX_TLS = "ssl_certificate {certificate}; ssl_certificate_key {key};"

LIGHTTPD = """
server.document-root = "{folder}"
server.port = {port}
server.bind = "127.0.0.1"
mimetype.assign = (".html" => "text/html")
"""


@contextmanager
def nginx(folder: Path, certificates: CertificateFolder | None = None):
    """Its port."""
    words = _words(folder, certificates)
    more = "" if certificates is None else NGINX_TLS.format(**words)
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(**words, tls="ssl http2" if certificates else "", more=more))
    command = [tool("nginx"), "-c", str(config), "-e", str(folder / "error.log"), "-g", "user root;"]
    with _running(command, words["port"]):
        yield words["port"]


@contextmanager
def lighttpd(folder: Path):
    """Its port; without TLS, which Debian packs apart."""
    words = _words(folder, None)
    config = folder / "lighttpd.conf"
    config.write_text(LIGHTTPD.format(**words))
    with _running([tool("lighttpd"), "-D", "-f", str(config)], words["port"]):
        yield words["port"]


def _words(folder: Path, certificates: CertificateFolder | None) -> dict:
    folder.mkdir(exist_ok=True)
    (folder / "page.html").write_bytes(PAGE)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        words = {"folder": folder, "port": free.getsockname()[1]}
    if certificates is not None:
        own = certificates.server_file()
        words |= {"certificate": own, "key": certificates.key_of(own)}
    return words


@contextmanager
def _running(command: list[str], port: int):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: process.poll() is not None or _reachable(port), "the server")
        assert process.poll() is None, "it did not start"
        yield
    finally:
        process.terminate()
        process.wait(20)


def _reachable(port: int) -> bool:
    with closing(socket.socket()) as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
