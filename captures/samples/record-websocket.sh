#!/usr/bin/env bash
# Records websocket-clients-nginx.pcapng: Python's websockets client, Node's ws client and a page in Chromium, through nginx to an echo on
# the websockets library, on the loopback interface.
# Needs root, dumpcap, nginx, npm, chromium, and a python (PYTHON=…) with websockets. Everything is made in a temporary folder and stopped.
set -euo pipefail
out=$(cd "$(dirname "$0")" && pwd)/websocket-clients-nginx.pcapng
python=${PYTHON:-python3}
work=$(mktemp -d)
port=8091
back=8092
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
chmod 755 "$work"

cat >"$work/server.py" <<PY
import asyncio
from websockets.asyncio.server import serve

async def echo(socket):
    async for message in socket:
        await (socket.close(4000, "as you wish") if message == "close me" else socket.send(message))

async def hold(connection, request):
    """An image that takes its time: the page counts as loading until its WebSocket is done."""
    if request.path == "/hold":
        await asyncio.sleep(2)
        return connection.respond(204, "")

async def main():
    async with serve(echo, "127.0.0.1", $back, subprotocols=["echo"], ping_interval=None, process_request=hold):
        await asyncio.get_running_loop().create_future()

asyncio.run(main())
PY
cat >"$work/client.py" <<PY
from websockets.sync.client import connect

for compression in ("deflate", None):
    with connect("ws://127.0.0.1:$port/ws", compression=compression, subprotocols=["echo"], ping_interval=None) as socket:
        for message in ("Hello", "grüße " * 40, "grüße " * 40, b"\0\1\2" * 100, "", iter(["one, ", "two, ", "three"])):
            socket.send(message)
            socket.recv()
        socket.ping(b"are you there?").wait(5)
        if compression is None:
            socket.send("close me")
            try:
                socket.recv()
            except Exception:
                pass
PY
cat >"$work/client.js" <<JS
const WebSocket = require("ws");
const socket = new WebSocket("ws://127.0.0.1:$port/ws", ["echo"], { perMessageDeflate: { clientNoContextTakeover: true, serverNoContextTakeover: true, threshold: 10 } });
const say = [["Hello"], [Buffer.alloc(300, 7)], ["part one, ", { fin: false }], ["part two", { fin: true }], ["x".repeat(70000), { compress: true }]];
let waiting = 4;
socket.on("open", () => { socket.ping("from node"); for (const [data, options] of say) socket.send(data, options || {}); });
socket.on("message", () => { if (--waiting === 0) socket.close(1000, "that is all"); });
JS
mkdir "$work/www"
cat >"$work/www/page.html" <<HTML
<!doctype html><title>sample</title><p id="out"></p><script>
const socket = new WebSocket("ws://" + location.host + "/ws", ["echo"]);
let heard = 0;
socket.onopen = () => { socket.send("from the page"); socket.send("again and again ".repeat(30)); socket.send(new Uint8Array([1, 2, 3])); };
socket.onmessage = () => { if (++heard === 3) socket.close(3001, "enough"); };
socket.onclose = (event) => { document.getElementById("out").textContent = "closed " + event.code; };
</script><img src="/hold">
HTML
cat >"$work/nginx.conf" <<CONF
daemon off;
pid $work/pid;
error_log $work/error.log;
worker_processes 1;
events { worker_connections 64; }
http {
    access_log off;
    types { text/html html; }
    client_body_temp_path $work/body; proxy_temp_path $work/proxy; fastcgi_temp_path $work/fcgi;
    uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
    server {
        listen 127.0.0.1:$port;
        root $work/www;
        location /hold { proxy_pass http://127.0.0.1:$back; proxy_http_version 1.1; proxy_set_header Connection ""; }
        location /ws {
            proxy_pass http://127.0.0.1:$back;
            proxy_http_version 1.1;
            proxy_set_header Upgrade \$http_upgrade;
            proxy_set_header Connection "upgrade";
        }
    }
}
CONF
(cd "$work" && npm install --silent ws >/dev/null)
"$python" "$work/server.py" 2>"$work/server.log" &
nginx -c "$work/nginx.conf" -e "$work/error.log" &
until curl -s -o /dev/null "http://127.0.0.1:$port/page.html" && curl -s -o /dev/null "http://127.0.0.1:$back/"; do :; done
dumpcap -q -i lo -f "tcp port $port" -w "$work/out.pcapng" 2>"$work/dumpcap.log" &
dumpcap=$!
until grep -q File "$work/dumpcap.log"; do :; done

"$python" "$work/client.py"
node "$work/client.js"
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update \
    --disable-sync --user-data-dir="$work/profile" --virtual-time-budget=5000 --dump-dom "http://127.0.0.1:$port/page.html" 2>/dev/null |
    grep -q 'closed 3001'
"$python" - <<PY
import socket
with socket.create_connection(("127.0.0.1", $port)) as s:  # a frame that is not masked: the server says 1002
    s.sendall(b"GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
              b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: echo\r\n\r\n")
    s.recv(4096)
    s.sendall(b"\x81\x05Hello")
    while s.recv(4096):
        pass
PY

sleep 1
kill "$dumpcap"
wait "$dumpcap" || true
mv "$work/out.pcapng" "$out"
echo "$out: $(stat -c %s "$out") bytes"
