import pytest
from textual.app import App

from workbench.tui.theme import DARK, LIGHT, Palette, palette_for, protocol_colour


def _palette(theme) -> Palette:
    app: App[None] = App()
    app.register_theme(theme)
    app.theme = theme.name
    app.get_css_variables()
    return palette_for(app.theme_variables, theme.dark)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_text_can_be_read_on_its_background(theme):
    palette = _palette(theme)
    for style in (
        palette.text,
        palette.dim,
        palette.cursor,
        palette.selection,
        palette.to_server,
        palette.to_client,
        palette.error,
    ):
        ink, paper = style.color.get_truecolor(), style.bgcolor.get_truecolor()
        assert _contrast(ink, paper) >= 3, style


@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("name", ["TCP", "UDP", "HTTP", "STREAMBUS", "some-plugin", "another"])
def test_protocol_names_can_be_read(theme, name: str):
    style = _palette(theme).protocol(name)
    assert _contrast(style.color.get_truecolor(), style.bgcolor.get_truecolor()) >= 3


def _contrast(one, other) -> float:
    lights = sorted((_light(one), _light(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _light(colour) -> float:
    parts = [value / 255 for value in colour]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_protocol_has_one_colour_whatever_its_case():
    assert protocol_colour("http", True) == protocol_colour("HTTP", True)
    assert protocol_colour("mine", True) == protocol_colour("mine", True)


def test_ink_has_no_background():
    palette = _palette(DARK)
    assert palette.ink("error").bgcolor is None
    assert palette.ink("HTTP").color == palette.protocol("HTTP").color


def test_one_style_on_the_background_of_another():
    palette = _palette(DARK)
    mixed = palette.on(palette.error, palette.cursor)
    assert (mixed.color, mixed.bgcolor) == (palette.error.color, palette.cursor.bgcolor)
