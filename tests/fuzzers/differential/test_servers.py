import pytest

from fuzzers.differential.servers import Contender, contenders_of, differential_target, read_contender
from fuzzers.targets.config import TargetConfig
from workbench.api import UsageError


def written(path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_a_file_is_all_of_a_server(tmp_path):
    file = written(
        tmp_path / "nginx.toml",
        """
        command = "nginx -p {dir} -c 'my conf'"
        memory = 1000
        [environment]
        TZ = "UTC"
        [files]
        "my conf" = "listen {port};"
        """,
    )
    assert read_contender(file) == Contender(
        "nginx",
        TargetConfig(
            kind="command",
            command=("nginx", "-p", "{dir}", "-c", "my conf"),
            memory=1000,
            environment={"TZ": "UTC"},
            files={"my conf": "listen {port};"},
        ),
    )


def test_addresses_words_and_names(tmp_path):
    file = written(tmp_path / "a.toml", 'name = "mine"\naddress = "127.0.0.1:99"')
    assert read_contender(file) == Contender("mine", TargetConfig(kind="address", port=99))
    assert read_contender("training") == Contender("training", TargetConfig(kind="training"))


def test_a_comparison_holds_all_that_its_servers_need(tmp_path):
    file = written(tmp_path / "one.toml", 'command = ["serve", "{port}"]\n[files]\n"a" = "b"')
    quirks = tmp_path / "quirks.toml"
    quirks.write_text('[[quirk]]\nreason = "so"')
    target = differential_target([file, "reference"], quirks)
    assert target.quirks == '[[quirk]]\nreason = "so"'
    (tmp_path / "one.toml").unlink()
    again = TargetConfig.from_json(target.as_json())
    first, second = contenders_of(again)
    assert (first.name, first.target.files, second) == ("one", {"a": "b"}, Contender("reference", TargetConfig()))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("command = [", "this is no TOML"),
        ("memory = 5", "either a command or an address"),
        ('command = "a"\naddress = "b:1"', "either a command or an address"),
        ('command = "a \'b"', "cannot be read"),
        ("command = []", "neither a text nor a list"),
        ('command = "a"\nspeed = 5', "nobody knows 'speed'"),
        ('command = "a"\nservers = []', "nobody knows 'servers'"),
        ('command = "a"\nmemory = "5"', "target.memory is a str"),
        ('command = "a"\n[files]\n"../b" = "x"', "not a place inside"),
        ('command = "a"\n[files]\n"/b" = "x"', "not a place inside"),
        ('command = "a"\n[files]\nb = 5', "is not a text"),
        ('address = "b"', "HOST:PORT"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, text: str, complaint: str):
    with pytest.raises(UsageError, match=complaint):
        read_contender(written(tmp_path / "wrong.toml", text))


def test_what_cannot_be_compared(tmp_path):
    with pytest.raises(UsageError, match="one server cannot be compared"):
        differential_target(["reference"])
    with pytest.raises(UsageError, match="two servers are called reference"):
        differential_target(["reference", "reference"])
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        differential_target(["reference", str(tmp_path / "none.toml")])
    quirks = tmp_path / "quirks.toml"
    quirks.write_text("[[quirk]]")
    with pytest.raises(UsageError, match="no reason"):
        differential_target(["reference", "training"], quirks)
    with pytest.raises(UsageError, match="cannot be understood"):
        contenders_of(TargetConfig(kind="differential", servers=({"kind": "reference"},)))
