"""Sockets to listen on; what is refused is tested through the server."""

import resource
import socket

import pytest

from workbench.api import TargetError
from workbench.serving.binding import bind, raise_descriptor_limit


def test_a_port_of_one():
    with bind("127.0.0.1") as sock:
        port = sock.getsockname()[1]
        with pytest.raises(TargetError, match="cannot listen"):
            bind("127.0.0.1", port)
        with socket.create_connection(("127.0.0.1", port), 5) as client, sock.accept()[0] as accepted:
            assert accepted.getpeername() == client.getsockname()


def test_a_port_of_several():
    with bind("127.0.0.1", shared=True) as one, bind("127.0.0.1", one.getsockname()[1], shared=True) as other:
        assert one.getsockname() == other.getsockname()


def test_datagrams():
    with bind("127.0.0.1", transport="udp") as sock:
        assert sock.type == socket.SOCK_DGRAM


def test_descriptors_as_many_as_are_allowed(monkeypatch):
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    raise_descriptor_limit(1000)
    raise_descriptor_limit(3000)
    raise_descriptor_limit(10_000)
    assert asked == [(3000, 4096), (4096, 4096)]


def test_a_system_that_says_no_is_obeyed(monkeypatch):
    def refuse(*_):
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (10, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    raise_descriptor_limit(1000)
