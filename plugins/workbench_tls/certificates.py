"""X.509 certificates field by field (RFC 5280 4.1), with the place of every field. Nothing is verified, and nothing here raises.

A certificate that breaks off, or is none, shows what could be read and an error where reading ended. Filter names are Wireshark's
(x509af, x509sat, x509ce, pkcs1).
"""

from collections.abc import Callable, Iterator

from workbench.api import Field
from workbench_tls.der import INTEGER, OID, SEQUENCE, Element, element_at, oid_text, time_text
from workbench_tls.limits import MAX_CERTIFICATE_FIELDS, MAX_DER_DEPTH
from workbench_tls.oids import ATTRIBUTES, oid_name

__all__ = ["certificate_fields", "name_text", "subject_of"]

_VERSION_TAG, _EXTENSIONS_TAG = 0xA0, 0xA3
_ALTERNATIVE_NAMES = {
    0x81: ("rfc822Name", "x509ce.rfc822Name"),
    0x82: ("dNSName", "x509ce.dNSName"),
    0x86: ("uniformResourceIdentifier", "x509ce.uniformResourceIdentifier"),
}
_USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)


def certificate_fields(data: bytes, base: int, view: int) -> tuple[Field, ...]:
    """The fields of the DER certificate `data` that lies at `base` of view number `view`."""
    return tuple(_Certificate(data, base, view).certificate())


def name_text(name: Element) -> str:
    """A distinguished name on one line, most specific part last, as it is written."""
    parts = []
    for relative in name.children():
        for pair in relative.children():
            items = list(pair.children())
            if len(items) == 2 and items[0].tag == OID:
                dotted = oid_text(items[0].value)
                parts.append(f"{ATTRIBUTES.get(dotted, dotted)}={items[1].text}")
    return ", ".join(parts)


def subject_of(data: bytes) -> str:
    """The subject of a DER certificate on one line; "" where it cannot be found."""
    whole = element_at(data, 0)
    signed = next(whole.children(), None) if whole is not None else None
    names = [part for part in signed.children() if part.tag == SEQUENCE] if signed is not None else []
    # signature algorithm, issuer, validity, subject (RFC 5280 4.1)
    return name_text(names[3]) if len(names) > 3 else ""


class _Certificate:
    """One certificate: makes fields of elements, and counts them."""

    def __init__(self, data: bytes, base: int, view: int) -> None:
        self.data, self.base, self.view = data, base, view
        self.left = MAX_CERTIFICATE_FIELDS

    def field(
        self,
        name: str,
        element: Element,
        value: object = None,
        children: tuple[Field, ...] = (),
        abbrev: str = "",
        text: str = "",
        error: str = "",
    ) -> Field:
        """A field that covers a whole element."""
        self.left -= 1
        start, end = self.base + element.start, self.base + element.end
        return Field(name, start, end, value, children, abbrev, text, error, self.view)

    def broken(self, at: int, end: int, why: str) -> Field:
        """What is left where reading had to stop."""
        return Field("broken", self.base + at, self.base + end, self.data[at:end], error=why, view=self.view)

    def certificate(self) -> Iterator[Field]:
        """`Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }`."""
        whole = element_at(self.data, 0)
        if whole is None or whole.tag != SEQUENCE:
            yield self.broken(0, len(self.data), "no DER certificate (RFC 5280 4.1)")
            return
        parts = list(whole.children())
        if parts and parts[0].tag == SEQUENCE:
            yield self.field("signedCertificate", parts[0], None, tuple(self._signed(parts[0])))
        if len(parts) > 1:
            yield self._algorithm("algorithmIdentifier", parts[1])
        if len(parts) > 2:
            yield self.field("signature", parts[2], parts[2].value[1:], abbrev="x509af.encrypted")
        if len(parts) < 3:
            yield self.broken(parts[-1].end if parts else whole.content, whole.end, "the certificate breaks off (RFC 5280 4.1)")
        elif whole.end < len(self.data):
            yield self.broken(whole.end, len(self.data), "bytes after the end of the certificate (RFC 5280 4.1)")

    def _signed(self, signed: Element) -> Iterator[Field]:
        parts = list(signed.children())
        if parts and parts[0].tag == _VERSION_TAG:
            number = next(iter(parts.pop(0).children()), None)
            if number is not None:
                yield self.field("version", number, number.integer, abbrev="x509af.version", text=f"v{number.integer + 1}")
        end = signed.content
        for part, read in zip(parts, _SIGNED_PARTS, strict=False):
            yield read(self, part)
            end = part.end
        for part in parts[len(_SIGNED_PARTS) :]:
            yield self._optional(part)
            end = part.end
        if end < signed.end or len(parts) < len(_SIGNED_PARTS):
            yield self.broken(end, signed.end, "the signed part of the certificate breaks off (RFC 5280 4.1)")

    def _serial(self, element: Element) -> Field:
        return self.field("serialNumber", element, element.value, abbrev="x509af.serialNumber")

    def _signature(self, element: Element) -> Field:
        return self._algorithm("signature", element)

    def _issuer(self, element: Element) -> Field:
        return self._name("issuer", element)

    def _subject(self, element: Element) -> Field:
        return self._name("subject", element)

    def _algorithm(self, name: str, element: Element) -> Field:
        children, title = [], ""
        for part in element.children():
            if part.tag == OID:
                dotted = oid_text(part.value)
                title = title or oid_name(dotted) or dotted
                children.append(self.field("id", part, dotted, abbrev="x509af.algorithm.id", text=oid_name(dotted)))
            else:
                children.append(self.field("parameters", part, part.value, abbrev="x509af.parameters"))
        return self.field(name, element, None, tuple(children), text=title)

    def _name(self, name: str, element: Element) -> Field:
        children = []
        for relative in element.children():
            for pair in relative.children():
                items = list(pair.children())
                if self.left > 0 and len(items) == 2 and items[0].tag == OID:
                    dotted = oid_text(items[0].value)
                    inner = (
                        self.field("id", items[0], dotted, abbrev="x509if.id", text=ATTRIBUTES.get(dotted, "")),
                        self.field("value", items[1], items[1].text, abbrev="x509sat.value"),
                    )
                    children.append(self.field(ATTRIBUTES.get(dotted, dotted), pair, None, inner, text=items[1].text))
        text = name_text(element)
        return self.field(
            name, element, text or None, tuple(children), f"x509af.{name}", error="" if element.tag == SEQUENCE else "no name"
        )

    def _validity(self, element: Element) -> Field:
        names = ("notBefore", "notAfter")
        children = tuple(
            self.field(name, part, time_text(part), abbrev=f"x509af.{name}")
            for name, part in zip(names, element.children(), strict=False)
        )
        return self.field("validity", element, None, children)

    def _key(self, element: Element) -> Field:
        parts = list(element.children())
        if len(parts) != 2:
            return self.field("subjectPublicKeyInfo", element, element.value, error="no public key (RFC 5280 4.1.2.7)")
        algorithm, key = self._algorithm("algorithm", parts[0]), parts[1]
        numbers: tuple[Field, ...] = ()
        size = f"{8 * max(0, len(key.value) - 1)} bits"
        inner = element_at(self.data, key.content + 1, key.end)
        if algorithm.text == "rsaEncryption" and inner is not None:
            found = [part for part in inner.children() if part.tag == INTEGER]
            names = (("modulus", "pkcs1.modulus"), ("publicExponent", "pkcs1.publicExponent"))
            numbers = tuple(
                self.field(name, part, part.value if name == "modulus" else part.integer, abbrev=abbrev)
                for (name, abbrev), part in zip(names, found, strict=False)
            )
            size = f"{found[0].integer.bit_length()} bits" if found else size
        bits = self.field("subjectPublicKey", key, key.value[1:], numbers, "x509af.subjectPublicKey", size)
        return self.field("subjectPublicKeyInfo", element, None, (algorithm, bits), text=f"{algorithm.text}, {size}")

    def _optional(self, element: Element) -> Field:
        if element.tag != _EXTENSIONS_TAG:
            return self.field("uniqueIdentifier", element, element.value, abbrev="x509af.subjectUniqueIdentifier")
        listing = next(iter(element.children()), None)
        children = tuple(self._extension(item) for item in (listing.children() if listing is not None else ()) if self.left > 0)
        return self.field("extensions", element, None, children)

    def _extension(self, element: Element) -> Field:
        parts = list(element.children())
        if not parts or parts[0].tag != OID:
            return self.field("extension", element, element.value, error="no extension (RFC 5280 4.2)")
        dotted = oid_text(parts[0].value)
        name = oid_name(dotted)
        children = [self.field("id", parts[0], dotted, abbrev="x509af.extension.id", text=name)]
        children += [self.field("critical", part, part.value != b"\0", abbrev="x509af.critical") for part in parts[1:-1]]
        if len(parts) > 1:
            content = parts[-1]
            inner = element_at(self.data, content.content, content.end)
            opener = _EXTENSION_READERS.get(dotted)
            below = tuple(opener(self, inner)) if opener is not None and inner is not None else ()
            children.append(self.field("extnValue", content, content.value, below, "x509af.extnValue"))
        return self.field("extension", element, None, tuple(children), text=name or dotted)

    def _names(self, element: Element) -> Iterator[Field]:
        """GeneralNames (RFC 5280 4.2.1.6)."""
        for item in element.children():
            if self.left <= 0:
                return
            name, abbrev = _ALTERNATIVE_NAMES.get(item.tag, ("", ""))
            if name:
                yield self.field(name, item, item.text, abbrev=abbrev)
            elif item.tag == 0x87:
                yield self.field("iPAddress", item, _address(item.value), abbrev="x509ce.iPAddress")
            elif item.tag == 0xA4:
                inner = next(iter(item.children()), item)
                yield self.field("directoryName", item, name_text(inner), abbrev="x509ce.directoryName")
            else:
                yield self.field("otherName", item, item.value)

    def _constraints(self, element: Element) -> Iterator[Field]:
        """BasicConstraints (RFC 5280 4.2.1.9)."""
        for item in element.children():
            if item.tag == INTEGER:
                yield self.field("pathLenConstraint", item, item.integer, abbrev="x509ce.pathLenConstraint")
            else:
                yield self.field("cA", item, item.value != b"\0", abbrev="x509ce.cA")

    def _usage(self, element: Element) -> Iterator[Field]:
        """KeyUsage (RFC 5280 4.2.1.3): a string of bits, the first is the highest."""
        bits = int.from_bytes(element.value[1:3].ljust(2, b"\0"), "big")
        named = [name for place, name in enumerate(_USAGES) if bits >> 15 - place & 1]
        yield self.field("KeyUsage", element, element.value[1:], abbrev="x509ce.KeyUsage", text=", ".join(named))

    def _purposes(self, element: Element) -> Iterator[Field]:
        for item in element.children():
            dotted = oid_text(item.value)
            yield self.field("KeyPurposeId", item, dotted, abbrev="x509ce.KeyPurposeId", text=oid_name(dotted))

    def _subject_key(self, element: Element) -> Iterator[Field]:
        yield self.field("SubjectKeyIdentifier", element, element.value, abbrev="x509ce.SubjectKeyIdentifier")

    def _authority_key(self, element: Element) -> Iterator[Field]:
        for item in element.children():
            if item.tag == 0x80:
                yield self.field("keyIdentifier", item, item.value, abbrev="x509ce.keyIdentifier")

    def _policies(self, element: Element) -> Iterator[Field]:
        for policy in element.children():
            for item in policy.children():
                if item.tag == OID and self.left > 0:
                    dotted = oid_text(item.value)
                    yield self.field("policyIdentifier", item, dotted, abbrev="x509ce.policyIdentifier", text=oid_name(dotted))

    def _locations(self, element: Element) -> Iterator[Field]:
        """Addresses anywhere inside: of CRLs (RFC 5280 4.2.1.13), OCSP responders and issuers (4.2.2.1)."""
        stack = [(element, 0)]
        while stack and self.left > 0:
            here, depth = stack.pop()
            if here.tag == 0x86:
                yield self.field("uniformResourceIdentifier", here, here.text, abbrev="x509ce.uniformResourceIdentifier")
            elif here.tag & 0x20 and depth < MAX_DER_DEPTH:
                stack += [(item, depth + 1) for item in reversed(list(here.children()))]


def _address(value: bytes) -> str:
    from ipaddress import ip_address

    return str(ip_address(value)) if len(value) in (4, 16) else value.hex()


_SIGNED_PARTS: tuple[Callable[[_Certificate, Element], Field], ...] = (
    _Certificate._serial,
    _Certificate._signature,
    _Certificate._issuer,
    _Certificate._validity,
    _Certificate._subject,
    _Certificate._key,
)
"""What every certificate has behind its version, in order."""

_EXTENSION_READERS: dict[str, Callable[[_Certificate, Element], Iterator[Field]]] = {
    "2.5.29.14": _Certificate._subject_key,
    "2.5.29.15": _Certificate._usage,
    "2.5.29.17": _Certificate._names,
    "2.5.29.18": _Certificate._names,
    "2.5.29.19": _Certificate._constraints,
    "2.5.29.31": _Certificate._locations,
    "2.5.29.32": _Certificate._policies,
    "2.5.29.35": _Certificate._authority_key,
    "2.5.29.37": _Certificate._purposes,
    "1.3.6.1.5.5.7.1.1": _Certificate._locations,
}
