#!/usr/bin/env bash
# Records http1-curl-nginx.pcapng: curl, ApacheBench (HTTP/1.0) and a hand-typed pipeline against nginx, on the loopback interface.
# Needs root, dumpcap, nginx, curl, ab, ncat. Everything is made in a temporary folder and stopped at the end.
set -euo pipefail
out=$(cd "$(dirname "$0")" && pwd)/http1-curl-nginx.pcapng
work=$(mktemp -d)
port=8080
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
chmod 755 "$work"

mkdir "$work/www"
printf 'hello, workbench\n' >"$work/www/hello.txt"
seq 1 4000 >"$work/www/numbers.txt"
printf '<!doctype html><title>sample</title><p>A page to look at.\n' >"$work/www/index.html"
cat >"$work/nginx.conf" <<CONF
daemon off;
pid $work/pid;
error_log $work/error.log;
worker_processes 1;
events { worker_connections 64; }
http {
    access_log off;
    types { text/html html; text/plain txt; }
    client_body_temp_path $work/body; proxy_temp_path $work/proxy; fastcgi_temp_path $work/fcgi;
    uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
    gzip on; gzip_types text/plain; gzip_min_length 100;
    server {
        listen 127.0.0.1:$port;
        root $work/www;
        location = /moved { return 301 /hello.txt; }
        location = /empty { return 204; }
        location = /echo { client_max_body_size 4k; return 200 "thanks\n"; }
    }
}
CONF
nginx -c "$work/nginx.conf" -e "$work/error.log" &
until curl -s -o /dev/null "http://127.0.0.1:$port/"; do :; done
dumpcap -q -i lo -f "tcp port $port" -w "$work/out.pcapng" 2>"$work/dumpcap.log" &
dumpcap=$!
until grep -q File "$work/dumpcap.log"; do :; done

url=http://127.0.0.1:$port
curl -s "$url/" "$url/hello.txt" "$url/numbers.txt" -o /dev/null -o /dev/null -o /dev/null       # one kept-alive connection
curl -s --compressed "$url/numbers.txt" -o /dev/null                                             # gzip, chunked
curl -s -I "$url/numbers.txt" -o /dev/null                                                       # HEAD
curl -s -r 100-199 "$url/numbers.txt" -o /dev/null                                               # 206
tag=$(curl -s -D - -o /dev/null "$url/hello.txt" | tr -d '\r' | sed -n 's/^ETag: //p')
curl -s -H "If-None-Match: $tag" "$url/hello.txt" -o /dev/null                                   # 304
curl -s -L "$url/moved" -o /dev/null                                                             # 301, then 200
curl -s "$url/empty" "$url/missing" -o /dev/null -o /dev/null                                    # 204, 404
curl -s -d 'name=value&x=1' "$url/echo" -o /dev/null                                             # POST
head -c 3000 /dev/zero | curl -s -H 'Transfer-Encoding: chunked' -H 'Expect:' -T - -X POST "$url/echo" -o /dev/null
head -c 2000 /dev/zero | curl -s -H 'Expect: 100-continue' -X POST --data-binary @- "$url/echo" -o /dev/null
head -c 9000 /dev/zero | curl -s -H 'Expect: 100-continue' -X POST --data-binary @- "$url/echo" -o /dev/null   # 413
curl -s --http1.0 "$url/hello.txt" -o /dev/null
ab -q -n 4 -c 2 -k "$url/hello.txt" >/dev/null
printf 'GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /empty HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' |
    ncat 127.0.0.1 $port >/dev/null                                                              # pipelined
printf 'GET / HTTP/1.1\r\nHost : a\r\n\r\n' | ncat 127.0.0.1 $port >/dev/null                    # 400
printf 'GET /hello.txt\r\n' | ncat 127.0.0.1 $port >/dev/null                                    # HTTP/0.9

kill -INT "$dumpcap"
wait "$dumpcap" || true
mv "$work/out.pcapng" "$out"
chmod 644 "$out"
