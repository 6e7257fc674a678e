import pytest

from workbench.api import UsageError
from workbench_quic import PROTOCOL
from workbench_quic.carrier.settings import NAMES, read_client_settings, read_settings
from workbench_quic.versions import V1, V2


def test_defaults():
    settings = read_settings({})
    assert (settings.retry, settings.early) == (False, True)
    assert settings.versions == (V1, V2)


def test_everything_can_be_said():
    settings = read_settings({"retry": "yes", "versions": "v2, v1,v2", "early": "no", "key-update": "10"})
    assert (settings.retry, settings.early) == (True, False)
    assert (settings.versions, settings.key_update) == ((V2, V1), 10)


@pytest.mark.parametrize(
    ("name", "value"),
    [("retry", "perhaps"), ("versions", "v3"), ("versions", ""), ("key-update", "0"), ("key-update", "99999999"), ("speed", "9")],
)
def test_what_cannot_be_is_said(name, value):
    with pytest.raises(UsageError, match=name if name == "speed" else value or name):
        read_settings({name: value})


def test_a_client_knows_versions_only():
    assert read_client_settings({"versions": "v2"}).versions == (V2,)
    with pytest.raises(UsageError, match="retry"):
        read_client_settings({"retry": "yes"})


def test_the_plugin_names_what_the_carrier_knows():
    assert PROTOCOL.carrier is not None
    assert tuple(PROTOCOL.carrier.settings) == NAMES
