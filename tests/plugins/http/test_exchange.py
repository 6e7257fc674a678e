"""Short answers."""

from workbench_http.exchange import Response, plain


def test_plain():
    assert plain(404, "no\n", (("a", "b"),)) == Response(
        404, (("content-type", "text/plain; charset=utf-8"), ("a", "b")), (b"no\n",), 3
    )
    assert plain(400) == Response(400, (), (), 0)
