import dataclasses

import pytest

from support.exported import BROKEN, PING, PONG, toy_source


def test_messages_can_be_asked_for_again(tmp_path):
    with toy_source(tmp_path) as source:
        assert [message.raw for message in source.messages()] == [PING, PONG, BROKEN]
        assert [message.raw for message in source.messages()] == [PING, PONG, BROKEN]
        with pytest.raises(dataclasses.FrozenInstanceError):
            source.secrets = ()


def test_a_filter_selects_packets_and_messages(tmp_path):
    with toy_source(tmp_path, "toy") as source:
        assert len(source.packets) == 3
        assert len(list(source.messages())) == 3
