"""Colours: the two themes, the styles that line-drawn widgets use, and one colour for each protocol.

Widgets that draw their own lines ask for a `Palette`; everything else is styled by the style sheet from the same theme.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rich.color import Color as RichColor
from rich.style import Style
from textual.color import Color
from textual.theme import Theme

__all__ = ["DARK", "LIGHT", "Palette", "palette_for"]

DARK = Theme(
    name="workbench",
    primary="#6ea8fe",
    secondary="#8b93ff",
    accent="#ffb454",
    warning="#f2c14e",
    error="#ff6b6b",
    success="#7fd88f",
    foreground="#d5dae3",
    background="#0f1318",
    surface="#141920",
    panel="#1c232d",
    dark=True,
    variables={
        "border": "#2b3441",
        "border-blurred": "#232b36",
        "block-cursor-text-style": "none",
        "input-selection-background": "#6ea8fe 30%",
        "input-cursor-background": "#6ea8fe",
        "scrollbar": "#2f3947",
        "scrollbar-hover": "#445266",
        "scrollbar-active": "#6ea8fe",
        "scrollbar-background": "#11161c",
        "scrollbar-background-hover": "#11161c",
        "scrollbar-background-active": "#11161c",
        "scrollbar-corner-color": "#11161c",
    },
)

LIGHT = Theme(
    name="workbench-light",
    primary="#1f6feb",
    secondary="#5b4bd6",
    accent="#b35c00",
    warning="#8a6100",
    error="#c62828",
    success="#1b7f3b",
    foreground="#1c2430",
    background="#f7f8fa",
    surface="#eef1f5",
    panel="#e1e6ed",
    dark=False,
    variables={"border": "#c4ccd8", "border-blurred": "#d4dae3", "block-cursor-text-style": "none"},
)

_KNOWN = {
    "TCP": "#8ea3c2",
    "UDP": "#6fc3e8",
    "HTTP": "#8fd18a",
    "HTTP1": "#8fd18a",
    "STREAMBUS": "#c49bff",
    "DNS": "#4fd6be",
    "TLS": "#f2a0c8",
    "QUIC": "#ffb86c",
    "ARP": "#e3cf72",
    "ICMP": "#ff9fb8",
    "ICMPV6": "#ff9fb8",
    "ETH": "#7f8a9b",
    "IP": "#7f8a9b",
    "IPV6": "#7f8a9b",
    "DATA": "#8a8f99",
    "FRAME": "#7f8a9b",
}
_OTHERS = ("#7fd1ff", "#b5d76a", "#ffa07a", "#d7a6ff", "#66d9a6", "#f0a6ca", "#e8b75c", "#9fb4ff")


@dataclass(frozen=True, slots=True)
class Palette:
    """Ready-made Rich styles of one theme, backgrounds included."""

    dark: bool
    background: Color
    foreground: Color
    text: Style
    strong: Style
    dim: Style
    faint: Style
    head: Style
    cursor: Style
    cursor_blurred: Style
    selection: Style
    accent: Style
    good: Style
    warning: Style
    error: Style
    to_server: Style
    to_client: Style
    mark: Style

    def protocol(self, name: str) -> Style:
        """The style of a protocol's name."""
        return _protocol_style(self, name.upper())

    def tint(self, name: str, share: float = 0.07) -> Style:
        """The normal text style on a background with a touch of the protocol's colour."""
        return _tint_style(self, name.upper(), share)

    def ink(self, name: str) -> Style:
        """The foreground of a named style (or of a protocol) alone, for text on somebody else's background."""
        style = getattr(self, name, None)
        found = style if isinstance(style, Style) else self.protocol(name)
        return Style(color=found.color, bold=found.bold)

    def on(self, style: Style, row: Style) -> Style:
        """`style`'s foreground on the background of `row`."""
        return _combine(style, row)


def protocol_colour(name: str, dark: bool) -> Color:
    """The one colour of a protocol, equal in every run and legible on the theme."""
    upper = name.upper()
    colour = Color.parse(_KNOWN.get(upper) or _OTHERS[zlib.crc32(upper.encode()) % len(_OTHERS)])
    return colour if dark else colour.blend(Color(0, 0, 0), 0.5)


@lru_cache(maxsize=1024)
def _protocol_style(palette: Palette, upper: str) -> Style:
    colour = protocol_colour(upper, palette.dark)
    return Style(color=colour.rich_color, bgcolor=palette.background.rich_color, bold=True)


@lru_cache(maxsize=1024)
def _tint_style(palette: Palette, upper: str, share: float) -> Style:
    background = palette.background.blend(protocol_colour(upper, palette.dark), share)
    return Style(color=palette.foreground.rich_color, bgcolor=background.rich_color)


@lru_cache(maxsize=4096)
def _combine(style: Style, row: Style) -> Style:
    return style + Style(bgcolor=row.bgcolor)


def _style(colour: Color, background: Color, *, bold: bool = False) -> Style:
    ink: RichColor = colour.rich_color
    return Style(color=ink, bgcolor=background.rich_color, bold=bold or None)


def palette_for(variables: Mapping[str, str], dark: bool) -> Palette:
    """The palette of the theme whose resolved variables are given (`App.theme_variables`)."""
    return _palette(*(variables[name] for name in _NAMES), dark)


_NAMES = ("background", "foreground", "panel", "primary", "accent", "success", "warning", "error")


@lru_cache(maxsize=8)
def _palette(
    background: str, foreground: str, panel: str, primary: str, accent: str, success: str, warning: str, error: str, dark: bool
) -> Palette:
    base, ink, raised, blue = (Color.parse(name) for name in (background, foreground, panel, primary))
    orange = Color.parse("#ff9d7a" if dark else "#b0431f")
    sky = Color.parse("#86b7ff" if dark else "#1d5fc2")
    cursor = base.blend(blue, 0.38)
    return Palette(
        dark=dark,
        background=base,
        foreground=ink,
        text=_style(ink, base),
        strong=_style(ink, base, bold=True),
        dim=_style(ink.blend(base, 0.42), base),
        faint=_style(ink.blend(base, 0.68), base),
        head=_style(ink.blend(base, 0.35), raised),
        cursor=_style(Color(255, 255, 255) if dark else ink, cursor),
        cursor_blurred=_style(ink, base.blend(blue, 0.18)),
        selection=_style(Color(255, 255, 255) if dark else ink, base.blend(blue, 0.5)),
        accent=_style(Color.parse(accent), base),
        good=_style(Color.parse(success), base),
        warning=_style(Color.parse(warning), base),
        error=_style(Color.parse(error), base),
        to_server=_style(orange, base),
        to_client=_style(sky, base),
        mark=_style(Color.parse(accent), base, bold=True),
    )
