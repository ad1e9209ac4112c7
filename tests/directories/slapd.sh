#!/usr/bin/env bash
# Starts and stops an OpenLDAP server on loopback, with the certificate that it is given.
#   tests/directories/slapd.sh start DIR PORT_LDAP PORT_LDAPS   DIR holds cert.pem, key.pem and ca.pem, and may hold
#                          more.ldif (entries) and more.conf (lines about the database)
#   tests/directories/slapd.sh stop DIR
# It knows cn=portner (who may search) and people below ou=people,dc=example,dc=dk, all with passwords as in people.ldif.
# Like Active Directory, it says yes to an empty password.
set -euo pipefail

READY_ATTEMPTS_MAX=100 # of 0.1 s
PATH=$PATH:/usr/sbin
here=$(cd "$(dirname "$0")" && pwd)

configuration() {
    cat <<EOF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile $1/pid
TLSCACertificateFile $1/ca.pem
TLSCertificateFile $1/cert.pem
TLSCertificateKeyFile $1/key.pem
allow bind_anon_dn
database mdb
maxsize 33554432
suffix "dc=example,dc=dk"
directory $1/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=portner,dc=example,dc=dk" read by * none
EOF
    if [ -f "$1/more.conf" ]; then cat "$1/more.conf"; fi
}

start() {
    local folder=$1 ldap=$2 ldaps=$3
    if [ ! -d "$folder/data" ]; then
        mkdir -p "$folder/data"
        configuration "$folder" >"$folder/slapd.conf"
        # As one file: each call numbers its changes anew.
        cat "$here/people.ldif" >"$folder/all.ldif"
        if [ -f "$folder/more.ldif" ]; then (echo; cat "$folder/more.ldif") >>"$folder/all.ldif"; fi
        slapadd -q -f "$folder/slapd.conf" -l "$folder/all.ldif" >"$folder/slapadd.log" 2>&1
    fi
    slapd -f "$folder/slapd.conf" -h "ldap://127.0.0.1:$ldap ldaps://127.0.0.1:$ldaps" >"$folder/slapd.log" 2>&1
    for _ in $(seq "$READY_ATTEMPTS_MAX"); do
        if (: </dev/tcp/127.0.0.1/"$ldap") 2>/dev/null; then return; fi
        sleep 0.1
    done
    echo "slapd.sh: no answer at port $ldap" >&2
    return 1
}

stop() {
    local pid
    pid=$(cat "$1/pid" 2>/dev/null) || return 0
    if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = slapd ]; then
        kill "$pid"
        for _ in $(seq "$READY_ATTEMPTS_MAX"); do
            if [ ! -e "/proc/$pid" ]; then break; fi
            sleep 0.1
        done
    fi
    rm -f "$1/pid"
}

case "${1:-}" in
start) start "$2" "$3" "$4" ;;
stop) stop "$2" ;;
*) echo "usage: $0 start DIR PORT_LDAP PORT_LDAPS | stop DIR" >&2; exit 2 ;;
esac
