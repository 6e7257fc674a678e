import re

from hypothesis import given

from support.sequences import FLOW, SEQUENCES, WORDS, step
from workbench.analysis.sequence import Sequence
from workbench.api import Direction
from workbench.reporting.sequence_mermaid import mermaid_diagram, mermaid_text

WORD = r"(?:[A-Za-z0-9 ./_,()=+*?!-]|#\d+;)*"
LINE = re.compile(
    rf"sequenceDiagram|    participant [CS] as {WORD}|    (?:C->>S|S-->>C|C-xS|S--xC): {WORD}|    Note over C,S: and \d+ more"
)


def test_a_diagram():
    lines = list(mermaid_diagram(Sequence("t", FLOW, (step(), step("no", direction=Direction.TO_CLIENT, faulty=True)), 0)))
    assert lines[0] == "sequenceDiagram"
    assert lines[3] == "    C->>S: 1.50 #181;s http1#58; GET /"
    assert lines[4].startswith("    S--xC: ")


@given(SEQUENCES)
def test_no_words_become_language(sequence):
    lines = list(mermaid_diagram(sequence))
    assert all(LINE.fullmatch(line) for line in lines)
    assert len(lines) == 3 + len(sequence.steps) + bool(sequence.more)


@given(WORDS)
def test_what_is_escaped_reads_as_before_and_ends_no_block(text):
    coded = mermaid_text(text)
    assert re.sub(r"#(\d+);", lambda code: chr(int(code[1])), coded) == text
    assert not re.search(r"\bend\b", coded, re.IGNORECASE)
