"""What a file says about itself."""

import datetime as dt

import pytest

from support.certificates import certificates
from workbench.api import UsageError
from workbench.serving.certificates.reading import names_in, read_certificate


def test_kinds_names_and_keys(tmp_path):
    folder = certificates(tmp_path)
    assert read_certificate(folder.authority).kind == "authority"
    server = read_certificate(tmp_path / "app.test.pem")
    assert (server.kind, server.names, server.key_kind) == ("server", ("app.test", "*.wild.test"), "rsa")
    client = read_certificate(tmp_path / "client-alice.pem")
    assert (client.kind, client.names, client.key_kind) == ("client", ("alice",), "ec")
    assert names_in(tmp_path / "localhost.pem") == ("localhost", "127.0.0.1", "::1")


def test_days_left(tmp_path):
    certificates(tmp_path)
    found = read_certificate(tmp_path / "localhost.pem")
    assert found.days_left(found.expires - dt.timedelta(days=3, hours=1)) == 3
    assert found.days_left(found.expires + dt.timedelta(hours=1)) == -1


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate(tmp_path, content):
    file = tmp_path / "x.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match="no certificate in PEM"):
        read_certificate(file)
