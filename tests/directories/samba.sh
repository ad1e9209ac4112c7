#!/usr/bin/env bash
# Provisions, starts and stops an Active Directory domain controller (Samba) on a loopback address of its own.
#   tests/directories/samba.sh provision DIR    prints its address; DIR/ca.pem vouches for it
#   tests/directories/samba.sh start DIR
#   tests/directories/samba.sh stop DIR
#   tests/directories/samba.sh user DIR NAME PASSWORD [OPTION…]     options of `samba-tool user create`
#   tests/directories/samba.sh tool DIR COMMAND…                    any other command of samba-tool
# Only LDAP is served. Its ports, 389 and 636, can't be chosen, which is why it needs root and an address of its own.
set -euo pipefail
if [ "$(id -u)" -ne 0 ]; then exec sudo --non-interactive "$0" "$@"; fi

READY_ATTEMPTS_MAX=150 # of 0.2 s
PATH=$PATH:/usr/sbin
DOMAIN=ad.portner.test

# Nobody else's: the first that nobody listens on.
free_address() {
    local address=127.77.$((RANDOM % 256)).$((1 + RANDOM % 254))
    while (: </dev/tcp/"$address"/636) 2>/dev/null; do address=127.77.$((RANDOM % 256)).$((1 + RANDOM % 254)); done
    echo "$address"
}

certificates() {
    local tls=$1 address=$2
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=Test authority" \
        -addext "basicConstraints=critical,CA:true" -keyout "$tls/ca.key" -out "$tls/ca.pem"
    openssl req -newkey rsa:2048 -nodes -subj "/CN=dc1.$DOMAIN" -keyout "$tls/key.pem" -out "$tls/request.pem"
    openssl x509 -req -in "$tls/request.pem" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial -days 30 \
        -extfile <(echo "subjectAltName=DNS:dc1.$DOMAIN,IP:$address") -out "$tls/cert.pem"
    chmod 600 "$tls/key.pem" # Samba refuses one that others can read
}

provision() {
    local folder=$1 address tls=$1/private/tls
    address=$(free_address)
    mkdir -p "$folder/run"
    samba-tool domain provision --targetdir="$folder" --realm="$DOMAIN" --domain=PORTNER --server-role=dc \
        --host-name=dc1 --host-ip="$address" --dns-backend=NONE --adminpass="Adm.$(openssl rand -hex 12)" \
        --option="interfaces=$address/8" --option="bind interfaces only=yes" --option="server services=ldap" \
        --option="pid directory=$folder/run" --option="log file=$folder/log.%m" --option="tls enabled=yes" \
        >"$folder/provision.log" 2>&1
    mkdir -p "$tls"
    certificates "$tls" "$address" >"$folder/openssl.log" 2>&1
    cp "$tls/ca.pem" "$folder/ca.pem"
    chmod a+rx "$folder"
    chmod a+r "$folder/ca.pem"
    echo "$address" | tee "$folder/address"
}

start() {
    local folder=$1
    samba --configfile="$folder/etc/smb.conf" --daemon >"$folder/samba.log" 2>&1
    for _ in $(seq "$READY_ATTEMPTS_MAX"); do
        if (: </dev/tcp/"$(cat "$folder/address")"/636) 2>/dev/null; then return; fi
        sleep 0.2
    done
    echo "samba.sh: no answer from $(cat "$folder/address")" >&2
    return 1
}

# Its first process; the others end with it.
stop() {
    local pid
    pid=$(cat "$1/run/samba.pid" 2>/dev/null) || return 0
    case "$(cat "/proc/$pid/comm" 2>/dev/null)" in
    samba*) kill "$pid" ;;
    esac
    for _ in $(seq "$READY_ATTEMPTS_MAX"); do
        if ! (: </dev/tcp/"$(cat "$1/address")"/636) 2>/dev/null; then break; fi
        sleep 0.2
    done
    rm -f "$1/run/samba.pid"
}

command=${1:-}
folder=${2:-}
if [ -z "$folder" ]; then
    echo "usage: $0 provision|start|stop|user|tool DIR …" >&2
    exit 2
fi
shift 2
case "$command" in
provision | start | stop) "$command" "$folder" ;;
user) samba-tool user create "$@" --configfile="$folder/etc/smb.conf" >>"$folder/tool.log" 2>&1 ;;
tool) samba-tool "$@" --configfile="$folder/etc/smb.conf" >>"$folder/tool.log" 2>&1 ;;
*) echo "usage: $0 provision|start|stop|user|tool DIR …" >&2; exit 2 ;;
esac
