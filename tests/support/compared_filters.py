"""Filters that are put to tshark as well, by capture, and where it says something else: for each a reason."""

__all__ = ["CAPTURES", "DIFFERENCES", "SAMPLES"]

_HEAD = "two responses follow a pipelined HEAD: tshark waits for a body of the first, which has none (RFC 9110 9.3.2)"
_CUT = (
    "a request whose body was cut short by the end of its connection is a message to us, with its error; to tshark it is no HTTP"
)
_CUT_AND_HEAD = f"{_CUT}; {_HEAD}"

SAMPLES: dict[str, str] = {
    "http1-curl-nginx.pcapng": r"""
http.request.method == "GET"
http.request.method == "GET" or http.response.code == 404
http.response.code >= 400
http.response.code == 206
http.request.uri contains "page"
http.request.uri matches "^/.*html$"
http.request.uri[0:2] == "/a"
len(http.request.uri) > 10
http && tcp.dstport == 80
tcp
not tcp
udp or icmp
tcp.stream == 1
tcp.stream != 1
tcp.stream in {0, 2, 4}
ip.addr == 127.0.0.1
ip.src != 127.0.0.1
ip.addr == 127.0.0.0/8 && !(tcp.port == 80)
frame.number < 20 and tcp
not tcp.port == 80
tcp.srcport > 30000 or tcp.dstport > 30000
frame.number >= 10 and (frame.number <= 12 or frame.number == 20)
http.request.method == "GET" and not http.request.uri contains "a"
http.request.uri and http.request.method != "POST" and http.request.method != "HEAD"
len(tcp) == 40
len(http) > 100
len(frame) > 400
ip[8:1] == 40
ip[8] == 64
tcp[13] == 0x12
tcp[13] == 2
tcp[13] & 2
http[0:3] == "GET"
http[0:3] == 474554
http.request.method[0] == 47
http.request.method[0:2] == "GE"
eth.dst[0] & 1
count(http.request.line) > 2
count(ip.addr) == 2
upper(http.request.method) == "GET"
len(ip.src) == 4
frame.time_epoch > 1000000
frame.time_delta > 0.01
frame.time_relative >= 0.5
frame contains "GET"
tcp contains 47:45
tcp.payload contains "GET"
ip.ttl == 0x40
ip.src > 127.0.0.0
ip.src[0] == 7f
tcp.seq == 1
tcp.ack > 100
tcp.seq_raw > 5
tcp.payload
!http and tcp.len > 0
tcp.flags == 0x018
tcp.hdr_len > 32
ip.proto == 6
ip.proto == "TCP"
ip.flags.df == 1
ip.dsfield.dscp == 0
frame.number > -1
tcp.len == 0 && tcp.flags.ack == 1 && frame.number <= 10
all tcp.port > 1024
any tcp.port > 50000
tcp.port === 80
tcp.port ~= 80
tcp.port !== 80
tcp.len + 1 > 500
tcp.len -1 > 500
tcp.srcport > 2 * {tcp.dstport + 3}
frame.time >= "2024-01-01 00:00:00"
tcp.flags.syn == "Set"
max(tcp.srcport, tcp.dstport) > 40000
string(frame.number) matches "^1"
frame.number & 1
frame.protocols contains "http"
ip.src == ip.dst
ip.addr in {127.0.0.0/8}
tcp.port in {80..90}
frame.len in {60..80, 100}
abs(tcp.len - 100) < 10
eth[0]==0
frame[0:2] == 00:00
tcp.checksum
tcp.options.mss_val == 65495
tcp.options.timestamp.tsval > 5
tcp.option_kind == 8
tcp.option_kind == 3 or tcp.option_kind == 4
http.request.uri matches "\\.html$"
http.request.uri matches r"\.html$"
tcp.window_size_value > 500
ip.id == 0
ip.len > 100
ip.version == 4
eth.type == 0x800
eth.addr == 00:00:00:00:00:00
frame.interface_id == 0
tcp.urgent_pointer == 0
tcp.stream
http.response.code in {200, 404}
http.response.code in {200..299}
http.host == "127.0.0.1"
http.content_length > 100
http.content_length > tcp.len
lower(http.server) contains "nginx"
http.user_agent contains "curl" or http.server
frame.number % 10 == 0
frame.len / 2 > 100
tcp.len * 2 > 400
http.request or http.response
not http.request.method in {"GET", "POST"} and http
tcp.flags.push == 1 && !(tcp.flags.fin == 1)
tcp.flags & 0x12 == 0x12
min(tcp.srcport, tcp.dstport) == 80
tcp.window_size > 65535
tcp.window_size_value < 600 and tcp.window_size > 60000
tcp.window_size != tcp.window_size_value
tcp.analysis.initial_rtt < 0.001 and tcp.analysis.push_bytes_sent > 100
""",
    "http2-tls.pcapng": r"""
tls
http2
http2.type == 1
http2.type == 0 and http2.type == 1
http2.type == 0 or http2.type == 4
http2.streamid > 1
http2.streamid != 0
tls and http2
tls and not http2
not tls and tcp
http2.headers.method == "GET"
http2.header.name contains "agent"
http2.header.value matches "^gzip"
http2.window_update.window_size_increment > 65535
http2.length > 100
http2 or tls.handshake.type == 2
count(http2.streamid) > 2
any http2.streamid > 5
all http2.streamid > 5
http2.streamid === 0
http2.streamid ~= 0
tls.record.length > 500 and tcp.len < 600
tls[0] == 16
http2.type in {0..2}
http2.flags & 4
max(tls.record.length) > 1000
""",
    "tls13-openssl.pcapng": r"""
tls.handshake.type == 1
tls.handshake.type == 2 or tls.handshake.type == 11
tls.record.content_type == 22
tls.record.content_type != 23
tls.handshake.extensions_server_name contains "server"
tls.handshake.ciphersuite == 0x1301
tls.alert_message.desc
tls && tcp.srcport == 24433
""",
    "websocket-clients-nginx.pcapng": r"""
websocket
websocket.opcode == 8
websocket.mask == 1
websocket.mask == 0 and websocket.opcode in {1, 2}
websocket.fin == 0
http or websocket
http && !websocket
websocket.opcode != 1
""",
    "quic-ngtcp2.pcapng": r"""
quic
quic.version == 1
quic.version == 0x6b3343cf
quic.frame_type == 0x1c or quic.frame_type == 0x1d
udp && not quic
udp.stream == 3 and quic
quic.spin_bit == 1
quic.frame_type == 2 && quic.frame_type == 6
""",
    "dns-dig-dnsmasq.pcapng": r"""
dns
dns.qry.type == 28
dns.qry.name contains "example"
dns.flags.rcode != 0
dns.flags.response == 1 and udp
dns.a
dns.a == 192.0.2.0/24
dns.qry.name == "example.test" or dns.aaaa
len(dns.qry.name) > 12
count(dns.a) > 1
dns.id & 1
udp[8:2] == 00:00
dns.qry.type in {1, 15..16}
udp.length > 100
dns && !(dns.flags.response == 0)
dns.resp.ttl >= 60
tcp and dns
udp.stream < 4 and udp.srcport == 53
""",
    "socks5-dante-microsocks.pcapng": r"""
tcp.port == 1080 and tcp.len > 0
tcp.flags.reset == 1
tcp.seq > 1 and tcp.seq <= 4
tcp.ack == 1
tcp.window_size_value == 64
frame[54:2] == 05:01
tcp.payload[0] == 05
tcp.len in {3, 10..12}
tcp.srcport - tcp.dstport > 100
""",
    "mdns-zeroconf.pcapng": r"""
mdns
udp.port == 5353
ip.dst == 224.0.0.251
eth.dst[0] & 1
ipv6.dst == ff02::/16
dns.qry.name contains "_tcp"
ip.ttl == 255
""",
}
"""Of ours, in `captures/samples`: one filter a line."""

CAPTURES: dict[str, str] = {
    "ethernet-ip-tcp-udp/zeek/tcp__reassembly.pcap": r"""
tcp.analysis
tcp.analysis.flags
tcp.analysis.retransmission
tcp.analysis.fast_retransmission
tcp.analysis.lost_segment or tcp.analysis.ack_lost_segment
tcp.analysis.duplicate_ack_num > 2
tcp.analysis.duplicate_ack_frame in {2..60}
tcp.analysis.acks_frame + 1 == frame.number
tcp.analysis.bytes_in_flight > 1000 and tcp.analysis.push_bytes_sent < 5000
tcp.analysis.bytes_in_flight ~= 1
tcp.analysis.rto > 0.2 && tcp.analysis.rto_frame < 60
tcp.analysis.ack_rtt < 0.001
tcp.window_size > 10000
""",
    "ethernet-ip-tcp-udp/zeek/pppoe-over-qinq.pcap": r"""
tcp.analysis.flags and not tcp.analysis.duplicate_ack
tcp.analysis.spurious_retransmission
tcp.analysis.out_of_order
tcp.analysis.window_update
tcp.analysis.ack_rtt > 0.05
tcp.analysis.ack_rtt in {0.0 .. 0.02}
tcp.analysis.initial_rtt
tcp.analysis.rto
tcp.window_size != tcp.window_size_value
max(tcp.window_size, tcp.analysis.bytes_in_flight) > 60000
tcp.analysis.bytes_in_flight > tcp.len
""",
    "ethernet-ip-tcp-udp/suricata-verify/tcp-empty-sack__tcp-opt.pcap": r"""
tcp.analysis.keep_alive
tcp.analysis.fast_retransmission or tcp.analysis.duplicate_ack
tcp.analysis.retransmission && tcp.analysis.rto
tcp.window_size >= 65536
""",
    "ethernet-ip-tcp-udp/suricata-verify/tcp-fastopen-10-syn-data-ignore__input.pcap": r"""
tcp.analysis.reused_ports
tcp.analysis.retransmission and tcp.flags.syn == 1
!tcp.analysis && tcp
""",
    "ethernet-ip-tcp-udp/zeek/tunnels__Teredo.pcap": r"""
tcp.analysis.ack_rtt > 0.1 or tcp.analysis.flags
tcp.window_size < 60000
ipv6
ip
tcp.port == 80
udp.port == 3544
ip.addr == 192.168.2.16
count(ip.src) == 1
ipv6.dst
tcp.flags.syn == 1
tcp.len > 0
all udp.port > 1000
icmpv6.type == 128
dns
http
teredo
ip.src != 192.168.2.16
ipv6.src == 2001::/16
udp.port != 3544
tcp.stream == 1
not tcp
frame.len > 500
ip.ttl < 100
udp.length > 100
ipv6.nxt == 6
tcp.seq > 1 and tcp.seq < 1000
""",
    "ethernet-ip-tcp-udp/zeek/communityid__icmp6.pcap": r"""
icmpv6
icmpv6.type == 135
icmpv6.type in {133..136}
ipv6.addr == fe80::/10
ipv6.hlim == 255
ipv6.plen > 40
udp
dns
icmpv6.nd.ns.target_address
ipv6.dst == ff02::/16
ipv6.src[0:2] == fe:80
!ip
""",
    "ethernet-ip-tcp-udp/zeek/icmp__icmp-timeexceeded.pcap": r"""
ip.src
count(ip.src) == 2
udp.srcport
ip.ttl == 1
icmp.type == 11
udp
tcp
ip.ttl
""",
    "ethernet-ip-tcp-udp/zeek/icmp__icmp6-nd-options.pcap": r"""
icmpv6.type == 134
eth.dst == 33:33:00:00:00:01
eth.dst[0:2] == 33:33
eth.dst[0] & 1
ipv6.hopopts
eth.src
eth.type == 0x86dd
frame[12:2] == 86:dd
""",
    "ethernet-ip-tcp-udp/zeek/tunnels__ayiya3.pcap": r"""
tcp
http
ipv6
ip
tcp.stream == 0
icmpv6
udp.port==5072
http.request
not http
count(udp.port) == 2
""",
    "ethernet-ip-tcp-udp/zeek/tunnels__4in6.pcap": r"""
ip
ipv6
tcp
ip.proto==6
ipv6.nxt == 4
tcp.port==80
ip.ttl
""",
    "ethernet-ip-tcp-udp/zeek/tunnels__geneve-47101.pcap": r"""
geneve
tls
tcp.port==443
udp.port == 6081
ip.src
count(ip.src) == 2
tls.handshake.type == 1
eth.addr
count(eth.src)==2
""",
    "pcap-format/PcapPlusPlus/many_interfaces-1.pcapng": r"""
null
frame.interface_id > 0
frame.interface_id == 2
udp
tcp
dns
eth
ip.dst == 10.0.0.0/8
frame.number >= 10 && frame.number < 20
frame.cap_len < frame.len
tls
""",
    "pcap-format/PcapPlusPlus/pcapng-example.pcapng": r"""
sll
frame.comment
frame.comment contains "a"
tcp
http
ipv6
sll.pkttype == 4
tcp.flags.reset == 1
sll.etype == 0x800
ip.dsfield.dscp == 0
sll.pkttype == 0
""",
    "pcap-format/PcapPlusPlus/solaris.snoop": r"""
arp
udp
tcp
llc
ip
eth.len < 100
arp.opcode == 1
arp.src.proto_ipv4
eth.dst == ff:ff:ff:ff:ff:ff
data
frame.len == 60
udp.port == 137
udp.checksum == 0
eth.addr contains ff:ff
""",
    "pcap-format/PcapPlusPlus/raw_ip.pcap": r"""
tcp
ipv6
dns
http
tcp.flags.syn==1 && tcp.flags.ack==0
ip.id & 1
tcp.hdr_len > 20
udp.length < 60
tcp.window_size_value < 100
ip.flags.df == 0
ip.checksum
eth
raw
""",
    "pcap-format/PcapPlusPlus/sll2.pcap": r"""
sll
sll.ifindex
tcp
frame.time_delta > 0
""",
    "pcap-format/PcapPlusPlus/null_loopback.pcap": r"""
null
ip
ipv6
dns
udp
null.family == 2
frame.protocols contains "ipv6"
""",
    "pcap-format/zeek/vlan-pcp-dei.pcapng": r"""
vlan
vlan.id == 5
vlan.id
vlan.priority > 0
vlan.dei == 1
tcp
eth.type == 0x8100
vlan.etype == 0x800
vlan.priority == 2 or vlan.dei == 1
""",
    "pcap-format/zeek/trunc__mpls-6in6-broken.pcap.gz": r"""
mpls
ipv6
ip
frame.len > 100
count(ipv6.src) > 2
""",
    "pcap-format/zeek/linux_dlt_sll2.pcap": r"""
arp
icmp
icmpv6
sll.pkttype
icmp.type == 8
""",
    "pcap-format/zeek/raw_packets.pcap": r"""
arp
llc
icmp
tcp
dns
udp.port in {1900, 53}
tls
""",
    "quic/zeek/quic__interop__quic-go_quic-go__zerortt.pcap": r"""
quic
quic.long.packet_type == 0
quic.version
udp.length > 1200
len(udp) == 8
not quic
udp[8] & 0x80
""",
    "websocket/zeek/websocket__jupyter-websocket.pcap": r"""
websocket
websocket.opcode == 1
http
websocket.mask == 1
websocket.payload_length > 100
http.upgrade
tcp.len > 200 and websocket
""",
    "tls/zeek/tls__certificate-with-sct.pcap": r"""
tls
tls.handshake.type == 11
tls.record.content_type == 20
tls.handshake.version == 0x0303
tls.record.length > 1000
tls[0:3] == 16:03:03
tls.handshake.ciphersuites or tls.alert_message
count(tls.record.content_type) > 1
""",
    "dns/zeek/dns-edns-ecs.pcap": r"""
dns
dns.flags.response == 0
dns.qry.type == 1
dns.resp.type == 41
dns.flags.rcode == 3
dns.count.answers > 2
udp.srcport == 53 and frame.len > 200
dns.opt.code == 8
""",
}
"""Of others, in `../shared/captures`."""

DIFFERENCES: dict[tuple[str, str], str] = {
    (
        "http1-curl-nginx.pcapng",
        "len(http) > 100",
    ): _CUT_AND_HEAD,
    (
        "http1-curl-nginx.pcapng",
        'http.user_agent contains "curl" or http.server',
    ): _CUT_AND_HEAD,
    (
        "http1-curl-nginx.pcapng",
        "http.request or http.response",
    ): _CUT_AND_HEAD,
    (
        "http1-curl-nginx.pcapng",
        'frame.protocols contains "http"',
    ): _CUT_AND_HEAD,
    (
        "http1-curl-nginx.pcapng",
        "count(http.request.line) > 2",
    ): _CUT,
    (
        "http1-curl-nginx.pcapng",
        "http.content_length > 100",
    ): _CUT,
    (
        "http1-curl-nginx.pcapng",
        "http.content_length > tcp.len",
    ): _CUT,
    (
        "http1-curl-nginx.pcapng",
        "!http and tcp.len > 0",
    ): _HEAD,
    (
        "http1-curl-nginx.pcapng",
        "http.response.code in {200, 404}",
    ): _HEAD,
    (
        "http1-curl-nginx.pcapng",
        "http.response.code in {200..299}",
    ): _HEAD,
    (
        "http1-curl-nginx.pcapng",
        'lower(http.server) contains "nginx"',
    ): _HEAD,
    (
        "http1-curl-nginx.pcapng",
        'not http.request.method in {"GET", "POST"} and http',
    ): _HEAD,
    (
        "http1-curl-nginx.pcapng",
        "frame.number > -1",
    ): "tshark reads -1 as a huge unsigned number; every number is greater than -1",
    ("http2-tls.pcapng", "tls[0] == 16"): "each TLS record is a message to us; tshark slices the first record of a packet only",
    (
        "ethernet-ip-tcp-udp/zeek/communityid__icmp6.pcap",
        "dns",
    ): "LLMNR and mDNS: a message that tshark takes for DNS by its port alone",
    (
        "ethernet-ip-tcp-udp/zeek/tunnels__geneve-47101.pcap",
        "tls",
    ): "a TLS record is complete with another packet: tshark reassembles a retransmitted segment anew",
    ("pcap-format/PcapPlusPlus/solaris.snoop", "llc"): "tshark calls raw IPX in 802.3 frames IPX without LLC",
    (
        "pcap-format/PcapPlusPlus/solaris.snoop",
        "data",
    ): "data is what nobody understood; tshark understands more protocols (NetBIOS, SMB, RPC), and sees data outside of streams",
    ("pcap-format/PcapPlusPlus/raw_ip.pcap", "http"): "a response without its end is a message to us when its connection ends",
    ("pcap-format/zeek/trunc__mpls-6in6-broken.pcap.gz", "ip"): "broken labels: what follows is guessed differently",
    (
        "quic/zeek/quic__interop__quic-go_quic-go__zerortt.pcap",
        "udp[8] & 0x80",
    ): "tshark 4.0 ends the slice of udp at its header, though its manual shows udp[8:3]",
}
"""(capture, filter) to the reason why tshark selects other frames; an entry that no longer differs fails the test."""
