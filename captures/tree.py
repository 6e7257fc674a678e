"""Building one header's field tree from bytes at known places. Fields beyond the captured bytes are left out."""

from collections.abc import Mapping, Sequence

from captures.addresses import ip_text, mac_text
from workbench.api import Field

__all__ = ["Tree"]

_NO_NAMES: Mapping[int, str] = {}


class Tree:
    """Collects the fields of one header that starts at `start` of `data`; offsets in the methods count from there.

    Every method returns the value it read, 0 or b"" where the bytes were not captured.
    """

    def __init__(self, data: bytes, start: int) -> None:
        self.data = data
        self.start = start
        self.fields: list[Field] = []

    def number(
        self,
        name: str,
        abbrev: str,
        offset: int,
        size: int,
        names: Mapping[int, str] = _NO_NAMES,
        *,
        form: str = "",
        factor: int = 1,
    ) -> int:
        """A big-endian integer; `names` gives text to values, `form` a number format ("#06x"), `factor` the unit it counts in."""
        raw = self._slice(offset, size)
        if len(raw) < size:
            return 0
        value = int.from_bytes(raw, "big") * factor
        text = names.get(value, format(value, form) if form else "")
        self.add(Field(name, self.start + offset, self.start + offset + size, value, abbrev=abbrev, text=text))
        return value

    def bits(
        self,
        name: str,
        abbrev: str,
        first: int,
        last: int,
        names: Mapping[int, str] = _NO_NAMES,
        *,
        form: str = "",
        factor: int = 1,
    ) -> int:
        """An integer of bits `[first, last)`, counted from the top bit of the header's first byte."""
        field = self.bit_field(name, abbrev, first, last, names, form=form, factor=factor)
        if field is None:
            return 0
        self.add(field)
        return int(field.value)

    def bit_field(
        self,
        name: str,
        abbrev: str,
        first: int,
        last: int,
        names: Mapping[int, str] = _NO_NAMES,
        *,
        form: str = "",
        factor: int = 1,
    ) -> Field | None:
        """The field that `bits` adds; None where its bytes were not captured."""
        begin, end = first // 8, (last + 7) // 8
        raw = self._slice(begin, end - begin)
        if len(raw) < end - begin:
            return None
        value = (int.from_bytes(raw, "big") >> (8 * end - last) & (1 << (last - first)) - 1) * factor
        text = names.get(value, format(value, form) if form else "")
        place = 8 * self.start
        return Field(
            name, self.start + begin, self.start + end, value, abbrev=abbrev, text=text, bits=(place + first, place + last)
        )

    def flag(self, name: str, abbrev: str, bit: int) -> Field | None:
        """One bit as a truth value; not added, it usually goes below the number that it is part of."""
        field = self.bit_field(name, abbrev, bit, bit + 1)
        if field is None:
            return None
        return Field(name, field.start, field.end, bool(field.value), abbrev=abbrev, bits=field.bits)

    def flags(
        self, name: str, abbrev: str, first: int, last: int, parts: Sequence[tuple[str, str, int]], *, form: str = "#x"
    ) -> int:
        """A number made of single bits: `parts` are (name, abbrev, bit); its text lists the names of those that are set."""
        whole = self.bit_field(name, abbrev, first, last)
        if whole is None:
            return 0
        children = tuple(part for part in (self.flag(*row) for row in parts) if part is not None)
        names = ", ".join(child.name for child in children if child.value)
        value = int(whole.value)
        text = f"{format(value, form)} ({names})" if names else format(value, form)
        self.add(Field(name, whole.start, whole.end, value, children, abbrev, text, bits=whole.bits))
        return value

    def raw(self, name: str, abbrev: str, offset: int, size: int) -> bytes:
        """Plain bytes, as many as were captured."""
        raw = self._slice(offset, size)
        if raw:
            self.add(Field(name, self.start + offset, self.start + offset + len(raw), raw, abbrev=abbrev))
        return raw

    def mac(self, name: str, abbrev: str, offset: int) -> str:
        """A hardware address of six bytes."""
        return self._text(name, abbrev, offset, mac_text(self._slice(offset, 6)), 6)

    def ip(self, name: str, abbrev: str, offset: int, size: int) -> str:
        """An IPv4 or IPv6 address of `size` bytes."""
        return self._text(name, abbrev, offset, ip_text(self._slice(offset, size)), size)

    def add(self, field: Field) -> None:
        """A field made elsewhere."""
        self.fields.append(field)

    def below(self, name: str, offset: int, end: int, children: Sequence[Field], *, abbrev: str = "", text: str = "") -> None:
        """A branch over `[offset, end)` with children."""
        self.add(Field(name, self.start + offset, self.start + end, None, tuple(children), abbrev, text))

    def done(self, name: str, abbrev: str, end: int, *, text: str = "", error: str = "") -> Field:
        """The finished header, up to byte `end` of the data."""
        stop = max(self.start, min(end, len(self.data)))
        return Field(name, self.start, stop, None, tuple(self.fields), abbrev, text, error)

    def _slice(self, offset: int, size: int) -> bytes:
        begin = self.start + offset
        return self.data[begin : begin + size]

    def _text(self, name: str, abbrev: str, offset: int, text: str, size: int) -> str:
        if len(self._slice(offset, size)) < size:
            return ""
        self.add(Field(name, self.start + offset, self.start + offset + size, text, abbrev=abbrev))
        return text
