"""Capture filters: BPF expressions (pcap-filter(7)) as programs for a packet socket, checked before anything begins.

libpcap compiles them, else tcpdump does, else, for lists of ports, our own compiler (`bpf`). What the expression may say is libpcap's
business; where it goes wrong is found here, because libpcap does not say.
"""

import bisect
import re
import shutil
import struct
import subprocess
from collections.abc import Callable
from functools import partial

from captures import libpcap
from captures.bpf import port_filter
from captures.packet_socket import LINUX_SLL
from workbench.api import UsageError

__all__ = ["check_filter", "compile_filter", "full_text", "maybe_ports", "reject_all"]

SECONDS = 10.0
"""For tcpdump to compile an expression; names in it may have to be looked up."""

MAX_TEXT = 5_000
"""Characters of an expression: about 400 ports. libpcap needs seconds for these, and minutes for more."""

_LIVE_WORDS = frozenset({"vlan", "inbound", "outbound", "ifindex"})
"""What only the kernel knows of a packet: compiled without an interface, such tests look at bytes that are not there."""

_COMPLETIONS = (
    *("", " 1", " ip", " port 1", " dst port 1", " host 127.0.0.1", " 127.0.0.1", " 00:00:5e:00:53:01"),
    *(" = 1", " 1 = 1", "0] = 1", "] = 1", " 1-2"),
)
"""With one of these, the beginning of a right expression becomes a right one."""

_MOST_QUOTED = 200
"""Characters of an expression that an error repeats."""

_TOKEN = re.compile(r"!=|[()!]|&&|\|\||[^\s()!]+")
_SHORTHAND = re.compile(r"\s*\d+(?:[\s,]+\d+)*\s*")
_MANUAL = "The language is described in `man pcap-filter`"

_COOKED_HEADER = 16
_TO_PROTOCOL, _TO_PACKET_TYPE = 0xFFFFF000, 0xFFFFF004
"""SKF_AD_OFF + SKF_AD_PROTOCOL and + SKF_AD_PKTTYPE of linux/filter.h."""
_CLASS, _MODE = 0x07, 0xE0
_LOADS, _PACKET_MODES = (0x00, 0x01), (0x20, 0x40, 0xA0)
"""BPF_LD and BPF_LDX; BPF_ABS, BPF_IND and BPF_MSH, which look into the packet."""
_RETURN = 0x06

_DLT_NAMES = {1: "EN10MB", 101: "RAW", LINUX_SLL: "LINUX_SLL"}


def full_text(text: str) -> str:
    """The expression that a shorthand stands for ("80,443": these ports); any other text as it is."""
    if not _SHORTHAND.fullmatch(text):
        return text.strip()
    ports = dict.fromkeys(int(word) for word in re.split(r"[\s,]+", text.strip()))
    return " or ".join(f"port {port}" for port in ports)


def maybe_ports(text: str) -> tuple[int, ...] | None:
    """The ports of an expression "port N or port M"; None for any other."""
    parts = re.split(r"\s+or\s+", text.strip())
    found = [re.fullmatch(r"port\s+(\d{1,5})", part) for part in parts]
    return tuple(int(match.group(1)) for match in found if match) if all(found) else None


def check_filter(text: str, link_type: int = 1, interface: str = "") -> None:
    """Raise UsageError, with the place of the mistake, for an expression that cannot be used."""
    compile_filter(text, link_type, 65_535, interface)


def reject_all() -> bytes:
    """The program that keeps nothing."""
    return struct.pack("=HBBI", _RETURN, 0, 0, 0)


def compile_filter(text: str, link_type: int, snaplen: int, interface: str = "") -> bytes:
    """A program (struct sock_filter, 8 bytes each) that keeps `snaplen` bytes of each packet that the expression describes.

    With the `interface`, and where this process may capture, also expressions work that ask the kernel (vlan, inbound). Raises UsageError.
    """
    if not text:
        return port_filter((), snaplen)
    if len(text) > MAX_TEXT or "\0" in text:
        remedy = "Make it simpler, and select the rest with --filter when reading"
        raise UsageError(f"the capture filter is no text of at most {MAX_TEXT:,} characters", remedy=remedy)
    if libpcap.library() is not None:
        program = _by_libpcap(text, link_type, snaplen, interface)
    elif shutil.which("tcpdump"):
        program = _by_tcpdump(text, link_type, snaplen)
    else:
        ports = maybe_ports(text)
        if ports is None:
            remedy = "Install libpcap (Debian: sudo apt install libpcap0.8) or tcpdump, or filter by ports: -f 80,443"
            raise UsageError(f"nothing here can compile the capture filter {text!r}", remedy=remedy)
        return port_filter(ports, snaplen)  # written for packets as a cooked socket gives them, too
    return _for_cooked_socket(program, text) if link_type == LINUX_SLL else program


def _by_libpcap(text: str, link_type: int, snaplen: int, interface: str) -> bytes:
    if interface and _LIVE_WORDS & set(_TOKEN.findall(text)):
        try:
            return libpcap.compile_text(text, link_type, snaplen, interface)
        except OSError:
            pass  # not allowed, or no such interface: whoever opens the interface says it better
        except libpcap.Complaint as error:
            raise _wrong(text, str(error), partial(libpcap.complaint_about, link_type=link_type)) from error
    try:
        return libpcap.compile_text(text, link_type, snaplen)
    except libpcap.Complaint as error:
        raise _wrong(text, str(error), partial(libpcap.complaint_about, link_type=link_type)) from error


def _by_tcpdump(text: str, link_type: int, snaplen: int) -> bytes:
    """`tcpdump -ddd`: the number of instructions, then one a line, in decimal numbers."""
    command = ["tcpdump", "-ddd", "-s", str(snaplen), "-y", _DLT_NAMES.get(link_type, "EN10MB"), "--", text]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise UsageError("tcpdump does not come to an end with it", place=_place(text), remedy=_MANUAL) from error
    if done.returncode:
        words = done.stderr.strip().splitlines()
        raise _wrong(text, words[-1].removeprefix("tcpdump: ") if words else "tcpdump refuses it", None)
    return b"".join(struct.pack("=HBBI", *map(int, line.split())) for line in done.stdout.splitlines()[1:])


def _wrong(text: str, words: str, complaint: Callable[[str], str] | None) -> UsageError:
    words = words.removeprefix("can't parse filter expression: ")
    remedy = _MANUAL
    if complaint is not None and "syntax error" in words:
        at = _stumbling_block(text, complaint)
        if at is None:
            words = "it ends too early"
        else:
            words = f"syntax error at {text[at:].split()[0]!r} (character {at + 1})"
    return UsageError(words, place=_place(text), remedy=remedy)


def _stumbling_block(text: str, complaint: Callable[[str], str]) -> int | None:
    """Where the first word stands after which no expression goes on; None when the text is only the beginning of one.

    libpcap says no more than "syntax error", so it is asked about ever longer beginnings.
    """
    words = list(_TOKEN.finditer(text))

    def wrong(word: re.Match[str]) -> bool:
        beginning = text[: word.end()]
        closing = ")" * (beginning.count("(") - beginning.count(")"))
        return all("syntax error" in complaint(beginning + more + closing) for more in _COMPLETIONS)

    # what follows a wrong word does not mend it, so that the first one can be found by halving
    first = bisect.bisect_left(words, True, key=wrong)
    return words[first].start() if first < len(words) else None


def _place(text: str) -> str:
    return f"capture filter {text if len(text) <= _MOST_QUOTED else text[:_MOST_QUOTED] + '…'!r}"


def _for_cooked_socket(program: bytes, text: str) -> bytes:
    """A program for cooked packets, for a socket that sees them without their header: what it says, the kernel has to be asked for."""
    lines = []
    for code, true, false, value in struct.iter_unpack("=HBBI", program):
        moved = value
        if code & _CLASS in _LOADS and code & _MODE in _PACKET_MODES and value < 1 << 31:
            if value >= _COOKED_HEADER:
                moved = value - _COOKED_HEADER
            elif value in (0, 14):
                moved = _TO_PACKET_TYPE if value == 0 else _TO_PROTOCOL
            else:
                remedy = "Name one interface instead of all, or select such packets when reading"
                raise UsageError("this test needs the link's own header", place=_place(text), remedy=remedy)
        lines.append(struct.pack("=HBBI", code, true, false, moved))
    return b"".join(lines)
