"""Field trees: names, values and places as Wireshark has them."""

from support.http1 import CLIENT, assert_nested, lines, only, request, response


def values(message):
    found: dict[str, list] = {}
    for _, node in message.root.walk():
        if node.abbrev and node.value is not None:
            found.setdefault(node.abbrev, []).append(node.value)
    return found


def test_request_fields():
    message = request("POST /a/b?c=d HTTP/1.1\nHost: a.test\nUser-Agent: x/1\nContent-Length: 3\nX-Own: y", b"abc")
    assert values(message) == {
        "http.request.method": ["POST"],
        "http.request.uri": ["/a/b?c=d"],
        "http.request.uri.path": ["/a/b"],
        "http.request.uri.query": ["c=d"],
        "http.request.version": ["HTTP/1.1"],
        "http.request.line": ["Host: a.test\r\n", "User-Agent: x/1\r\n", "Content-Length: 3\r\n", "X-Own: y\r\n"],
        "http.host": ["a.test"],
        "http.user_agent": ["x/1"],
        "http.content_length_header": ["3"],
        "http.content_length": [3],
        "http.request.full_uri": ["http://a.test/a/b?c=d"],
        "http.file_data": [b"abc"],
        "http.request": [True],
        "http.request_number": [1],
    }
    assert_nested(message)


def test_response_fields():
    message = response("HTTP/1.1 404 Nothing Here\nContent-Type: text/plain\nContent-Length: 2", b"no")
    found = values(message)
    assert found["http.response.version"] == ["HTTP/1.1"]
    assert found["http.response.code"] == [404]
    assert found["http.response.code.desc"] == ["Not Found"]
    assert found["http.response.phrase"] == ["Nothing Here"]
    assert found["http.response.line"] == ["Content-Type: text/plain\r\n", "Content-Length: 2\r\n"]
    assert message.root.find("http.response.code").text == "Not Found"
    assert_nested(message)


def test_spans_point_at_the_bytes():
    message = only((CLIENT, b"\r\n" + lines("GET /x?y HTTP/1.1\nHost:  a \nA: one\n two")))
    expected = {
        "http.request.method": b"GET",
        "http.request.uri": b"/x?y",
        "http.request.uri.query": b"y",
        "http.host": b"a",
        "http.request.line": b"Host:  a \r\n",
    }
    for abbrev, data in expected.items():
        assert message.bytes_of(message.root.find(abbrev)) == data
    folded = [node for _, node in message.root.walk() if node.abbrev == "http.request.line"][1]
    assert folded.value == "A: one\r\n two\r\n"
    assert folded.children[0].value == "one two"
    assert_nested(message)


def test_chunks_and_trailers():
    body = b"3;x=y\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"
    message = request("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked", body)
    found = values(message)
    assert found["http.chunk_size"] == [3, 0]
    assert found["http.chunk_boundary"] == [b"\r\n"]
    assert found["http.chunked_trailer_part"] == ["X-Sum: 1\r\n"]
    assert found["http.file_data"] == [b"abc"]
    assert message.root.find("http.file_data").view == 1
    assert message.bytes_of(message.root.find("http.chunk_data")) == b"abc"
    assert "Extensions" in {node.name for _, node in message.root.walk()}
    assert_nested(message)


def test_full_uri_of_each_form():
    def full(head: str) -> list[str]:
        return values(request(head)).get("http.request.full_uri", [])

    assert full("GET http://b.test/x HTTP/1.1\nHost: b.test") == ["http://b.test/x"]
    assert full("CONNECT b.test:443 HTTP/1.1\nHost: b.test:443") == ["b.test:443"]
    assert full("OPTIONS * HTTP/1.1\nHost: b.test") == []
    assert full("GET / HTTP/1.0") == []


def test_text_is_never_lost():
    message = request("GET /\xe9\x01 HTTP/1.1\nHost: a")
    assert message.root.find("http.request.uri").value == "/\xe9\x01"
