"""The cases notice a server that uses the wrong code, forgets its table, or hides a new size."""

from support.http2_server import failing
from workbench_http2 import server_core, server_session
from workbench_http2.checks.compression import CHECKS
from workbench_http2.server_faults import ConnectionFault
from workbench_http2.server_fields import decode_block
from workbench_http2.server_frames import ErrorCode

BROKEN = {
    "hpack-index-0", "hpack-index-beyond", "hpack-index-far-beyond", "hpack-name-index-beyond", "hpack-huffman-eos",
    "hpack-huffman-padding-long", "hpack-huffman-padding-zeros", "hpack-truncated-string", "hpack-truncated-integer",
    "hpack-resize-too-large", "hpack-resize-at-the-end", "hpack-broken-trailers", "hpack-broken-in-continuation", "hpack-evicted",
}  # fmt: skip


def test_another_code(monkeypatch):
    def general(decoder, block):
        try:
            return decode_block(decoder, block)
        except ConnectionFault as fault:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, fault.text) from fault

    monkeypatch.setattr(server_session, "decode_block", general)
    assert failing(CHECKS) == BROKEN


def test_a_forgetful_decoder(monkeypatch):
    def forgetful(decoder, block):
        decoder.header_table.dynamic_entries.clear()
        return decode_block(decoder, block)

    monkeypatch.setattr(server_session, "decode_block", forgetful)
    assert {"hpack-dynamic", "hpack-huffman", "hpack-state-of-refused"} <= failing(CHECKS)


def test_a_hidden_size(monkeypatch):
    take = server_core.Core.settings

    def silent(core, pairs, *, ack=False):
        take(core, pairs, ack=ack)
        core._h2.encoder.table_size_changes = []

    monkeypatch.setattr(server_core.Core, "settings", silent)
    assert "hpack-table-shrunk" in failing(CHECKS)
