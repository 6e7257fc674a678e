"""Which privileges this process has, and which a program would have that it starts. Looks, changes nothing."""

import os
import struct
from pathlib import Path

__all__ = ["CAP_NET_RAW", "may", "program_may"]

CAP_NET_RAW = 13
"""linux/capability.h: packet and raw sockets."""

_STATUS = Path("/proc/self/status")
_FILE_CAPABILITIES = "security.capability"
_SET_USER = 0o4000


def may(capability: int) -> bool:
    """Whether this process has a capability."""
    return bool(_set("CapEff") >> capability & 1)


def program_may(path: str, capability: int) -> bool:
    """Whether a program that is started now would have it (capabilities(7): what happens at execve). Raises OSError."""
    if not _set("CapBnd") >> capability & 1:
        return False
    if os.geteuid() == 0 or _set("CapAmb") >> capability & 1:
        return True
    status = Path(path).stat()
    if status.st_mode & _SET_USER and status.st_uid == 0:
        return True
    try:
        granted = os.getxattr(path, _FILE_CAPABILITIES)
    except OSError:
        return False
    # struct vfs_cap_data: a word with the version, then the permitted capabilities 0 to 31
    return len(granted) >= 8 and bool(struct.unpack_from("<I", granted, 4)[0] >> capability & 1)


def _set(name: str) -> int:
    """One capability set of this process, as bits; none where nobody says."""
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1], 16) for line in lines if line.startswith(f"{name}:")), 0)
