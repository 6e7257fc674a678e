"""Certificates field by field, against what a library reads in the same bytes."""

from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from support.tls import NAME, certificate_der
from workbench.api import Field
from workbench_tls.certificates import certificate_fields, name_text, subject_of
from workbench_tls.der import element_at
from workbench_tls.limits import MAX_CERTIFICATE_FIELDS


def tree(data: bytes) -> Field:
    return Field("certificate", 0, len(data), None, certificate_fields(data, 0, 0))


def values(root: Field, abbrev: str) -> list[object]:
    return [node.value for _, node in root.walk() if node.abbrev == abbrev]


def test_fields_are_what_the_library_reads():
    data = certificate_der()
    expected, root = x509.load_der_x509_certificate(data), tree(data)
    assert root.find("x509af.version").text == "v3"
    assert int.from_bytes(root.find("x509af.serialNumber").value, "big") == expected.serial_number
    assert values(root, "x509af.notBefore") == [f"{expected.not_valid_before_utc:%Y-%m-%d %H:%M:%SZ}"]
    assert values(root, "x509af.notAfter") == [f"{expected.not_valid_after_utc:%Y-%m-%d %H:%M:%SZ}"]
    assert values(root, "x509af.subject") == [f"O=Protocol Workbench, CN={NAME}"] == [subject_of(data)]
    assert values(root, "x509af.algorithm.id")[0] == expected.signature_algorithm_oid.dotted_string
    names = expected.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    assert values(root, "x509ce.dNSName") == names
    assert values(root, "x509af.extension.id") == [extension.oid.dotted_string for extension in expected.extensions]
    assert values(root, "x509ce.cA") == [True]
    assert values(root, "x509ce.pathLenConstraint") == [3]
    assert root.find("x509ce.KeyUsage").text == "digitalSignature, keyCertSign"
    assert root.find("x509ce.KeyPurposeId").text == "serverAuth"
    assert root.find("x509af.encrypted").value[-len(expected.signature) :] == expected.signature
    assert [node.error for _, node in root.walk() if node.error] == []


def test_fields_point_at_their_bytes():
    data = certificate_der()
    shifted = certificate_fields(data, 100, 2)
    node = next(node for field in shifted for _, node in field.walk() if node.abbrev == "x509ce.dNSName")
    assert node.view == 2
    assert data[node.start - 100 : node.end - 100].endswith(NAME.encode())


def test_names_without_the_usual_shape_are_still_text():
    name = element_at(bytes.fromhex("300f310d300b06035504030c04c3a4ff00"), 0)
    assert name is not None
    assert name_text(name) == "CN=ä\\xff\x00"


def test_what_breaks_off_shows_an_error_and_what_there_is():
    data = certificate_der()
    root = tree(data[: len(data) // 2])
    assert [node.error for _, node in root.walk() if node.error]
    assert subject_of(data[:4]) == ""
    assert tree(data + b"more").children[-1].error


def test_hostile_certificates_stay_small():
    """A million names in one extension show only as many fields as are allowed."""
    names = b"\x82\x01a" * 60_000
    inner = b"\x30\x83" + len(names).to_bytes(3, "big") + names
    value = b"\x04\x83" + len(inner).to_bytes(3, "big") + inner
    whole = b"\x06\x03\x55\x1d\x11" + value
    extension = b"\x30\x83" + len(whole).to_bytes(3, "big") + whole
    block = b"\x30\x83" + len(extension).to_bytes(3, "big") + extension
    tagged = b"\xa3\x83" + len(block).to_bytes(3, "big") + block
    parts = b"\x02\x01\x01" + b"\x30\x00" * 5 + tagged
    signed = b"\x30\x83" + len(parts).to_bytes(3, "big") + parts
    data = b"\x30\x83" + len(signed).to_bytes(3, "big") + signed
    assert sum(1 for _ in tree(data).walk()) < MAX_CERTIFICATE_FIELDS + 20


@given(st.data())
def test_spoilt_certificates_never_raise_and_stay_inside(data):
    whole = bytearray(certificate_der())
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    for field in certificate_fields(cut, 0, 0):
        for _, node in field.walk():
            assert 0 <= node.start <= node.end <= len(cut)


@given(st.binary(max_size=100))
def test_arbitrary_bytes_never_raise(data):
    assert all(field.end <= len(data) for field in certificate_fields(data, 0, 0))
