"""UDP ports behind which other network headers hide, with the layer that `captures.peel` finds there."""

__all__ = ["TUNNEL_PORTS"]

TUNNEL_PORTS: dict[int, str] = {
    4789: "vxlan",  # RFC 7348
    6081: "geneve",  # RFC 8926
    2152: "gtp",  # 3GPP TS 29.281, user plane
    2123: "gtp",  # 3GPP TS 29.274, control plane: same header, ends there
    3544: "teredo",  # RFC 4380
    4754: "gre",  # RFC 8086
    5072: "ayiya",
    6635: "mpls",  # RFC 7510
}
