"""What a transport of others offers, and what it is given."""

import pytest

from workbench.api import Carrier, CarrierSession, ClientSetup, Credentials, ServerSetup, UsageError
from workbench.registry import load


def test_a_key_is_never_shown():
    assert "secret" not in repr(Credentials(b"certificate", b"secret"))


def test_what_is_not_said_has_a_quiet_default():
    setup = ServerSetup(
        applications=("echo",),
        accept=lambda *_: None,
        over=lambda *_: None,
        credentials=lambda _: Credentials(b"", b""),
        idle_ns=1,
    )
    setup.keylog("line")
    setup.tell({"event": "anything"})
    assert CarrierSession(alpn="echo").early is False
    assert ClientSetup(alpn=("echo",), server_name="localhost").verify


@pytest.mark.parametrize("spec", [spec for spec in load().specs if spec.carrier is not None], ids=lambda spec: spec.name)
def test_a_carrier_refuses_settings_that_it_does_not_know(spec):
    assert isinstance(spec.carrier, Carrier)
    with pytest.raises(UsageError, match="nonsense"):
        spec.carrier.client(ClientSetup(alpn=("echo",), server_name="localhost", settings={"nonsense": "1"}))
