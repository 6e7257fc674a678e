import pytest

from workbench.api import UsageError
from workbench_websocket.settings import Settings, settings_of


def test_what_may_be_set():
    assert settings_of({}) == Settings(True, 12)
    assert settings_of({"deflate": "off", "window": "15"}) == Settings(False, 15)


@pytest.mark.parametrize(
    "given", [{"zip": "on"}, {"deflate": "yes"}, {"window": "8"}, {"window": "16"}, {"window": "x"}, {"window": ""}]
)
def test_what_may_not(given):
    with pytest.raises(UsageError):
        settings_of(given)
