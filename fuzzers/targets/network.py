"""A network of one's own: a namespace that holds nothing but loopback, for a worker and the servers it starts.

Who enters it reaches its own servers under any port, whatever listens there outside, and nothing in it reaches another machine. It takes
the right to administer the machine, or a kernel that lets ordinary users have namespaces (namespaces(7), user_namespaces(7)). There is no
way back: only processes that were made for it may enter.
"""

import ctypes
import errno
import fcntl
import functools
import os
import socket
import struct
import warnings
from pathlib import Path

__all__ = ["can_enter_network", "enter_network"]

_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000  # unshare(2)
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1  # netdevice(7)
_IFREQ = struct.Struct("16sh22x")


def enter_network() -> None:
    """Move this process into a network of its own with loopback up; raises OSError where that is not allowed.

    It must have one thread only, and no socket that it still wants to connect from: those stay outside.
    """
    user, group = os.geteuid(), os.getegid()
    try:
        _unshare(_CLONE_NEWNET)
    except PermissionError:
        _unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
        # we stay who we are, also inside: files made there are ours
        for file, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path("/proc/self", file).write_bytes(text.encode())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        _, flags = _IFREQ.unpack(fcntl.ioctl(sock, _SIOCGIFFLAGS, _IFREQ.pack(b"lo", 0)))
        fcntl.ioctl(sock, _SIOCSIFFLAGS, _IFREQ.pack(b"lo", flags | _IFF_UP))


@functools.cache
def can_enter_network() -> bool:
    """Whether this machine lets us; found out by a process that tries it."""
    with warnings.catch_warnings():
        # the child calls the kernel and ends; locks of other threads do not matter
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        status = 1
        try:
            enter_network()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _unshare(flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "unshare"):
        raise OSError(errno.ENOSYS, "this system has no namespaces")
    if libc.unshare(flags):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
