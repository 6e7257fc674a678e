"""openssl s_client against our TLS servers: versions, names, ALPN, resumption, client certificates, rotation, the end."""

import subprocess

import pytest

from support.certificates import certificates, tls
from support.shared import tool
from support.waiting import until
from workbench.serving import Disconnected, Insecure, Renewed, Secured, running
from workbench_http1.server import serve

REQUEST = b"GET /hello.txt HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
HELLO = "Hello from the workbench."


@pytest.fixture
def folder(tmp_path):
    return certificates(tmp_path / "certificates")


def client(server, folder, *words, name="localhost") -> str:
    """What s_client prints; it verifies the certificate for `name` (not for the address) and asks for /hello.txt."""
    command = [tool("openssl"), "s_client", "-connect", str(server.endpoint), "-CAfile", folder.authority]
    command += ["-servername", name, "-verify_hostname", name, "-ign_eof", *words]
    done = subprocess.run(command, input=REQUEST, capture_output=True, timeout=30)
    return (done.stdout + done.stderr).decode("latin-1")


@pytest.mark.parametrize(("word", "version"), [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
def test_both_versions(folder, word, version):
    told = []
    with running(serve, tls=tls(folder, alpn=("http/1.1",)), listen=told.append) as server:
        said = client(server, folder, word, "-alpn", "h2,http/1.1")
    assert HELLO in said
    assert "Verification: OK" in said
    assert "ALPN protocol: http/1.1" in said
    [secured] = [event for event in told if isinstance(event, Secured)]
    assert (secured.version, secured.alpn, secured.server_name) == (version, "http/1.1", "localhost")


@pytest.mark.parametrize("word", ["-tls1", "-tls1_1"])
def test_old_versions_are_refused(folder, word):
    told = []
    with running(serve, tls=tls(folder), listen=told.append) as server:
        said = client(server, folder, word, "-cipher", "ALL@SECLEVEL=0")
        until(lambda: any(isinstance(event, Disconnected) for event in told))
    assert HELLO not in said
    assert [event.reason for event in told if isinstance(event, Insecure)] == ["unsupported protocol"]


@pytest.mark.parametrize(("only", "asked"), [("1.2", "-tls1_3"), ("1.3", "-tls1_2")])
def test_versions_can_be_left_out(folder, only, asked):
    with running(serve, tls=tls(folder, versions=(only,))) as server:
        assert HELLO not in client(server, folder, asked)
        assert HELLO in client(server, folder)


@pytest.mark.parametrize("word", ["-tls1_2", "-tls1_3"])
def test_sessions_are_resumed(folder, tmp_path, word):
    told = []
    with running(serve, tls=tls(folder), listen=told.append) as server:
        first = client(server, folder, word, "-sess_out", tmp_path / "session")
        again = client(server, folder, word, "-sess_in", tmp_path / "session")
    assert "New, TLSv1." in first
    assert "Reused, TLSv1." in again
    assert HELLO in again
    assert [event.resumed for event in told if isinstance(event, Secured)] == [False, True]


def test_reconnecting_over_and_over(folder):
    with running(serve, tls=tls(folder)) as server:
        said = client(server, folder, "-tls1_2", "-reconnect")
    assert said.count("Reused, TLSv1.2") == 5


def test_the_name_chooses_the_certificate(folder):
    with running(serve, tls=tls(folder, "localhost", "app.test")) as server:
        for name, subject in (("localhost", "localhost"), ("app.test", "app.test"), ("any.wild.test", "app.test")):
            said = client(server, folder, name=name)
            assert f"subject=CN = {subject}\n" in said
            assert "Verification: OK" in said


@pytest.mark.parametrize("word", ["-tls1_2", "-tls1_3"])
def test_clients_with_a_certificate_are_let_in(folder, word):
    told = []
    words = ("-cert", folder.path / "client-alice.pem", "-key", folder.path / "client-alice-key.pem", word)
    with running(serve, tls=tls(folder, client_authority=folder.authority), listen=told.append) as server:
        assert HELLO in client(server, folder, *words)
    assert [event.client for event in told if isinstance(event, Secured)] == ["alice"]


@pytest.mark.parametrize("word", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize(("name", "alert"), [("", "certificate required|handshake failure"), ("client-stranger", "unknown ca")])
def test_others_are_not(folder, word, name, alert):
    told = []
    words = ("-cert", folder.path / f"{name}.pem", "-key", folder.path / f"{name}-key.pem") if name else ()
    with running(serve, tls=tls(folder, client_authority=folder.authority), listen=told.append) as server:
        said = client(server, folder, *words, word)
        until(lambda: any(isinstance(event, Disconnected) for event in told))
    assert HELLO not in said
    assert any(text in said for text in alert.split("|")), said
    assert [type(event) for event in told if isinstance(event, Secured | Insecure)] == [Insecure]


def test_renegotiation_is_off(folder):
    with running(serve, tls=tls(folder)) as server:
        command = [tool("openssl"), "s_client", "-connect", str(server.endpoint), "-tls1_2", "-CAfile", folder.authority]
        done = subprocess.run(command, input=b"R\n", capture_output=True, timeout=30)
    assert b"RENEGOTIATING" in done.stdout + done.stderr
    assert b"no renegotiation" in done.stderr


def test_a_new_certificate_without_a_restart(folder):
    told = []
    with running(serve, tls=tls(folder), listen=told.append) as server:
        before = client(server, folder)
        folder.renew()
        until(lambda: any(isinstance(event, Renewed) for event in told), "the server looks at its files")
        after = client(server, folder)
    assert HELLO in before
    assert HELLO in after
    assert "Verification: OK" in after
    assert before.split("-----BEGIN CERTIFICATE-----")[1] != after.split("-----BEGIN CERTIFICATE-----")[1]


@pytest.mark.parametrize("word", ["-tls1_2", "-tls1_3"])
def test_the_end_is_said(folder, word):
    with running(serve, tls=tls(folder)) as server:
        said = client(server, folder, word)
    assert "unexpected eof" not in said
    assert "\nclosed\n" in said
