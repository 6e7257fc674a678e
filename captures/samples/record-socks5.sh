#!/usr/bin/env bash
# Records socks5-dante-microsocks.pcapng: curl, ncat and Python clients through dante (port 1080) and microsocks (port 1081) on loopback.
# Needs root, dumpcap, danted, microsocks, curl, ncat, openssl, python3. Everything is made in a temporary folder and stopped at the end.
set -euo pipefail
out=$(cd "$(dirname "$0")" && pwd)/socks5-dante-microsocks.pcapng
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || :; wait 2>/dev/null; rm -rf "$work"' EXIT
chmod 755 "$work"

cat >"$work/danted.conf" <<CONF
logoutput: $work/danted.log
internal: 127.0.0.1 port = 1080
external: lo
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks block { from: 0.0.0.0/0 to: 192.0.2.0/24 }
socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 command: connect bind udpassociate }
socks pass { from: 0.0.0.0/0 to: 127.0.0.0/8 command: bindreply udpreply }
CONF
danted -f "$work/danted.conf" -p "$work/danted.pid" >"$work/danted.out" 2>&1 &
microsocks -i 127.0.0.1 -p 1081 -u alice -P s3cret >/dev/null 2>&1 &

mkdir "$work/www"
printf 'hello through a proxy\n' >"$work/www/hello.txt"
python3 -m http.server --bind 127.0.0.1 --directory "$work/www" 18980 >/dev/null 2>&1 &
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
    -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
(cd "$work/www" && exec openssl s_server -quiet -accept 127.0.0.1:18943 -key "$work/key.pem" -cert "$work/cert.pem" -WWW) >/dev/null 2>&1 &
python3 - >/dev/null 2>&1 <<'PY' &
import socket
service = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
service.bind(("127.0.0.1", 18953))
while True:
    data, peer = service.recvfrom(2048)
    service.sendto(data[::-1], peer)
PY
for port in 1080 1081 18980 18943; do until ncat -z 127.0.0.1 $port; do :; done; done

dumpcap -q -i lo -f "tcp port 1080 or tcp port 1081 or (udp and not port 18953 and not port 53)" -w "$work/out.pcapng" 2>"$work/dumpcap.log" &
dumpcap=$!
until grep -q File "$work/dumpcap.log"; do :; done

dante=127.0.0.1:1080 micro=127.0.0.1:1081
curl -s -m 5 --noproxy '' --socks5 $dante http://127.0.0.1:18980/hello.txt -o /dev/null                     # CONNECT to an address, HTTP inside
curl -s -m 5 --noproxy '' --socks5-hostname $dante http://localhost:18980/hello.txt -o /dev/null             # CONNECT to a name
curl -s -m 5 --noproxy '' -k --socks5 $dante https://127.0.0.1:18943/hello.txt -o /dev/null                  # TLS inside
curl -s -m 5 --noproxy '' --socks4a $dante http://localhost:18980/hello.txt -o /dev/null || : # SOCKS4A
curl -s -m 5 --noproxy '' --socks4 $dante http://127.0.0.1:18980/hello.txt -o /dev/null || : # SOCKS4
curl -s -m 5 --noproxy '' --socks5 $dante http://192.0.2.1/ -o /dev/null || :                                # not allowed
curl -s -m 5 --noproxy '' --socks5 $dante http://127.0.0.1:9/ -o /dev/null || :                              # refused
curl -s -m 5 --noproxy '' --socks5 $micro --proxy-user alice:s3cret http://127.0.0.1:18980/hello.txt -o /dev/null
curl -s -m 5 --noproxy '' --socks5 $micro --proxy-user alice:wrong http://127.0.0.1:18980/hello.txt -o /dev/null || :
curl -s -m 5 --noproxy '' --socks5 $micro http://127.0.0.1:18980/hello.txt -o /dev/null || :                 # no acceptable method
printf 'GET /hello.txt HTTP/1.0\r\n\r\n' | timeout 5 ncat --proxy-type socks5 --proxy $dante 127.0.0.1 18980 >/dev/null
timeout 20 python3 - <<'PY'
import socket


def ask(command):
    proxy = socket.create_connection(("127.0.0.1", 1080), 5)
    proxy.sendall(b"\5\1\0")
    assert proxy.recv(2) == b"\5\0"
    proxy.sendall(b"\5" + command)
    reply = proxy.recv(10)
    assert reply[:2] == b"\5\0", reply
    return proxy, int.from_bytes(reply[8:10], "big")


proxy, port = ask(b"\2\0\1\x7f\0\0\1\0\0")  # BIND
caller = socket.create_connection(("127.0.0.1", port), 5)
assert proxy.recv(10)[:2] == b"\5\0"
caller.sendall(b"220 here is your data\r\n")
proxy.recv(100)
proxy.sendall(b"thanks\r\n")
caller.recv(100)
caller.close()
proxy.close()

proxy, port = ask(b"\3\0\1\0\0\0\0\0\0")  # UDP ASSOCIATE
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(5)
for number in range(3):
    client.sendto(b"\0\0\0\1\x7f\0\0\1" + (18953).to_bytes(2, "big") + b"datagram %d" % number, ("127.0.0.1", port))
    client.recv(100)
proxy.close()
PY

until [ "$(tshark -r "$work/out.pcapng" -Y 'udp && ip.addr == 127.0.0.1' 2>/dev/null | wc -l)" -ge 6 ]; do :; done
kill -INT $dumpcap
wait $dumpcap || :
mv "$work/out.pcapng" "$out"
chmod 644 "$out"
