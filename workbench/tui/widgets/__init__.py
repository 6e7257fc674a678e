"""Panes and bars. Each draws values it is given; none opens a capture or runs an engine."""
