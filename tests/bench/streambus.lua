-- Streambus for the peer: length u32 (of what follows it), id u64, type or status and flags, payload, CRC-32.
local bus = Proto("bench_bus", "Streambus")
local length = ProtoField.uint32("bench_bus.length", "Length")
local number = ProtoField.uint64("bench_bus.id", "Request id")
local kind = ProtoField.uint8("bench_bus.kind", "Type or status")
local body = ProtoField.bytes("bench_bus.body", "Flags and payload")
local crc = ProtoField.uint32("bench_bus.crc", "CRC-32", base.DEC)
bus.fields = {length, number, kind, body, crc}

local function size_of(buffer, _, offset)
  return buffer(offset, 4):uint() + 4
end

local function show(buffer, packet, tree)
  packet.cols.protocol = "STREAMBUS"
  local size = buffer:len()
  local branch = tree:add(bus, buffer(0, size))
  branch:add(length, buffer(0, 4))
  branch:add(number, buffer(4, 8))
  branch:add(kind, buffer(12, 1))
  if size > 17 then branch:add(body, buffer(13, size - 17)) end
  branch:add(crc, buffer(size - 4, 4))
  return size
end

function bus.dissector(buffer, _, tree)
  dissect_tcp_pdus(buffer, tree, 16, size_of, show)
  return buffer:len()
end

DissectorTable.get("tcp.port"):add(9099, bus)
