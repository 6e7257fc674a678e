import pytest

from support.commands import workbench


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("nobody",), "there is no protocol named 'nobody'"),
        (("http1", "--port", "70000"), "there is no port 70000"),
        (("http1", "--host", "0.0.0.0"), "can be reached from elsewhere"),
        (("streambus", "--training", "--allow-remote"), "full of holes"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(words, expected):
    done = workbench("serve", *words)
    assert done.code == 2
    assert done.out == ""
    assert expected in done.err
    assert done.err.count("\n") == 1


def test_a_protocol_without_server(tmp_path):
    workbench("plugins", "new", "mine", "-o", tmp_path / "mine.py")
    done = workbench("--plugin", tmp_path / "mine.py", "serve", "mine", "--training")
    assert done.code == 2
    assert "no training server" in done.err
