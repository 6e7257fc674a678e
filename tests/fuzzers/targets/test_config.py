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


def test_descriptions():
    assert TargetConfig(kind="training").described("tiny") == "training server of tiny, in process"
    assert TargetConfig(kind="command", command=("a b", "{port}")).described("tiny") == "'a b' '{port}'"
    assert TargetConfig(kind="address", host="::1", port=5).described("tiny") == "[::1]:5"


def test_a_server_that_is_missing():
    assert required_factory(TINY, "training") is TINY.training
    with pytest.raises(UsageError, match="tiny has no training server"):
        required_factory(replace(TINY, training=None), "training")
