"""File names for objects whose names came from the wire: nothing but a name, never a path, and none twice."""

import re
from urllib.parse import unquote_to_bytes

__all__ = ["ObjectNames", "safe_name"]

LONGEST = 100
"""Characters of a name: file systems take 255 bytes, and people read less."""

_ALLOWED = re.compile(r"[^A-Za-z0-9._-]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that mean devices on Windows, whatever their ending."""

_ENDING = re.compile(r"\.[A-Za-z0-9]{1,10}")

_ENDINGS = {
    "text/html": ".html",
    "text/plain": ".txt",
    "text/css": ".css",
    "text/csv": ".csv",
    "text/xml": ".xml",
    "text/javascript": ".js",
    "application/javascript": ".js",
    "application/json": ".json",
    "application/xml": ".xml",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/gzip": ".gz",
    "application/wasm": ".wasm",
    "application/x-www-form-urlencoded": ".form",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/svg+xml": ".svg",
    "image/webp": ".webp",
    "image/x-icon": ".ico",
    "font/woff2": ".woff2",
    "audio/mpeg": ".mp3",
    "video/mp4": ".mp4",
}
"""Media types of everyday traffic; what is none of them ends in .bin."""


def safe_name(uri: str, content_type: str, packet: int) -> str:
    """A file name for the body of a request's target: its last segment where it has one, with an ending by the media type where it has
    none. Letters, digits, dots, hyphens and underscores of ASCII only; it never begins with a dot or a hyphen."""
    path = re.sub(r"^[a-z]+://[^/?#]*", "", uri, flags=re.IGNORECASE)
    segment = path.split("?", 1)[0].split("#", 1)[0].rstrip("/").rpartition("/")[2]
    plain = unquote_to_bytes(segment.encode("utf-8", "replace")).decode("ascii", "replace")
    name = _ALLOWED.sub("_", plain).lstrip(".-_").rstrip(".")
    name = name or f"object-{packet}"
    ending = _ENDING.search(name, name.rfind(".")) if "." in name else None
    if ending is None or ending.end() != len(name):
        media = content_type.split(";", 1)[0].strip().lower()
        ending_text = _ENDINGS.get(media, ".bin")
        return _apart(name[: LONGEST - len(ending_text)] + ending_text)
    stem = name[: ending.start()]
    return _apart(stem[: LONGEST - len(ending[0])] + ending[0])


def _apart(name: str) -> str:
    return f"_{name}" if _RESERVED.fullmatch(name) else name


class ObjectNames:
    """Gives each name once, whatever case a file system tells apart: `page.html`, `page-2.html`, …"""

    def __init__(self, taken: tuple[str, ...] = ()) -> None:
        self._taken = {name.lower() for name in taken}
        self._next: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """That name, or the next one with a number."""
        stem, dot, ending = name.rpartition(".")
        chosen, number = name, self._next.get(name.lower(), 2)
        while chosen.lower() in self._taken:
            chosen = f"{stem}-{number}{dot}{ending}" if dot else f"{name}-{number}"
            number += 1
        self._next[name.lower()] = number
        self._taken.add(chosen.lower())
        return chosen
