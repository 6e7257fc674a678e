"""The folder: what lies where, who may read it, and what is never overwritten."""

import datetime as dt
from pathlib import Path

import pytest

from workbench.api import UsageError
from workbench.serving.certificates import CertificateFolder, default_folder
from workbench.serving.certificates.reading import read_certificate

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def test_where_it_lies():
    assert default_folder({"WORKBENCH_CERTIFICATES": "/x"}) == Path("/x")
    assert default_folder({"XDG_STATE_HOME": "/s"}) == Path("/s/workbench/certificates")
    assert default_folder({"HOME": "/h"}) == Path("/h/.local/state/workbench/certificates")


def test_the_first_server_brings_its_authority(tmp_path):
    folder = CertificateFolder(tmp_path / "deep" / "certs", NOW)
    file = folder.ensure_server()
    assert file.name == "localhost.pem"
    assert [entry.kind for entry in folder.certificates()] == ["authority", "server"]
    before = file.read_bytes()
    assert folder.ensure_server().read_bytes() == before


def test_the_servers_among_the_files(tmp_path):
    folder = CertificateFolder(tmp_path, NOW)
    folder.ensure_server()
    folder.make_server(["app.test"])
    folder.make_client("alice")
    (tmp_path / "notes.pem").write_text("no key beside it")
    assert [file.name for file in folder.server_files()] == ["localhost.pem", "app.test.pem"]


def test_private_files_are_private(tmp_path):
    folder = CertificateFolder(tmp_path / "certs", NOW)
    folder.make_authority()
    keys = [folder.key_of(file) for file in (folder.authority, folder.make_server(), folder.make_client("alice"))]
    assert [key.stat().st_mode & 0o777 for key in keys] == [0o600] * 3
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert not list(folder.path.glob("*.new"))


def test_an_authority_is_replaced_on_demand_only(tmp_path):
    folder = CertificateFolder(tmp_path, NOW)
    folder.make_authority()
    before = folder.key_of(folder.authority).read_bytes()
    with pytest.raises(UsageError, match=r"an authority already.*--force"):
        folder.make_authority()
    folder.authority.unlink()  # its key alone is worth keeping, too
    with pytest.raises(UsageError, match="an authority already"):
        folder.make_authority()
    assert folder.key_of(folder.authority).read_bytes() == before
    folder.make_authority(force=True)
    assert folder.key_of(folder.authority).read_bytes() != before


def test_nothing_is_signed_without_authority(tmp_path):
    with pytest.raises(UsageError, match=r"no authority.*certs init"):
        CertificateFolder(tmp_path, NOW).make_client("alice")


def test_renewing_keeps_names_and_kind_of_key(tmp_path):
    folder = CertificateFolder(tmp_path, NOW)
    folder.make_authority()
    server, client = folder.make_server(["app.test"], "rsa"), folder.make_client("alice")
    old = read_certificate(server)
    later = CertificateFolder(tmp_path, NOW + dt.timedelta(days=380))
    assert later.renew(within_days=10) == []
    assert sorted(later.renew(within_days=30)) == sorted([server, client])
    new = read_certificate(server)
    assert (new.names, new.key_kind) == (old.names, "rsa")
    assert new.expires > old.expires
    assert read_certificate(folder.authority).expires == NOW + dt.timedelta(days=3650)


def test_other_files_are_left_alone(tmp_path):
    folder = CertificateFolder(tmp_path, NOW)
    folder.ensure_server()
    (tmp_path / "notes.pem").write_text("no certificate")
    assert len(folder.certificates()) == 2
    assert folder.renew() == [folder.server_file()]
    assert (tmp_path / "notes.pem").read_text() == "no certificate"


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "ca", "x-key", "-x", "a\nb"])
def test_names_stay_in_the_folder(tmp_path, name):
    folder = CertificateFolder(tmp_path, NOW)
    folder.make_authority()
    with pytest.raises(UsageError, match="no name for a certificate"):
        folder.make_server([name])


def test_a_wildcard_is_a_name_but_no_file_name(tmp_path):
    folder = CertificateFolder(tmp_path, NOW)
    folder.make_authority()
    assert folder.make_server(["*.app.test"]).name == "_.app.test.pem"
