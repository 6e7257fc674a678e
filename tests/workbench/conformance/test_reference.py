import socket

import pytest

from workbench.api import TargetError
from workbench.conformance import reference_process


def test_a_server_for_a_with_block():
    with reference_process("streambus") as endpoint:
        socket.create_connection((endpoint.host, endpoint.port), 5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((endpoint.host, endpoint.port), 5)


def test_what_does_not_come_up_says_why():
    with pytest.raises(TargetError, match=r"did not come up, saying: .*nobody"), reference_process("nobody"):
        pass
