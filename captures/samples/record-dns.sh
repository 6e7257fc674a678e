#!/usr/bin/env bash
# Records dns-dig-dnsmasq.pcapng (dig, kdig and host ask dnsmasq, over UDP and TCP) and mdns-zeroconf.pcapng (python-zeroconf announces,
# finds and takes back a service), both on the loopback interface. Needs root, dumpcap, dnsmasq, dig, host, kdig, and for the second one a
# Python with zeroconf, named by ZEROCONF_PYTHON. Everything is made in a temporary folder and stopped at the end.
set -euo pipefail
out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || :; wait 2>/dev/null; rm -rf "$work"' EXIT
server=127.7.7.7 zone=bench.test

record() { # NAME FILTER
    dumpcap -q -i lo -f "$2" -w "$work/$1.raw" 2>"$work/dumpcap.log" &
    dumpcap=$!
    until grep -q File "$work/dumpcap.log"; do :; done
}
save() { # NAME
    sleep 0.5
    kill -INT $dumpcap
    wait $dumpcap || :
    mv "$work/$1.raw" "$out/$1.pcapng"
    chmod 644 "$out/$1.pcapng"
}

long=$(printf 'x%.0s' {1..200})
words=()
for number in 1 2 3 4 5 6 7 8; do words+=("--txt-record=large.$zone,$number$long"); done
dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --listen-address=$server --bind-interfaces --port=53 \
    --pid-file="$work/dnsmasq.pid" --user=root --local=/$zone/ --domain=$zone --edns-packet-max=1232 \
    --auth-server=ns.$zone,lo --auth-zone=auth.$zone,127.0.0.0/8 --auth-soa=2026112101,hostmaster.$zone \
    --host-record=www.$zone,192.0.2.80,2001:db8::80 --host-record=www.auth.$zone,192.0.2.81 --cname=alias.$zone,www.$zone \
    --mx-host=$zone,www.$zone,10 --srv-host=_http._tcp.$zone,www.$zone,80,0,5 --ptr-record=_http._tcp.$zone,"Bench._http._tcp.$zone" \
    --naptr-record=urn.$zone,100,10,S,http+N2L,,www.$zone --caa-record=$zone,0,issue,ca.example --txt-record=$zone,"one string","another" \
    --dns-rr=$zone,65,00010000010003026832 --dns-rr=host.$zone,29,001216138917F8D070BE15F000989A68 \
    "${words[@]}" >/dev/null 2>&1 &
until dig @$server +short +time=1 +tries=1 www.$zone >/dev/null; do :; done

record dns-dig-dnsmasq "host $server and port 53"
ask() { dig @$server +time=3 +tries=1 "$@" >/dev/null || :; }
for kind in A AAAA HTTPS TXT MX; do ask www.$zone $kind; done
for kind in MX TXT CAA HTTPS SOA NS ANY; do ask $zone $kind; done
ask alias.$zone
ask _http._tcp.$zone SRV
ask _http._tcp.$zone PTR
ask urn.$zone NAPTR
ask host.$zone LOC
ask -x 192.0.2.80
ask nobody.$zone
ask www.example.com                                  # refused
ask www.auth.$zone                                   # an authority
ask auth.$zone SOA
ask auth.$zone AXFR
ask large.$zone TXT +ignore +noedns                  # truncated
ask large.$zone TXT +noedns                          # truncated, and again over TCP
ask www.$zone +dnssec +nsid +subnet=192.0.2.0/24 +cookie=0011223344556677
ask www.$zone +edns=1 +noednsneg                     # another version
ask version.bind TXT CH
ask www.$zone +opcode=4
ask WwW.Bench.TEST
ask 'odd\032name\046\255'.$zone
kdig @$server +tcp +keepopen +padding=64 www.$zone A www.$zone AAAA large.$zone TXT >/dev/null || :
kdig @$server +nordflag +notcp www.$zone >/dev/null || :
host www.$zone $server >/dev/null || :
printf 'garbage that is no query' >"/dev/udp/$server/53"
save dns-dig-dnsmasq

[ -n "${ZEROCONF_PYTHON-}" ] || exit 0
record mdns-zeroconf "udp port 5353"
timeout 60 "$ZEROCONF_PYTHON" - <<'PY'
import socket
import threading

from zeroconf import IPVersion, ServiceBrowser, ServiceInfo, Zeroconf

place = {"interfaces": ["127.0.0.1"], "ip_version": IPVersion.V4Only}
server, client = Zeroconf(**place), Zeroconf(**place)
info = ServiceInfo(
    "_http._tcp.local.", "Bench._http._tcp.local.", port=8080, addresses=[socket.inet_aton("192.0.2.7")],
    properties={"path": "/", "empty": "", "flag": None}, server="bench.local.",
)
server.register_service(info)
found = threading.Event()


class Listener:
    def add_service(self, zeroconf, kind, name):
        assert zeroconf.get_service_info(kind, name) is not None
        found.set()

    def remove_service(self, zeroconf, kind, name):
        pass

    def update_service(self, zeroconf, kind, name):
        pass


browser = ServiceBrowser(client, "_http._tcp.local.", Listener())
assert found.wait(20)
server.unregister_service(info)
browser.cancel()
client.close()
server.close()
PY
save mdns-zeroconf
