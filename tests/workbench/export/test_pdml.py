import io
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from support.exported import toy_source
from workbench.api import Field
from workbench.export.branches import Branch
from workbench.export.pdml import DEEPEST, render, write, xml_text


def test_packets_as_elements(tmp_path):
    out = io.BytesIO()
    with toy_source(tmp_path) as source:
        count = write(source, out)
    root = ET.fromstring(out.getvalue())
    packets = root.findall("packet")
    assert root.tag == "pdml"
    assert root.get("capture_file") == "source.pcap"
    assert len(packets) == count == len(source.packets)
    assert [proto.get("name") for proto in packets[3]] == ["geninfo", "frame", "eth", "ip", "tcp", "toy"]
    port = packets[3].find(".//field[@name='tcp.dstport']")
    assert port.attrib == {
        "name": "tcp.dstport",
        "showname": "Destination Port: 8080",
        "size": "2",
        "pos": "36",
        "show": "8080",
        "value": "1f90",
    }
    assert packets[3].find(".//field[@name='ip.addr']").get("hide") == "yes"
    flag = packets[3].find(".//field[@name='tcp.flags.push']")
    assert (flag.get("value"), flag.get("unmaskedvalue")) == ("1", "18")
    assert packets[3].find("proto[@name='geninfo']/field[@name='num']").get("show") == "4"


def test_nothing_is_a_document_too(tmp_path):
    out = io.BytesIO()
    with toy_source(tmp_path, "frame.number == 0") as source:
        assert write(source, out) == 0
    assert len(ET.fromstring(out.getvalue())) == 0


@given(st.text(), st.text(min_size=1), st.binary(max_size=20))
def test_any_text_makes_sound_xml(value, abbrev, data):
    # an XML parser reads back what was written, but for characters that XML cannot hold
    node = Field(value, 0, len(data), value, abbrev=abbrev, text=value, error=value)
    element = ET.fromstring(render(Branch("x", Field("X", 0, 0, children=(node,)), (data,))))
    field = element[0]
    assert field.get("show") == xml_text(value)
    assert field.get("name") == xml_text(abbrev)
    assert bytes.fromhex(field.get("value", "")) == data


def test_what_xml_cannot_hold_is_spelled():
    assert xml_text("a\0b\x1b[2J\x85\ud800\uffff") == "a\\x00b\\x1b[2J\\x85\\ud800\\uffff"
    assert xml_text("zwölf\r\n\t€😀") == "zwölf\r\n\t€😀"


def test_depth_has_an_end():
    node = Field("leaf", 0, 0, 1, abbrev="x")
    for _ in range(2000):
        node = Field("nest", 0, 0, children=(node,), abbrev="x")
    text = render(Branch("x", node, (b"",)))
    ET.fromstring(text)
    assert text.count(b"<field") == DEEPEST - 1
