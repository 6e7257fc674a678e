import pytest

from workbench.api import ServerOptions, UsageError
from workbench_socks5.settings import read_settings


def read(**settings):
    return read_settings(ServerOptions(settings={name.replace("_", "-"): value for name, value in settings.items()}))


def test_defaults():
    settings = read()
    assert settings.users == {}
    assert settings.commands == {"connect", "bind", "associate"}
    assert not settings.socks4
    assert settings.idle_ns == ServerOptions().idle_ns
    assert not settings.rules.permit("192.0.2.1", "", 80)


def test_users(tmp_path):
    assert read(users="alice:s3:cret, bob:pw").users == {b"alice": b"s3:cret", b"bob": b"pw"}
    (tmp_path / "users").write_text("carol:x\n\ndave:y\n")
    assert read(users_file=str(tmp_path / "users")).users == {b"carol": b"x", b"dave": b"y"}


def test_numbers_and_commands():
    settings = read(handshake="0.5", dial="2", bind="3", idle="4", buffer="1000", commands="connect", socks4="yes", allow="*")
    assert (settings.handshake_ns, settings.dial_ns, settings.bind_ns, settings.idle_ns) == (
        500_000_000,
        2 * 10**9,
        3 * 10**9,
        4 * 10**9,
    )
    assert (settings.buffer, settings.commands, settings.socks4) == (1000, {"connect"}, True)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"user": "a:b"}, "no setting"),
        ({"users": "alice"}, "NAME:PASSWORD"),
        ({"users": "alice:"}, "NAME:PASSWORD"),
        ({"users": "a" * 256 + ":x"}, "NAME:PASSWORD"),
        ({"users_file": "/nonexistent/users"}, "cannot be read"),
        ({"socks4": "maybe"}, "neither yes nor no"),
        ({"socks4": "yes", "users": "a:b"}, "no passwords"),
        ({"commands": "connect,fly"}, "fly is no command"),
        ({"dial": "soon"}, "no number"),
        ({"idle": "-1"}, "no number"),
        ({"buffer": "0"}, "no number"),
        ({"handshake": "inf"}, "no number"),
        ({"allow": "1.2.3"}, "cannot be read"),
    ],
)
def test_what_cannot_be(settings, says):
    with pytest.raises(UsageError, match=says):
        read(**settings)


def test_a_password_is_in_no_message():
    with pytest.raises(UsageError) as error:
        read(users="alice:good," + "s3cret-without-colon")
    assert "s3cret" not in str(error.value)
