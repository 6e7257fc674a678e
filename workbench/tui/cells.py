"""Text in terminal cells: fitting it into a column, and numbers for people. No styles here."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

__all__ = ["bar", "chart", "clean", "count", "duration", "fit", "middle", "printable", "size", "sparkline"]

ELLIPSIS = "…"


def clean(text: str) -> str:
    """`text` without anything that a terminal could take for a command; see `dissectors.text.safe`.

    Printable text without a backslash needs nothing, and the first screen has no other: it must not wait for the escaper to load.
    """
    if text.isprintable() and "\\" not in text:
        return text
    from dissectors.text import safe

    return safe(text)


def printable(text: str) -> str:
    """Text of our own that may quote somebody else's: as it is when all of it is printable, else cleaned, line by line."""
    return "\n".join(line if line.isprintable() else clean(line) for line in text.split("\n"))


def fit(text: str, width: int, *, right: bool = False) -> str:
    """`text` in exactly `width` cells: padded, or cut with an ellipsis."""
    if width <= 0:
        return ""
    if text.isascii():
        length = len(text)
        if length > width:
            return text[: width - 1] + ELLIPSIS
        return text.rjust(width) if right else text.ljust(width)
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + ELLIPSIS
    return " " * (width - length) + text if right else text + " " * (width - length)


def middle(text: str, width: int) -> str:
    """`text` in at most `width` characters, cut in the middle: both ends of an IPv6 address matter."""
    if len(text) <= width or width < 3:
        return text
    head = (width - 1) // 2
    return text[:head] + ELLIPSIS + text[len(text) - (width - 1 - head) :]


def count(number: int) -> str:
    """1234567 → "1,234,567"."""
    return f"{number:,}"


def size(octets: int) -> str:
    """A number of bytes in at most seven characters: "512 B", "1.4 kB", "38 MB"."""
    if octets < 1000:
        return f"{octets} B"
    value = float(octets)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5:
            return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
    return f"{value:.0f} PB"


def duration(nanoseconds: int) -> str:
    """A time span in at most eight characters: "850 ns", "12.3 µs", "4.51 ms", "2.07 s", "3 m 05 s"."""
    value = float(nanoseconds)
    for limit, divisor, unit in ((1e3, 1.0, "ns"), (1e6, 1e3, "µs"), (1e9, 1e6, "ms"), (60e9, 1e9, "s")):
        if abs(value) < limit:
            scaled = value / divisor
            return f"{scaled:.0f} {unit}" if divisor == 1.0 else f"{scaled:.{2 if abs(scaled) < 10 else 1}f} {unit}"
    minutes, seconds = divmod(int(value / 1e9), 60)
    return f"{minutes} m {seconds:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} m"


BLOCKS = " ▁▂▃▄▅▆▇█"
PIECES = " ▏▎▍▌▋▊▉█"


def sparkline(values: Sequence[float], width: int) -> str:
    """The last `width` values as a curve of blocks, the largest one full."""
    shown = values[-width:]
    top = max(shown, default=0.0)
    if top <= 0:
        return " " * len(shown)
    return "".join(BLOCKS[0 if value <= 0 else max(1, round(value / top * 8))] for value in shown)


def bar(share: float, width: int) -> str:
    """A horizontal bar for a share from 0 to 1, to an eighth of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (PIECES[rest] if rest else "")).ljust(width)


def chart(values: Sequence[float], height: int) -> list[str]:
    """Values as columns of blocks, `height` lines from the top, the largest value full; what is above nothing shows at least an eighth."""
    top = max(values, default=0.0)
    if top <= 0:
        return [" " * len(values)] * height
    eighths = [0 if value <= 0 else max(1, round(value / top * height * 8)) for value in values]
    return ["".join(BLOCKS[max(0, min(8, each - 8 * line))] for each in eighths) for line in range(height - 1, -1, -1)]
