"""libpcap's compiler of filter expressions, called by ctypes: text in, a classic BPF program or its own complaint out.

Nothing is captured through libpcap. It is a library of the system; where it is missing, `library` says None.
"""

import ctypes
import ctypes.util
import os
from functools import lru_cache
from typing import Any

__all__ = ["MOST_INSTRUCTIONS", "Complaint", "compile_text", "complaint_about", "library"]

_NAMES = ("libpcap.so.1", "libpcap.so.0.8", "libpcap.A.dylib")
"""What distributions call it; asking the linker takes a process, so it comes last."""

_DLT_OF = {101: 12}
"""Link types whose number inside the library (DLT_) is another one than in files (LINKTYPE_): raw IP."""

_ERROR_SIZE = 256
_UNKNOWN_NETMASK = 0xFFFFFFFF
_INSTRUCTION = 8
MOST_INSTRUCTIONS = 15_000
"""Of a program as it is first written down: libpcap needs seconds to shorten this one, and minutes for one three times as long."""


class Complaint(Exception):  # noqa: N818 - it is no failure of ours
    """The library refuses an expression; in its own words."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.c_void_p))


@lru_cache(maxsize=1)
def library() -> Any:
    """The loaded library; None where there is none."""
    for name in _NAMES:
        try:
            return _declared(ctypes.CDLL(name))
        except OSError:
            continue
    found = ctypes.util.find_library("pcap")
    return _declared(ctypes.CDLL(found)) if found else None


def compile_text(text: str, link_type: int, snaplen: int, interface: str = "") -> bytes:
    """Compile for packets of a link type, or for an interface as it is now, which takes the privilege to capture.

    Only the latter knows what the kernel says beside a packet (its VLAN tag, its direction). Raises Complaint, and OSError when the
    interface cannot be opened.
    """
    pcap = library()
    handle = (
        _live_handle(pcap, interface, snaplen) if interface else pcap.pcap_open_dead(_DLT_OF.get(link_type, link_type), snaplen)
    )
    try:
        plain = _compiled(pcap, handle, text, optimize=False)
        if len(plain) > _INSTRUCTION * MOST_INSTRUCTIONS:
            raise Complaint("it is too long: the kernel takes about 200 ports, or 300 addresses")
        return _compiled(pcap, handle, text, optimize=True)
    finally:
        pcap.pcap_close(handle)


def complaint_about(text: str, link_type: int) -> str:
    """What the library has against an expression; "" when it understands it."""
    pcap = library()
    handle = pcap.pcap_open_dead(_DLT_OF.get(link_type, link_type), 1)
    try:
        _compiled(pcap, handle, text, optimize=False)
    except Complaint as error:
        return str(error)
    finally:
        pcap.pcap_close(handle)
    return ""


def _compiled(pcap: Any, handle: int, text: str, *, optimize: bool) -> bytes:
    program = _Program()
    if pcap.pcap_compile(handle, ctypes.byref(program), os.fsencode(text), int(optimize), _UNKNOWN_NETMASK):
        raise Complaint(pcap.pcap_geterr(handle).decode("utf-8", "replace"))
    try:
        return ctypes.string_at(program.instructions, _INSTRUCTION * program.length)
    finally:
        pcap.pcap_freecode(ctypes.byref(program))


def _live_handle(pcap: Any, interface: str, snaplen: int) -> int:
    error = ctypes.create_string_buffer(_ERROR_SIZE)
    handle: int = pcap.pcap_create(os.fsencode(interface), error)
    if not handle:
        raise OSError(error.value.decode("utf-8", "replace"))
    pcap.pcap_set_snaplen(handle, snaplen)
    if pcap.pcap_activate(handle) < 0:
        words = pcap.pcap_geterr(handle).decode("utf-8", "replace")
        pcap.pcap_close(handle)
        raise OSError(words)
    return handle


def _declared(pcap: Any) -> Any:
    """The library with the types of the functions used here."""
    handle = ctypes.c_void_p
    pcap.pcap_open_dead.restype, pcap.pcap_open_dead.argtypes = handle, (ctypes.c_int, ctypes.c_int)
    pcap.pcap_create.restype, pcap.pcap_create.argtypes = handle, (ctypes.c_char_p, ctypes.c_char_p)
    pcap.pcap_set_snaplen.argtypes = (handle, ctypes.c_int)
    pcap.pcap_activate.argtypes = (handle,)
    pcap.pcap_compile.argtypes = (handle, ctypes.POINTER(_Program), ctypes.c_char_p, ctypes.c_int, ctypes.c_uint32)
    pcap.pcap_geterr.restype, pcap.pcap_geterr.argtypes = ctypes.c_char_p, (handle,)
    pcap.pcap_freecode.restype, pcap.pcap_freecode.argtypes = None, (ctypes.POINTER(_Program),)
    pcap.pcap_close.restype, pcap.pcap_close.argtypes = None, (handle,)
    return pcap
