"""Stash, a small key-value store: length u32 (of what follows it), id u32, type or status u8, payload, CRC32."""

import zlib

from construct import ConstructError, Enum, Int8ub, Int16ub, Int32ub, PascalString, Pass, Switch, this

from workbench import api

TEXT = PascalString(Int16ub, "utf8")
FRAME = api.length_prefixed(4, longest=65_536)
HEAD = ("length" / Int32ub, "id" / Int32ub)
CRC = "crc" / api.Crc(Int32ub, zlib.crc32)
VALUE = "value" / Switch(this.type, {"put": TEXT}, default=Pass)
REQUEST = api.Framed("length", *HEAD, "type" / Enum(Int8ub, get=1, put=2), "key" / TEXT, VALUE, CRC)
REPLY = api.Framed("length", *HEAD, "status" / Enum(Int8ub, ok=0, missing=1, refused=2), "value" / TEXT, CRC)


def ask(number, kind, key, value=None):
    return REQUEST.build({"id": number, "type": kind, "key": key, "value": value})


def server(options):
    stash = {}

    def answer(frame):
        status, value = "refused", ""
        try:
            request = REQUEST.parse(frame)
        except ConstructError:  # bad input gets an answer; any other exception would be a crash, which is what a fuzzer looks for
            request = None
        if request and request.type == "get":
            status, value = ("ok", stash[request.key]) if request.key in stash else ("missing", "")
        if request and request.type == "put" and sum(map(len, stash.values())) < options.max_stored:
            status, stash[request.key] = "ok", request.value
        return REPLY.build({"id": int.from_bytes(frame[4:8], "big"), "status": status, "value": value})

    return api.framed(FRAME, answer)(options)


def probe(data, direction):
    try:
        size = FRAME(data)
        message = size and (REQUEST if direction is api.Direction.TO_SERVER else REPLY).parse(data[:size])
    except (api.FrameError, ConstructError):
        return api.Confidence.NO
    return api.Confidence.CERTAIN if message else api.Confidence.NEED_DATA


def label(message):
    return str(message.value.type if message.direction is api.Direction.TO_SERVER else message.value.status)


OPEN = {("open", name): "open" for name in ("get", "put", "ok", "missing", "refused")}
START = {("start", "get"): "open", ("start", "put"): "open", ("start", "refused"): "start"}  # refused: what did not parse
SEEDS = (api.Seed("put and get", (ask(1, "put", "sky", "blue"), ask(2, "get", "sky"))), api.Seed("miss", (ask(7, "get", "sea"),)))

PROTOCOL = api.ProtocolSpec(
    name="stash", title="Stash, a small key-value store", ports=(9321,), grammar=api.PerDirection(REQUEST, REPLY), frame=FRAME,
    probe=probe, label=label, exchange=lambda message: message.value.id, states=START | OPEN, seeds=SEEDS, server=server,
)  # fmt: skip
