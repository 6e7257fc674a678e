import pytest

from workbench.api import TargetError
from workbench.serving.loopback import is_loopback


def test_loopback():
    assert is_loopback("127.0.0.1", 80)
    assert is_loopback("::1", 80)
    assert not is_loopback("192.0.2.1", 80)
    with pytest.raises(TargetError, match="no such host"):
        is_loopback("host.invalid", 80)
