import dns.edns
import pytest

from support.dns import decoded, fields_of
from workbench.api import Severity
from workbench_dns.queries import opt_record, query
from workbench_dns.rdata_opt import ERRORS, OPTIONS


def read(*options: tuple[int, bytes]):
    message = decoded(query("example.", records=[opt_record(options)]))
    return message, fields_of(message)


def test_numbers_are_those_of_dnspython():
    assert {int(member) for member in dns.edns.OptionType if int(member) < 20} <= OPTIONS.keys()
    assert {int(member) for member in dns.edns.EDECode if int(member) < 25} <= ERRORS.keys()


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (
            dns.edns.ECSOption("192.0.2.0", 24),
            {"dns.opt.client.family": 1, "dns.opt.client.netmask": 24, "dns.opt.client.addr4": "192.0.2.0"},
        ),
        (dns.edns.ECSOption("2001:db8::", 56), {"dns.opt.client.family": 2, "dns.opt.client.addr6": "2001:db8::"}),
        (
            dns.edns.CookieOption(b"01234567", b"89abcdef"),
            {"dns.opt.cookie.client": b"01234567".hex(), "dns.opt.cookie.server": b"89abcdef".hex()},
        ),
        (dns.edns.EDEOption(15, "not here"), {"dns.opt.ext_error.info_code": 15, "dns.opt.ext_error.extra_text": "not here"}),
        (dns.edns.GenericOption(3, b"ns7"), {"dns.opt.nsid": "ns7"}),
        (dns.edns.GenericOption(5, b"\x08\x0d"), {"dns.opt.dau": [8, 13]}),
        (dns.edns.GenericOption(6, b"\x02"), {"dns.opt.dhu": 2}),
        (dns.edns.GenericOption(7, b"\x01"), {"dns.opt.n3u": 1}),
        (dns.edns.GenericOption(9, b"\0\0\0\x0a"), {"dns.opt.expire": 10}),
        (dns.edns.GenericOption(11, b"\0\x64"), {"dns.opt.edns_tcp_keepalive.timeout": 100}),
        (dns.edns.GenericOption(12, bytes(4)), {"dns.opt.padding": "00000000"}),
        (dns.edns.GenericOption(13, b"\3org\0"), {"dns.opt.chain.fqdn": "org"}),
        (dns.edns.GenericOption(14, b"\x4f\x66"), {"dns.opt.key_tag": 0x4F66}),
        (dns.edns.GenericOption(18, b"\1a\0"), {"dns.opt.report_channel.agent": "a"}),
        (dns.edns.GenericOption(19, b"\2\0\0\0\0\7"), {"dns.opt.zoneversion.labels": 2, "dns.opt.zoneversion.serial": 7}),
        (
            dns.edns.GenericOption(2, b"\0\0\x0e\x10\0\0\x1c\x20"),
            {"dns.opt.update_lease.lease": 3600, "dns.opt.update_lease.key_lease": 7200},
        ),
        (dns.edns.GenericOption(1, b"\0\1\0\1\0\0" + bytes(8) + b"\0\0\0\x3c"), {"dns.opt.llq.lease_life": 60}),
        (dns.edns.GenericOption(65001, b"?"), {"dns.opt.data": b"?".hex()}),
    ],
    ids=lambda value: str(getattr(value, "otype", "")),
)
def test_options(option, expected):
    data = option.to_wire()
    message, fields = read((int(option.otype), data))
    assert message.errors == ()
    assert fields["dns.opt.code"] == int(option.otype)
    assert fields["dns.opt.len"] == len(data)
    assert {name: fields[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("code", "data", "section"),
    [
        (8, bytes.fromhex("00011800c000"), "RFC 7871 6"),
        (8, bytes.fromhex("00012100c000020101"), "RFC 7871 6"),
        (10, bytes(12), "RFC 7873 5.2.2"),
        (10, bytes(41), "RFC 7873 5.2.2"),
    ],
)
def test_what_is_malformed(code, data, section):
    message, _ = read((code, data))
    assert [(note.severity, note.section) for note in message.notes] == [(Severity.ERROR, section)]


@pytest.mark.parametrize(("code", "data"), [(8, b"\0"), (10, b"1234567"), (11, b"\0"), (15, b"\0"), (13, b"\3or")])
def test_what_is_cut_off(code, data):
    message, _ = read((code, data))
    assert message.errors


def test_an_option_longer_than_its_record():
    opt = bytearray(opt_record([(3, b"four")]))
    opt[14] = 99
    message = decoded(query("example.", records=[bytes(opt)]))
    assert any("cut off" in error for error in message.errors)


def test_half_an_option():
    opt = bytearray(opt_record() + b"\0\3\0")
    opt[10] = 3
    assert decoded(query("example.", records=[bytes(opt)])).errors
