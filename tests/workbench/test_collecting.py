import hashlib
import json
from random import Random

import pytest

from dissectors.filters import parse_filter
from support.http_pairs import request, response
from support.pcap import tcp_frames, write_pcap
from workbench.analysis.objects import HttpObject
from workbench.api import MAX_FRAME, Direction, UsageError
from workbench.collecting import MANIFEST, ObjectFolder, collect
from workbench.registry import load
from workbench.session import Session

EVIL = "/../../%2e%2e/etc/passwd"


def an_object(uri=EVIL, data=b"body"):
    return HttpObject(
        protocol="http1",
        stream=0,
        packet=5,
        request_packet=4,
        direction=Direction.TO_CLIENT,
        uri=uri,
        host="h",
        content_type="text/plain",
        status=200,
        data=data,
    )


def test_objects_of_a_filter(tmp_path):
    turns = [request("/a"), response(b"one"), request("/b"), response(b"two")]
    with Session.open(write_pcap(tmp_path / "x.pcap", tcp_frames(turns)), load()) as session:
        session.grow()
        assert [found.data for found in collect(session)] == [b"one", b"two"]
        for line in ('http.request.uri == "/b"', "http.response_number == 2"):
            only = parse_filter(line, session.registry.specs)
            assert [found.data for found in collect(session, only)] == [b"two"]


def test_a_body_that_its_message_does_not_keep_is_read_from_the_stream(tmp_path):
    body = Random(5).randbytes(MAX_FRAME + 70_000)
    turns = [request("/small"), response(b"one"), request("/large"), response(body), request("/last"), response(b"two")]
    path = write_pcap(tmp_path / "x.pcap", tcp_frames(turns))
    with Session.open(path, load()) as session:
        session.grow()
        found = list(collect(session))
    assert [(each.uri, len(each.data), each.whole) for each in found] == [
        ("/small", 3, True),
        ("/large", len(body), True),
        ("/last", 3, True),
    ]
    assert found[1].data == body


def test_a_folder_holds_harmless_names_and_a_manifest(tmp_path):
    folder = ObjectFolder(tmp_path / "new" / "out", 1000)
    told = [folder.add(an_object()), folder.add(an_object()), folder.add(an_object("/index.json", b"{}"))]
    folder.finish("x.pcap")
    assert sorted(path.name for path in folder.path.iterdir()) == sorted([MANIFEST, *(each.file for each in told)])
    assert [each.file for each in told] == ["passwd.txt", "passwd-2.txt", "index-2.json"]
    manifest = json.loads((folder.path / MANIFEST).read_text())
    assert manifest["capture"] == "x.pcap"
    first = manifest["objects"][0]
    assert (first["sha256"], first["uri"], first["bytes"]) == (hashlib.sha256(b"body").hexdigest(), EVIL, 4)
    assert (folder.path / "passwd.txt").stat().st_mode & 0o777 == 0o600


def test_the_limit_is_kept_and_told(tmp_path):
    folder = ObjectFolder(tmp_path / "out", 5)
    assert folder.add(an_object()).file
    left = folder.add(an_object())
    assert (left.file, bool(left.left_out)) == ("", True)
    assert folder.add(an_object(data=b"x")).file


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(UsageError, match="no folder"):
        ObjectFolder(tmp_path / "mine", 10)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        ObjectFolder(tmp_path, 1000)


def test_a_link_laid_in_the_way_is_not_followed(tmp_path):
    folder = ObjectFolder(tmp_path / "out", 1000)
    (folder.path / "passwd.txt").symlink_to(tmp_path / "target")
    with pytest.raises(FileExistsError):
        folder.add(an_object())
    assert not (tmp_path / "target").exists()
