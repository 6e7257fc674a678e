"""Faults carry what answers them."""

from workbench_http3.server_faults import ConnectionFault, StreamFault
from workbench_http3.server_frames import ErrorCode


def test_what_they_say():
    for kind in (ConnectionFault, StreamFault):
        fault = kind(ErrorCode.H3_ID_ERROR, "why")
        assert (fault.code, fault.text, str(fault)) == (0x108, "why", "why")
