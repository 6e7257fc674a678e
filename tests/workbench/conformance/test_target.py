import pytest

from workbench.api import TargetError, UsageError
from workbench.conformance.target import require_permission
from workbench.serving.loopback import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_needs_no_permission(host):
    assert is_loopback(host, 80)
    require_permission(host, 80, "")


def test_others_need_it_by_name():
    assert not is_loopback("192.0.2.1", 80)
    with pytest.raises(UsageError, match="--i-own-this-target"):
        require_permission("192.0.2.1", 80, "")
    with pytest.raises(UsageError):
        require_permission("192.0.2.1", 80, "192.0.2.2")
    require_permission("192.0.2.1", 80, "192.0.2.1")


def test_hosts_that_cannot_be():
    with pytest.raises(TargetError, match="no such host"):
        require_permission("nobody..invalid", 80, "")
