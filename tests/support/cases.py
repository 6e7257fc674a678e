"""A case file with everything in it."""

from fuzzers.case_file import CaseFile
from fuzzers.model import Mutation
from fuzzers.targets.config import TargetConfig
from support.tiny import packet

CASE = CaseFile(
    protocol="tiny",
    campaign_seed=5,
    case=12,
    origin="talk",
    oracle="crash",
    summary="IndexError in tiny",
    fingerprint="crash:IndexError:tiny",
    detail="Traceback …",
    confirmed=True,
    target=TargetConfig(kind="training", memory=1 << 26),
    messages=(packet(0, 100), b"\xff"),
    original=(b"a", packet(3, 100, (1,)), b"\xffmore"),
    kept=(1, 2),
    mutations=(Mutation("value.enum.rebuilt", 1, "kind", "'echo'", "100"), Mutation("bytes.flip", 0, "[0:1]", "b", "a")),
)
