from support.dns import decoded, fields_of, written
from workbench_dns import PROTOCOL_MDNS
from workbench_dns.names import Names
from workbench_dns.queries import query
from workbench_dns.records import read_question, read_record

NAME = written([b"www", b"example"])


def test_a_question():
    question = read_question(NAME + b"\0\x1c\0\1", 0, Names(NAME), multicast=False)
    assert (question.name.text, question.type, question.klass, question.end) == ("www.example", 28, 1, len(NAME) + 4)
    values = {child.abbrev: child.value for child in question.field.children}
    assert values["dns.qry.name.len"] == 11
    assert values["dns.count.labels"] == 2


def test_a_multicast_question_may_ask_for_a_unicast_answer():
    raw = NAME + b"\0\1\x80\1"
    question = read_question(raw, 0, Names(raw), multicast=True)
    assert (question.klass, question.unicast) == (1, True)
    [bit] = [child for child in question.field.children if child.abbrev == "dns.qry.qu"]
    assert bit.bits == (8 * (len(raw) - 2), 8 * (len(raw) - 2) + 1)


def test_a_question_that_is_cut_off():
    raw = NAME + b"\0"
    question = read_question(raw, 0, Names(raw), multicast=False)
    assert question.error
    assert question.end == len(raw)
    assert question.field.children[-1].value == b"\0"


def test_a_record():
    raw = NAME + b"\0\1\0\1\0\0\x0e\x10\0\4" + bytes((192, 0, 2, 1))
    record, notes = read_record(raw, 0, Names(raw), 0, multicast=False, bare=False)
    assert (record.type, record.klass, record.ttl, record.text, record.end, record.error) == (
        1,
        1,
        3600,
        "192.0.2.1",
        len(raw),
        "",
    )
    assert notes == []
    assert record.field.name == "www.example: type A, class IN, 192.0.2.1"


def test_a_ttl_with_its_top_bit():
    raw = NAME + b"\0\1\0\1\x80\0\0\0\0\4" + bytes(4)
    _, notes = read_record(raw, 0, Names(raw), 0, multicast=False, bare=False)
    assert [note.section for note in notes] == ["RFC 2181 8"]


def test_data_that_is_missing():
    raw = NAME + b"\0\1\0\1\0\0\0\0\0\4\xc0"
    record, _ = read_record(raw, 0, Names(raw), 0, multicast=False, bare=False)
    assert record.error == "3 bytes of its data are missing"
    assert record.end == len(raw)


def test_a_record_that_is_cut_off():
    raw = NAME + b"\0\1\0"
    record, _ = read_record(raw, 0, Names(raw), 0, multicast=False, bare=False)
    assert record.error == "the record is cut off"
    assert record.field.children[-1].value == b"\0\1\0"


def test_updates_delete_with_records_without_data():
    raw = NAME + b"\0\1\0\xff\0\0\0\0\0\0"
    record, notes = read_record(raw, 0, Names(raw), 1, multicast=False, bare=True)
    assert (record.error, notes, record.names) == ("", [], ())


def test_opt_says_other_things():
    opt = bytes.fromhex("00 0029 10d0 01 00 8000 0000")
    message = decoded(query("a.", records=[opt]))
    fields = fields_of(message)
    assert fields["dns.rr.udp_payload_size"] == 0x10D0
    assert fields["dns.resp.ext_rcode"] == 1
    assert fields["dns.resp.edns0_version"] == 0
    assert fields["dns.resp.z.do"] is True
    assert "dns.resp.ttl" not in fields


def test_opt_in_multicast_has_a_flush_bit():
    opt = bytes.fromhex("00 0029 85a0 00 00 0000 0000")
    fields = fields_of(decoded(query("a.", number=0, flags=0, records=[opt]), spec=PROTOCOL_MDNS))
    assert fields["dns.rr.udp_payload_size"] == 0x5A0
    assert fields["dns.resp.cache_flush"] is True


def test_opt_belongs_to_the_root():
    message = decoded(query("a.", records=[b"\1x" + bytes.fromhex("00 0029 04d0 00 00 0000 0000")]))
    assert [note.section for note in message.notes] == ["RFC 6891 6.1.2"]


def test_the_name_of_a_service_has_parts():
    raw = written([b"_http", b"_tcp", b"example"]) + b"\0\x21\0\1\0\0\0\0\0\7" + bytes(7)
    record, _ = read_record(raw, 0, Names(raw), 0, multicast=False, bare=False)
    values = {child.abbrev: child.value for child in record.field.children}
    assert (values["dns.srv.service"], values["dns.srv.proto"], values["dns.srv.name"]) == ("_http", "_tcp", "example")
    assert values["dns.resp.name"] == "_http._tcp.example"
