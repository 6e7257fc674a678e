"""The access log is data: one entry per answered request, refused ones included."""

from support.http1 import answers, lines
from workbench.api import ServerOptions
from workbench_http1.access import LOG_LENGTH, AccessEntry
from workbench_http1.server import serve


def test_entries():
    service = serve(ServerOptions())
    connection = service()
    connection.wakeup(1_000)
    answers(connection, lines("GET /hello.txt HTTP/1.1\nHost: h") + lines("HEAD /bytes/9 HTTP/1.1\nHost: h"))
    connection.wakeup(5_000)
    answers(connection, b"nonsense\r\n\r\n")
    assert list(service.log) == [
        AccessEntry(1_000, 0, 1, "GET", "/hello.txt", "1.1", 200, 26),
        AccessEntry(1_000, 0, 1, "HEAD", "/bytes/9", "1.1", 200, 0),
        AccessEntry(5_000, 0, 1, "", "", "", 400, 0, service.log[-1].remark),
    ]
    assert "illegal request line" in service.log[-1].remark


def test_time_of_an_upload():
    service = serve(ServerOptions())
    connection = service()
    connection.wakeup(0)
    connection.receive(lines("PUT /store/x HTTP/1.1\nHost: h\nContent-Length: 2"))
    connection.wakeup(7_000)
    connection.receive(b"ab")
    assert (service.log[0].began_ns, service.log[0].duration_ns, service.log[0].status) == (0, 7_000, 201)


def test_the_log_is_bounded():
    service = serve(ServerOptions())
    assert service.log.maxlen == LOG_LENGTH
