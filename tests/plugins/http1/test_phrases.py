"""Names of status codes."""

from workbench_http1.phrases import PHRASES


def test_current_names_under_every_python():
    expected = {200: "OK", 404: "Not Found", 413: "Content Too Large", 422: "Unprocessable Content", 101: "Switching Protocols"}
    assert {code: PHRASES[code] for code in expected} == expected
    assert 299 not in PHRASES
