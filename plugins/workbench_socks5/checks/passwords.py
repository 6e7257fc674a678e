"""Checks of the username/password sub-negotiation (RFC 1929). They need a user of the proxy."""

from workbench.api import Level
from workbench_socks5.checks.talk import Talk, check, expect, request_to
from workbench_socks5.names import METHODS
from workbench_socks5.seeds import password

__all__ = ["PASSWORDS"]


def _offer(talk: Talk) -> None:
    talk.needs_user()
    answer = talk.select(METHODS["password"])
    expect(answer == b"\5\2", "05 02", answer)


def _status(talk: Talk, user: bytes, secret: bytes, *, version: int = 1, bytewise: bool = False) -> bytes:
    _offer(talk)
    talk.send(password(user, secret, version=version), bytewise=bytewise)
    return talk.read(2)


def _denied(status: bytes) -> bool:
    return len(status) == 2 and status[0] == 1 and status[1] != 0


@check("RFC 1929 2")
def the_right_password(talk: Talk) -> None:
    """The right password gives status X'00'."""
    status = _status(talk, talk.user, talk.secret)
    expect(status == b"\1\0", "01 00", status)


@check("RFC 1929 2")
def a_wrong_password(talk: Talk) -> None:
    """A wrong password gives a status other than X'00'."""
    status = _status(talk, talk.user, talk.secret + b"x")
    expect(_denied(status), "01 and a status other than 00", status)


@check("RFC 1929 2")
def a_wrong_password_ends(talk: Talk) -> None:
    """After a failure the server MUST close the connection."""
    _status(talk, talk.user, talk.secret + b"x")
    expect(talk.closes(), "the end of the connection", "an open one")


@check("RFC 1929 2")
def nothing_is_served_after_a_denial(talk: Talk) -> None:
    """A request behind a wrong password is not served."""
    _offer(talk)
    talk.send(password(talk.user, talk.secret + b"x"), request_to(talk.target()))
    answer = talk.read(4)
    expect(_denied(answer[:2]) and answer[2:4] != b"\5\0", "a denial and no success behind it", answer)


@check("RFC 1929 2")
def an_unknown_user(talk: Talk) -> None:
    """An unknown user is denied."""
    status = _status(talk, b"nobody-of-that-name", talk.secret)
    expect(_denied(status), "01 and a status other than 00", status)


@check("RFC 1929 2")
def a_name_is_compared_whole(talk: Talk) -> None:
    """Another user's name with the right password is denied."""
    status = _status(talk, talk.user + b"x", talk.secret)
    expect(_denied(status), "01 and a status other than 00", status)


@check("RFC 1929 2")
def a_password_is_compared_whole(talk: Talk) -> None:
    """The beginning of a password is not the password."""
    status = _status(talk, talk.user, talk.secret[:-1] or b"x")
    expect(_denied(status), "01 and a status other than 00", status)


@check("RFC 1929 2", Level.SHOULD)
def a_password_has_cases(talk: Talk) -> None:
    """Upper and lower case differ in a password."""
    talk.needs_user()
    status = _status(talk, talk.user, talk.secret.swapcase() if talk.secret.swapcase() != talk.secret else b"X")
    expect(_denied(status), "01 and a status other than 00", status)


@check("RFC 1929 2")
def an_empty_password(talk: Talk) -> None:
    """An empty password (PLEN 0) is never right."""
    status = _status(talk, talk.user, b"")
    expect(_denied(status) or not status, "a denial, or the end", status)


@check("RFC 1929 2")
def an_empty_name(talk: Talk) -> None:
    """An empty name (ULEN 0) is never right."""
    status = _status(talk, b"", talk.secret)
    expect(_denied(status) or not status, "a denial, or the end", status)


@check("RFC 1929 2")
def the_longest_name_and_password(talk: Talk) -> None:
    """Names and passwords may have 255 bytes."""
    status = _status(talk, b"u" * 255, b"p" * 255)
    expect(_denied(status), "01 and a status other than 00", status)


@check("RFC 1929 2")
def another_version_gives_no_access(talk: Talk) -> None:
    """A sub-negotiation of another version than X'01' gives no access."""
    status = _status(talk, talk.user, talk.secret, version=2)
    expect(_denied(status) or not status, "a denial, or the end", status)


@check("RFC 1929 2")
def password_byte_by_byte(talk: Talk) -> None:
    """A sub-negotiation that comes byte by byte is the same one."""
    status = _status(talk, talk.user, talk.secret, bytewise=True)
    expect(status == b"\1\0", "01 00", status)


@check("RFC 1928 3")
def a_password_cannot_be_left_out(talk: Talk) -> None:
    """A client that offers no password is not let in where one is needed."""
    talk.needs_user()
    answer = talk.select(METHODS["none"])
    expect(answer == b"\5\xff", "05 ff", answer)


@check("RFC 1928 3")
def a_request_cannot_replace_the_password(talk: Talk) -> None:
    """A request in the place of the sub-negotiation is not served."""
    _offer(talk)
    talk.send(request_to(talk.target()))
    answer = talk.read(2)
    expect(answer[:2] != b"\5\0" and answer[:2] != b"\1\0", "no success", answer)


PASSWORDS = (
    the_right_password,
    a_wrong_password,
    a_wrong_password_ends,
    nothing_is_served_after_a_denial,
    an_unknown_user,
    a_name_is_compared_whole,
    a_password_is_compared_whole,
    a_password_has_cases,
    an_empty_password,
    an_empty_name,
    the_longest_name_and_password,
    another_version_gives_no_access,
    password_byte_by_byte,
    a_password_cannot_be_left_out,
    a_request_cannot_replace_the_password,
)
