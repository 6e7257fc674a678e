"""The main job end to end on the workbench's own servers: serve, drive, watch live, dissect, export, fuzz, replay.

`play` does it all and yields what happens; `staged` is its first half for screens that show the traffic themselves.
"""

from workbench.demo.performance import play
from workbench.demo.stage import Stage, staged

__all__ = ["Stage", "play", "staged"]
