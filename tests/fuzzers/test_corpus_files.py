from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzers.corpus_files import LARGEST, Session, cut, parse_replay, replay_bytes, sessions_in, write_sessions
from fuzzers.pool import Grown
from fuzzers.store import Store
from support.tiny import SEEDS, TINY, packet
from workbench.api import UsageError

TALK = (packet(1, "echo", text=b"hello"), packet(2, "sum", (1, 2)), packet(3, "bye"))


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6))
def test_replay_files_keep_the_borders(messages):
    assert parse_replay(replay_bytes(messages)) == tuple(messages)


@given(st.binary(max_size=40))
def test_any_bytes_are_a_replay_file_or_not(data):
    messages = parse_replay(data)
    assert messages is None or b"".join(messages) == b"".join(parse_replay(replay_bytes(messages)) or ())


@given(st.lists(st.sampled_from(TALK), min_size=1, max_size=5), st.binary(max_size=5))
def test_the_protocol_finds_the_borders_again(messages, junk):
    assert cut(TINY, b"".join(messages)) == tuple(messages)
    assert b"".join(cut(TINY, b"".join(messages) + junk)) == b"".join(messages) + junk


def test_aflnets_layout_byte_by_byte():
    assert replay_bytes((b"AB", b"C")) == b"\x02\0\0\0AB\x01\0\0\0C"


@pytest.mark.parametrize("form", ["raw", "replay"])
def test_there_and_back(tmp_path, form):
    sessions = [Session("a/b \x1b: c", TALK), Session("", SEEDS[0].messages)]
    files = write_sessions(sessions, tmp_path / "out", form)
    assert [file.name for file in files] == [f"000000-a-b-c.{form}", f"000001-.{form}"]
    assert [session.messages for session in sessions_in(TINY, tmp_path / "out")] == [TALK, SEEDS[0].messages]
    with pytest.raises(UsageError, match="not empty"):
        write_sessions(sessions, tmp_path / "out", form)


def test_the_output_folder_of_another_fuzzer(tmp_path):
    """AFLNet keeps both kinds; the one with borders is taken. AFL++ has its queue one folder deeper, and a file of its state in it."""
    for below in ("aflnet/queue", "aflnet/replayable-queue", "afl/default/queue/.state"):
        (tmp_path / below).mkdir(parents=True)
    (tmp_path / "aflnet/queue/id:000000,orig:x").write_bytes(b"".join(TALK))
    (tmp_path / "aflnet/replayable-queue/id:000000,orig:x").write_bytes(replay_bytes((TALK[0] + TALK[1], TALK[2])))
    (tmp_path / "afl/default/queue/id:000000,orig:x").write_bytes(b"".join(TALK))
    (tmp_path / "afl/default/queue/README.txt").write_bytes(b"read me")
    (session,) = sessions_in(TINY, tmp_path / "aflnet")
    assert session.messages == (TALK[0] + TALK[1], TALK[2])
    (session,) = sessions_in(TINY, tmp_path / "afl")
    assert (session.name, session.messages) == ("id:000000,orig:x", TALK)


def test_another_campaign(tmp_path):
    with closing(Store.create(tmp_path, {}, SEEDS)) as store:
        store.add_grown(Grown(TALK, 900, "words", 0.5, 0, (7, 8)))
        store.add_seen(1, (5,))
    sessions = list(sessions_in(TINY, tmp_path))
    assert [(session.name, session.features) for session in sessions] == [
        ("talk", ()),
        ("short", (5,)),
        ("case 900 words", (7, 8)),
    ]
    assert sessions[2].messages == TALK


def test_what_is_no_corpus(tmp_path):
    with pytest.raises(UsageError, match="no corpus here"):
        list(sessions_in(TINY, tmp_path / "nowhere"))
    (tmp_path / "x.replay").write_bytes(b"\xff\0\0\0a")
    with pytest.raises(UsageError, match="lengths do not add up"):
        list(sessions_in(TINY, tmp_path / "x.replay"))
    (tmp_path / "large").write_bytes(bytes(LARGEST + 1))
    with pytest.raises(UsageError, match="larger than"):
        list(sessions_in(TINY, tmp_path / "large"))
