"""Secrets by session, from key logs that grow."""

from hypothesis import given
from hypothesis import strategies as st

from dissectors.secrets import SecretStore

RANDOM = bytes(range(32))
SECRET = bytes(range(100, 132))


def line(label: str = "CLIENT_RANDOM", random: bytes = RANDOM, secret: bytes = SECRET) -> bytes:
    return f"{label} {random.hex()} {secret.hex().upper()}".encode()


def test_a_secret_is_found_by_label_and_random():
    store = SecretStore(lambda: [b"# comment\n" + line() + b"\r\n" + line("SERVER_TRAFFIC_SECRET_0", secret=b"\1" * 48)])
    assert store.find("CLIENT_RANDOM", RANDOM) == SECRET
    assert store.find("SERVER_TRAFFIC_SECRET_0", RANDOM) == b"\1" * 48
    assert store.find("CLIENT_RANDOM", bytes(32)) is None
    assert len(store) == 2


def test_logs_that_grow_and_logs_that_appear():
    texts = [b"# nothing yet"]
    store = SecretStore(lambda: texts)
    assert store.find("CLIENT_RANDOM", RANDOM) is None
    texts[0] += b"\n" + line()[:-10]
    assert store.find("CLIENT_RANDOM", RANDOM) is None, "half a line is no secret"
    texts[0] += line()[-10:]
    assert store.find("CLIENT_RANDOM", RANDOM) == SECRET, "the last line may lack its end"
    texts.append(line("EXPORTER_SECRET") + b"\n")
    assert store.find("EXPORTER_SECRET", RANDOM) == SECRET
    assert not store.refresh()


@given(st.integers(0, 300), st.lists(st.integers(0, 300), max_size=5))
def test_however_a_log_grows_its_secrets_are_learnt_right(first: int, cuts: list[int]):
    whole = b"\n".join((line(), b"junk \xff", line("A", b"\2" * 32, b"\3" * 32), line("B", b"\4" * 32, b"\5" * 48), b""))
    now = [whole[:first]]
    store = SecretStore(lambda: now)
    for end in [*sorted(cuts), len(whole)]:
        now[0] = whole[: max(end, len(now[0]))]
        found = store.find("A", b"\2" * 32)
        assert found in (None, b"\3" * 32)
        store.find("nothing", b"")
    assert (store.find("CLIENT_RANDOM", RANDOM), store.find("B", b"\4" * 32), len(store)) == (SECRET, b"\5" * 48, 3)


def test_lines_that_are_none():
    odd = b"CLIENT_RANDOM abc def\nlower 00 11\nONLY 00\n" + b"X" * 10_000
    assert SecretStore(lambda: [odd]).find("CLIENT_RANDOM", b"\xab") is None


def test_it_is_known_whether_secrets_were_of_use():
    store = SecretStore(lambda: [b"CLIENT_RANDOM 00 11\n"])
    assert (store.missed, store.used) == (0, False)
    assert store.find("CLIENT_RANDOM", b"\x05") is None
    assert (store.missed, store.used) == (1, False)
    assert store.find("CLIENT_RANDOM", b"\0") == b"\x11"
    assert (store.missed, store.used) == (1, True)
