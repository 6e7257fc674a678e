"""A small interpreter of classic BPF programs (struct sock_filter), so that filters can be tried without privileges."""

import struct

_PROTOCOL, _NETWORK = 0xFFFFF000, 0xFFF00000


def run(program: bytes, frame: bytes, *, cooked: bool = False) -> int:
    """How many bytes of an Ethernet frame the kernel would keep; a `cooked` socket sees it without its header."""
    ethertype, packet = int.from_bytes(frame[12:14], "big"), frame[14:]
    seen = packet if cooked else frame
    accumulator = index = counter = 0
    memory: dict[int, int] = {}

    def load(offset: int, size: int) -> int | None:
        if offset == _PROTOCOL:
            return ethertype
        data, position = (packet, offset - _NETWORK) if offset >= _NETWORK else (seen, offset)
        return int.from_bytes(data[position : position + size], "big") if position + size <= len(data) else None

    while True:
        code, true, false, value = struct.unpack_from("=HBBI", program, 8 * counter)
        counter += 1
        if code in (0x20, 0x28, 0x30, 0x40, 0x48, 0x50):
            loaded = load(value + (index if code & 0xE0 == 0x40 else 0), {0: 4, 8: 2, 16: 1}[code & 0x18])
            if loaded is None:
                return 0
            accumulator = loaded
            continue
        match code:
            case 0x80:
                accumulator = len(seen)
            case 0x00:
                accumulator = value
            case 0x01:
                index = value
            case 0xB1:
                header = load(value, 1)
                if header is None:
                    return 0
                index = 4 * (header & 15)
            case 0x54:
                accumulator &= value
            case 0x07:
                index = accumulator
            case 0x15:
                counter += true if accumulator == value else false
            case 0x25:
                counter += true if accumulator > value else false
            case 0x35:
                counter += true if accumulator >= value else false
            case 0x45:
                counter += true if accumulator & value else false
            case 0x05:
                counter += value
            case 0x02:
                memory[value] = accumulator
            case 0x60:
                accumulator = memory[value]
            case 0x06:
                return value
            case _:
                raise AssertionError(f"unknown instruction {code:#x}")
