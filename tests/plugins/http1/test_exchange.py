"""Short text answers."""

from workbench_http1.exchange import plain


def test_plain():
    response = plain(404, "nö\n", (("X", "y"),))
    assert (response.status, response.body, response.length) == (404, ("nö\n".encode(),), 4)
    assert response.headers == (("Content-Type", "text/plain; charset=utf-8"), ("X", "y"))


def test_plain_without_text_has_no_type():
    assert plain(204) == type(plain(204))(204, (), (), 0)
