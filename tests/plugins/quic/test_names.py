"""Names of error codes, spot by spot."""

from workbench_quic.names import alert_name, application_codes, error_name


def test_errors_of_the_transport():
    assert error_name(0x0A) == "PROTOCOL_VIOLATION"
    assert error_name(0x11) == "VERSION_NEGOTIATION_ERROR"
    assert error_name(0x0128) == "CRYPTO_ERROR (handshake_failure)"
    assert error_name(0x01FE) == "CRYPTO_ERROR (alert 254)"
    assert error_name(0x200) == ""


def test_alerts():
    assert alert_name(120) == "no_application_protocol"


def test_errors_of_applications():
    assert application_codes("h3")[0x10C] == "H3_REQUEST_CANCELLED"
    assert application_codes("h3-29")[0x201] == "QPACK_ENCODER_STREAM_ERROR"
    assert application_codes("doq")[0x3] == "DOQ_REQUEST_CANCELLED"
    assert not application_codes("hq-interop")
