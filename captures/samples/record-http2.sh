#!/usr/bin/env bash
# Records http2-cleartext.pcapng and http2-tls.pcapng: curl and nghttp against nghttpd, nginx, h2o, haproxy and lighttpd on the loopback
# interface, with the secrets of the TLS connections embedded. Needs root, dumpcap, editcap, openssl and these programs. Everything is made in
# a temporary folder and stopped at the end.
set -euo pipefail
out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
plain=(24181 24182 24183 24184 24185) # nghttpd nginx h2o haproxy lighttpd
secure=(24481 24482 24483 24484) # not lighttpd, which has its TLS in a package of its own

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj "/O=Protocol Workbench/CN=server.example" \
    -addext "subjectAltName=DNS:server.example,IP:127.0.0.1" -keyout server.key -out server.pem 2>/dev/null
cat server.pem server.key >both.pem
mkdir www
echo "<html><link rel=stylesheet href=style.css>hello</html>" >www/index.html
echo "body { color: black }" >www/style.css
seq 1 400 >www/numbers.txt

nghttpd --no-tls -d www -a 127.0.0.1 --push=/index.html=/style.css --trailer="x-check: done" "${plain[0]}" >/dev/null 2>&1 &
nghttpd -d www -a 127.0.0.1 "${secure[0]}" server.key server.pem >/dev/null 2>&1 &

cat >nginx.conf <<END
daemon off; pid $work/nginx.pid; error_log /dev/null; user root;
events {}
http {
    access_log off; gzip on; gzip_min_length 10; gzip_types text/plain;
    types { text/html html; text/css css; text/plain txt; }
    server {
        listen 127.0.0.1:${plain[1]} http2; listen 127.0.0.1:${secure[1]} ssl http2;
        ssl_certificate server.pem; ssl_certificate_key server.key; root $work/www;
    }
}
END
nginx -p "$work" -c "$work/nginx.conf" 2>/dev/null &

cat >h2o.yaml <<END
listen: {host: 127.0.0.1, port: ${plain[2]}}
listen: {host: 127.0.0.1, port: ${secure[2]}, ssl: {certificate-file: server.pem, key-file: server.key}}
hosts: {default: {paths: {/: {file.dir: $work/www}}}}
user: root
END
h2o -c h2o.yaml >/dev/null 2>&1 &

cat >haproxy.cfg <<END
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
frontend all
    bind 127.0.0.1:${plain[3]} proto h2
    bind 127.0.0.1:${secure[3]} ssl crt both.pem alpn h2
    http-request return status 200 content-type text/plain string "from haproxy" if { path / }
    http-request deny deny_status 429
END
haproxy -f haproxy.cfg >/dev/null 2>&1 &

cat >lighttpd.conf <<END
server.document-root = "$work/www"
server.bind = "127.0.0.1"
server.port = ${plain[4]}
server.feature-flags = ("server.h2proto" => "enable", "server.h2c" => "enable")
mimetype.assign = (".html" => "text/html", ".txt" => "text/plain")
END
lighttpd -D -f lighttpd.conf >/dev/null 2>&1 &

for port in "${plain[@]}" "${secure[@]}"; do
    until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
done

record() { # FIRST LAST port
    dumpcap -q -i lo -f "tcp portrange $1-$2" -w raw.pcapng 2>dumpcap.log &
    dumpcap=$!
    until grep -q File dumpcap.log; do sleep 0.1; done
}
save() {
    sleep 1
    kill $dumpcap && wait $dumpcap || true
}
get() { curl -sko /dev/null "$@" || true; }

record 24181 24185
nghttp -n "http://127.0.0.1:${plain[0]}/index.html" "http://127.0.0.1:${plain[0]}/numbers.txt" || true
nghttp -n --padding=40 -H "x-long: $(printf 'x%.0s' {1..300})" "http://127.0.0.1:${plain[0]}/missing" || true
nghttp -n -u "http://127.0.0.1:${plain[2]}/style.css" || true
nghttp -n --continuation "http://127.0.0.1:${plain[2]}/" || true
nghttp -n -d www/style.css --trailer="x-sum: 42" "http://127.0.0.1:${plain[0]}/style.css" || true
for port in "${plain[@]}"; do
    get --http2-prior-knowledge "http://127.0.0.1:$port/" "http://127.0.0.1:$port/"
done
get --http2 --compressed "http://127.0.0.1:${plain[2]}/numbers.txt"
get --http2-prior-knowledge --compressed "http://127.0.0.1:${plain[1]}/numbers.txt"
get --http2-prior-knowledge -I "http://127.0.0.1:${plain[4]}/numbers.txt"
get --http2-prior-knowledge -d "a=1" "http://127.0.0.1:${plain[3]}/other"
get --http2-prior-knowledge -r 10-29 "http://127.0.0.1:${plain[1]}/numbers.txt"
h2load -n 20 -c 1 -m 5 "http://127.0.0.1:${plain[1]}/style.css" >/dev/null
save
install -m 644 raw.pcapng "$out/http2-cleartext.pcapng"

export SSLKEYLOGFILE=$work/keys
record 24481 24484
for port in "${secure[@]}"; do
    get --http2 "https://127.0.0.1:$port/" "https://127.0.0.1:$port/numbers.txt" -o /dev/null
done
get --http2 --compressed "https://127.0.0.1:${secure[1]}/numbers.txt"
get --http2 --tls-max 1.2 "https://127.0.0.1:${secure[2]}/"
save
editcap --inject-secrets tls,keys raw.pcapng "$out/http2-tls.pcapng"
