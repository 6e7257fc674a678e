#!/usr/bin/env bash
# Records tls13-openssl.pcapng and tls12-openssl.pcapng: openssl s_client against openssl s_server on the loopback interface, with the
# secrets embedded. Needs root, dumpcap, editcap and OpenSSL 3. Everything is made in a temporary folder and stopped at the end.
set -euo pipefail
out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
port=24433

for who in server client; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj "/O=Protocol Workbench/CN=$who.example" \
        -addext "subjectAltName=DNS:$who.example,DNS:*.$who.example,IP:127.0.0.1" -keyout $who.key -out $who.pem 2>/dev/null
done
openssl req -x509 -newkey rsa:2048 -nodes -days 36500 -subj "/CN=rsa.example" -keyout rsa.key -out rsa.pem 2>/dev/null

record() { # NAME: from here on everything goes to NAME.pcapng
    : >keys
    dumpcap -q -i lo -f "tcp port $port" -w "$1.raw" 2>dumpcap.log &
    dumpcap=$!
    until grep -q File dumpcap.log; do :; done
}
save() {
    sleep 0.5
    kill $dumpcap && wait $dumpcap || true
    editcap --inject-secrets tls,keys "$1.raw" "$out/$1.pcapng"
}
serve() { # ARGUMENTS of s_server, which says everything backwards
    [ "${1-}" = -early_data ] && rev= || rev=-rev
    tail -f /dev/null | openssl s_server -accept 127.0.0.1:$port -cert server.pem -key server.key -dcert rsa.pem -dkey rsa.key $rev "$@" \
        >server.log 2>&1 &
    server=$!
    until grep -q ACCEPT server.log; do :; done
}
stop() {
    pkill -P $$ -x tail || true
    kill $server 2>/dev/null || true
    wait $server 2>/dev/null || true
}
talk() { # LINES ARGUMENTS of s_client; a "." is a pause
    local lines=$1
    shift
    {
        sleep 0.5
        for line in $lines; do
            if [ "$line" = . ]; then sleep 0.4; else echo "$line"; fi
        done
        sleep 0.5
    } | openssl s_client -connect 127.0.0.1:$port -keylogfile keys "$@" >client.log 2>&1 || true
}

record tls13-openssl
serve -alpn echo -num_tickets 1
talk "hello . k . again . K . once-more . Q" -servername server.example -alpn "h2,echo" -ciphersuites TLS_AES_128_GCM_SHA256
talk "hello . . Q" -ciphersuites TLS_CHACHA20_POLY1305_SHA256 -sess_out session.pem
[ -s session.pem ]
talk "resumed . Q" -ciphersuites TLS_CHACHA20_POLY1305_SHA256 -sess_in session.pem
stop
serve -groups P-384 -Verify 1 -num_tickets 1
talk "retried . Q" -groups X25519:P-384 -cert client.pem -key client.key -ciphersuites TLS_AES_256_GCM_SHA384
stop
serve -early_data -num_tickets 1
talk "hello . ." -sess_out early.pem
echo "early to bed" >early.txt
talk "late . ." -sess_in early.pem -early_data early.txt
stop
serve -early_data -max_early_data 0 -num_tickets 0
talk "refused . ." -sess_in early.pem -early_data early.txt
stop
serve -ciphersuites TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256 -num_tickets 0
talk "ccm . Q" -ciphersuites TLS_AES_128_CCM_SHA256
talk "ccm8 . Q" -ciphersuites TLS_AES_128_CCM_8_SHA256
stop
serve -psk 0123456789abcdef0123456789abcdef -nocert -num_tickets 0
talk "external . Q" -psk 0123456789abcdef0123456789abcdef
stop
save tls13-openssl

record tls12-openssl
serve -tls1_2 -cipher ALL:@SECLEVEL=0 -Verify 1 -client_renegotiation
talk "gcm . R . . renegotiated . Q" -servername server.example -cipher ECDHE-ECDSA-AES128-GCM-SHA256 -cert client.pem -key client.key
stop
serve -tls1_2 -cipher ALL:eNULL:@SECLEVEL=0
talk "chacha . Q" -cipher ECDHE-ECDSA-CHACHA20-POLY1305 -sess_out session.pem
talk "ticket . Q" -cipher ECDHE-ECDSA-CHACHA20-POLY1305 -sess_in session.pem
talk "dhe . Q" -cipher DHE-RSA-AES256-GCM-SHA384
talk "ccm8 . Q" -cipher ECDHE-ECDSA-AES256-CCM8
talk "cbc . Q" -cipher ECDHE-ECDSA-AES256-SHA384
talk "rsa . Q" -cipher AES128-SHA
talk "camellia . Q" -cipher ECDHE-RSA-CAMELLIA128-SHA256
talk "null . Q" -cipher ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0
stop
serve -tls1_2 -no_ticket -cipher ALL:@SECLEVEL=0
talk "id . Q" -cipher ECDHE-ECDSA-AES128-SHA -sess_out session.pem
talk "identified . Q" -cipher ECDHE-ECDSA-AES128-SHA -sess_in session.pem
stop
serve -psk 0123456789abcdef -nocert -tls1_2 -cipher PSK:DHE-PSK:@SECLEVEL=0
talk "psk . Q" -tls1_2 -psk 0123456789abcdef -cipher PSK-AES128-GCM-SHA256
stop
for version in tls1 tls1_1; do
    serve -$version -cipher ALL:@SECLEVEL=0
    talk "$version . Q" -$version -cipher ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0
    stop
done
save tls12-openssl
