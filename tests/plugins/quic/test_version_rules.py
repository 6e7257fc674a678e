"""Version Negotiation that is honest, that must be ignored, that leads backwards."""

import pytest

from workbench.api import Severity
from workbench_quic.version_rules import negotiation_notes
from workbench_quic.versions import V1, V2

DRAFT_29 = 0xFF00001D
GREASE = 0x1A2A3A4A
NEWER = 0x00000003


@pytest.mark.parametrize(
    ("offered", "attempted", "answered", "section"),
    [
        ((V1, GREASE), V2, False, ""),
        ((V2,), V1, False, ""),
        ((V1, GREASE), 0x0A0A0A0A, False, ""),
        ((NEWER,), V1, False, ""),
        ((V1, V2), V1, False, "RFC 9000 6.2"),
        ((V2,), V1, True, "RFC 9000 6.2"),
        ((DRAFT_29, GREASE), V1, False, "RFC 9368 4"),
        ((GREASE,), V1, False, ""),
    ],
)
def test_what_is_said(offered: tuple[int, ...], attempted: int, answered: bool, section: str):
    assert [note.section for note in negotiation_notes(offered, attempted, 40, answered=answered)] == (
        [section] if section else []
    )


def test_versions_have_names():
    (note,) = negotiation_notes((DRAFT_29,), V1, 40, answered=False)
    assert note.text == "the client tried v1 and is offered older versions only: draft-29"
    assert (note.severity, note.start, note.end) == (Severity.NOTE, 0, 40)
