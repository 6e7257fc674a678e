from support.commands import workbench
from workbench.analysis.catalog import PLACES
from workbench.analysis.thresholds import BUILT_IN


def test_every_section_its_options_and_every_level_are_told():
    done = workbench("stats", "--about")
    assert (done.code, done.err) == (0, "")
    for name, _ in PLACES:
        assert f"{name}  (" in done.out
    assert "--set io.interval=" in done.out
    lines = {line.split()[0]: line for line in done.out.splitlines() if line.strip()}
    assert BUILT_IN.keys() <= lines.keys()
    assert "5.0 % / 20.0 % / 50.0 %" in lines["tcp.reset_share"]
    assert "any / 5.0 % / 30.0 %" in lines["tls.alert_share"]
    assert "20.0 % / 50.0 % / -" in lines["tcp.silent_share"]
