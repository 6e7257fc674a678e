"""Field sections as text: what `section_fields` says of them, without a dozen fields for each line."""

from json.encoder import encode_basestring_ascii

from workbench_http3.qpack import Line, Section
from workbench_http3.section_fields import KNOWN, full_uri, known_value

__all__ = ["section_text"]

_LINE = "http3.headers.header."
_Values = dict[str, list[str]]
"""Values as JSON by filter name, in the order in which names come first."""


def section_text(section: Section) -> str:
    """The fields of a section as members of a JSON object."""
    values: _Values = {}
    if section.prefix_end:
        values["http3.qpack.section.encoded_insert_count"] = [str(section.encoded)]
        values["http3.qpack.section.sign"] = ["true" if section.sign else "false"]
        values["http3.qpack.section.delta_base"] = [str(section.delta)]
        if section.encoded:
            values["http3.qpack.section.required_insert_count"] = [str(section.required)]
            values["http3.qpack.section.base"] = [str(section.base)]
    values["http3.headers.count"] = [str(section.count)]
    values["http3.headers.decoded_length"] = [str(section.size)]
    for line in section.lines:
        _add(line, values)
    for line in section.lines:
        abbrev = KNOWN.get(line.name)
        value = known_value(line) if abbrev else None
        if abbrev and value is not None:
            values.setdefault(abbrev, []).append(str(value) if isinstance(value, int) else encode_basestring_ascii(value))
    uri = full_uri([(line.name, line.value) for line in section.lines])
    if uri:
        values["http3.request.full_uri"] = [encode_basestring_ascii(uri)]
    return ",".join([f'"{name}":{_shown(texts)}' for name, texts in values.items()])


def _shown(texts: list[str]) -> str:
    """One value stands for itself, several are a list."""
    return texts[0] if len(texts) == 1 else f"[{','.join(texts)}]"


def _add(line: Line, values: _Values) -> None:
    name, value = line.name.decode("latin-1"), line.value.decode("latin-1")
    put = values.setdefault
    put(f"{_LINE}repr", []).append(f'"{line.representation}"')
    if line.index is not None:
        put(f"{_LINE}index", []).append(str(line.index))
    if line.absolute is not None:
        put("http3.qpack.entry", []).append(str(line.absolute))
    put(f"{_LINE}name.length", []).append(str(len(name)))
    put(f"{_LINE}name", []).append(encode_basestring_ascii(name))
    put(f"{_LINE}value.length", []).append(str(len(value)))
    put(f"{_LINE}value", []).append(encode_basestring_ascii(value))
    if line.never:
        put(f"{_LINE}never", []).append("true")
