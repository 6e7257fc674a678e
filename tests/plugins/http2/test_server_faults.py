"""Faults carry what the wire and the log need."""

from workbench_http2.server_faults import ConnectionFault, StreamFault
from workbench_http2.server_frames import ErrorCode


def test_they_say_why():
    connection = ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "too long")
    stream = StreamFault(3, ErrorCode.CANCEL, "no more")
    assert (connection.code, connection.text, str(connection)) == (ErrorCode.FRAME_SIZE_ERROR, "too long", "too long")
    assert (stream.stream, stream.code, str(stream)) == (3, ErrorCode.CANCEL, "no more")
