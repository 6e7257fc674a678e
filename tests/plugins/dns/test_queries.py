import dns.edns
import dns.flags
import dns.message
import dns.rdatatype

from workbench_dns.queries import framed, opt_record, query


def test_dnspython_reads_them():
    message = dns.message.from_wire(
        query("www.example.", "HTTPS", number=7, records=[opt_record([(3, b"")], size=4096, dnssec=True)])
    )
    assert (message.id, message.edns, message.payload, message.flags) == (7, 0, 4096, dns.flags.RD)
    assert message.ednsflags & dns.flags.DO
    assert message.question[0].rdtype == dns.rdatatype.HTTPS
    assert [option.otype for option in message.options] == [dns.edns.OptionType.NSID]


def test_several_questions():
    message = dns.message.from_wire(query("a.example.", more=[("b.example.", "MX")]))
    assert [str(asked.name) for asked in message.question] == ["a.example.", "b.example."]


def test_framing():
    assert framed(b"abc") == b"\0\3abc"
