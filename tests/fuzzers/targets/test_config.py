import json
from dataclasses import replace

import pytest

from fuzzers.targets.config import TargetConfig, parse_address, required_factory
from support.tiny import TINY
from workbench.api import UsageError


def test_addresses():
    assert parse_address("127.0.0.1:80") == ("127.0.0.1", 80)
    assert parse_address("[::1]:8080") == ("::1", 8080)
    for wrong in ("localhost", ":80", "a:b", "a:0", "a:70000", ""):
        with pytest.raises(UsageError, match="HOST:PORT"):
            parse_address(wrong)


def test_permission_is_not_stored():
    config = TargetConfig(kind="address", host="10.0.0.1", port=5, allow_host="10.0.0.1", memory=7)
    again = TargetConfig.from_json(config.as_json())
    assert again == replace(config, allow_host="")
    assert TargetConfig.from_json(config.as_json(), "10.0.0.1") == config


def test_files_environment_and_servers_are_stored():
    server = {"name": "one"} | TargetConfig(kind="command", command=("serve",), files={"a.conf": "listen {port}"}).as_json()
    config = TargetConfig(kind="differential", servers=(server,), quirks="[[quirk]]", environment={"TZ": "UTC"})
    again = TargetConfig.from_json(json.loads(json.dumps(config.as_json())))
    assert again == config
    assert TargetConfig.from_json(dict(again.servers[0])).files == {"a.conf": "listen {port}"}
    with pytest.raises(TypeError, match=r"target\.files is a str"):
        TargetConfig.from_json(config.as_json() | {"files": "no"})


def test_a_server_with_a_free_port_can_run_several_times():
    assert TargetConfig(kind="command", command=("serve", "{port}")).many
    assert TargetConfig(kind="command", command=("serve",), files={"a.conf": "listen {port}"}).many
    assert not TargetConfig(kind="command", command=("serve",), port=80).many


def test_descriptions():
    both = TargetConfig(kind="differential", servers=({"name": "a"}, {"name": "b"}))
    assert both.described("tiny") == "a against b"
    assert TargetConfig(kind="training").described("tiny") == "training server of tiny, in process"
    assert TargetConfig(kind="command", command=("a b", "{port}")).described("tiny") == "'a b' '{port}'"
    assert TargetConfig(kind="address", host="::1", port=5).described("tiny") == "[::1]:5"
    assert TargetConfig(kind="address", host="::1", port=5, tls=True).described("tiny") == "[::1]:5, inside TLS"


def test_a_server_that_is_missing():
    assert required_factory(TINY, "training") is TINY.training
    with pytest.raises(UsageError, match="tiny has no training server"):
        required_factory(replace(TINY, training=None), "training")
