#!/usr/bin/env bash
# Records quic-ngtcp2.pcapng and http3-caddy.pcapng: strangers' clients of QUIC and HTTP/3 against strangers' servers on the loopback
# interface, with the secrets embedded. Needs root, dumpcap, editcap, OpenSSL 3, ngtcp2-client, ngtcp2-server, caddy, and a Python with
# curl_cffi and aioquic ($PYTHON, default python3). Everything is made in a temporary folder and stopped at the end.
set -euo pipefail
out=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
export HOME=$work SSLKEYLOGFILE=$work/keys

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj "/O=Protocol Workbench/CN=server.example" \
    -addext "subjectAltName=DNS:server.example,DNS:localhost,IP:127.0.0.1" -keyout key.pem -out cert.pem 2>/dev/null
mkdir site
printf '<p>hello over three</p>\n' >site/index.html
seq -s, 1 1400 >site/numbers.txt

record() { # NAME PORTS: from here on everything goes to NAME.pcapng
    : >keys
    dumpcap -q -i lo -f "udp and ($2)" -w "$1.raw" 2>dumpcap.log &
    dumpcap=$!
    until grep -q File dumpcap.log; do :; done
}
save() {
    sleep 0.5
    kill $dumpcap && wait $dumpcap || true
    editcap --inject-secrets tls,keys "$1.raw" "$out/$1.pcapng"
}
ask() { # PORT URL ARGUMENTS of gtlsclient
    local port=$1 url=$2
    shift 2
    timeout 6 gtlsclient -q --exit-on-all-streams-close --no-pmtud "$@" 127.0.0.1 "$port" "$url" >client.log 2>&1 || true
}

record quic-ngtcp2 "port 24480 or port 24481"
gtlsserver -q -d site 127.0.0.1 24480 key.pem cert.pem >/dev/null 2>&1 &
gtlsserver -q -V -d site 127.0.0.1 24481 key.pem cert.pem >/dev/null 2>&1 &
sleep 1
ask 24480 https://server.example/index.html --session-file=session.txt --tp-file=parameters.txt
ask 24480 https://server.example/numbers.txt --session-file=session.txt --tp-file=parameters.txt
ask 24481 https://server.example/index.html --ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305
ask 24480 https://server.example/index.html --version=0x6b3343cf --preferred-versions=v2 --other-versions=v2,v1
ask 24480 https://server.example/index.html --version=0x1 --preferred-versions=v2 --other-versions=v2,v1
ask 24480 https://server.example/index.html --version=0x1a2a3a4a --other-versions=v1
ask 24480 https://server.example/index.html --key-update=20ms --delay-stream=60ms
ask 24480 https://server.example/index.html --change-local-addr=20ms --delay-stream=60ms
ask 24480 https://server.example/index.html --change-local-addr=20ms --nat-rebinding --delay-stream=60ms
save quic-ngtcp2

cat >Caddyfile <<CADDY
{
  auto_https off
  admin off
}
https://localhost:24482 {
  bind 127.0.0.1
  tls $work/cert.pem $work/key.pem
  root * $work/site
  encode gzip
  file_server
}
CADDY
record http3-caddy "port 24482"
caddy run --config Caddyfile --adapter caddyfile >caddy.log 2>&1 &
until grep -q '"serving initial configuration"' caddy.log; do sleep 0.1; done
"$python" - <<'CLIENTS'
import contextlib

from curl_cffi import CurlHttpVersion, requests

with requests.Session(http_version=CurlHttpVersion.V3ONLY, verify=False) as session:
    base = "https://localhost:24482"
    session.get(f"{base}/index.html")
    session.get(f"{base}/numbers.txt", headers={"Accept-Encoding": "gzip"})
    session.get(f"{base}/numbers.txt", headers={"Range": "bytes=10-29"})
    session.get(f"{base}/nowhere")
    session.post(f"{base}/index.html", data=b"x" * 2000)
with requests.Session(http_version=CurlHttpVersion.V3ONLY, verify=False, impersonate="chrome") as session:
    session.get("https://localhost:24482/index.html", params={"who": "chrome"})
with contextlib.suppress(requests.exceptions.ConnectionError):  # this Caddy closes the connection instead of answering
    requests.head("https://localhost:24482/numbers.txt", http_version=CurlHttpVersion.V3ONLY, verify=False)
CLIENTS
save http3-caddy
