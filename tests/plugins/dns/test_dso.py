from support.dns import decoded, fields_of
from workbench_dns import PROTOCOL_TCP
from workbench_dns.queries import framed

HEAD = bytes.fromhex("000130000000000000000000")


def test_rfc_8490_7_1_keepalive():
    message = decoded(framed(HEAD + bytes.fromhex("0001000800003a98000036b0")), spec=PROTOCOL_TCP)
    fields = fields_of(message)
    assert fields["dns.dso.tlv.keepalive.inactivity"] == 15_000
    assert fields["dns.dso.tlv.keepalive.interval"] == 14_000
    assert message.errors == ()
    assert message.label == "dso"


def test_retry_delay_padding_and_others():
    message = decoded(framed(HEAD + bytes.fromhex("0002000400000bb800030002000000400003616263")), spec=PROTOCOL_TCP)
    fields = fields_of(message)
    assert fields["dns.dso.tlv.retrydelay.retrydelay"] == 3000
    assert fields["dns.dso.tlv.encpad.padding"] == "0000"
    assert fields["dns.dso.tlv.type"] == [2, 3, 0x40]
    assert fields["dns.dso.tlv.data"] == "616263"


def test_a_tlv_that_is_cut_off():
    message = decoded(framed(HEAD + bytes.fromhex("00010008000000")), spec=PROTOCOL_TCP)
    assert any("cut off" in error for error in message.errors)
