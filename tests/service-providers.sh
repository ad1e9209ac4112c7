#!/usr/bin/env bash
# Starts and stops two real service providers on loopback, each an Apache of its own:
# one with mod_auth_mellon, one with mod_shib and its daemon.
#   tests/service-providers.sh start DIR PORT_MELLON PORT_SHIB IDP_METADATA_FILE
#   tests/service-providers.sh stop DIR
#   tests/service-providers.sh halt DIR mellon|shibboleth     only that one's Apache: it no longer answers
#   tests/service-providers.sh resume DIR mellon|shibboleth   and again
# Afterwards DIR holds {mellon,shibboleth}/metadata.xml for the IdP. Each serves
#   /secure/       just logged in            /force/    asks for a fresh login (Shibboleth)
#   /substantial/  at least Substantial      /passive/  must not prompt      (Shibboleth)
set -euo pipefail

READY_ATTEMPTS_MAX=150 # of 0.2 s
STOP_ATTEMPTS_MAX=50   # of 0.2 s
PATH=$PATH:/usr/sbin
templates=$(cd "$(dirname "$0")" && pwd)/service-providers

wait_for_answer() {
    for _ in $(seq "$READY_ATTEMPTS_MAX"); do
        # mod_shib without its daemon hangs: never ask without a time-out.
        if curl --silent --fail --max-time 2 --output /dev/null "$1"; then return; fi
        sleep 0.2
    done
    echo "service-providers.sh: no answer from $1" >&2
    return 1
}

# What Apache answers as, when root starts it.
apache_user() {
    if [ "$(id -u)" -eq 0 ]; then printf 'User www-data\nGroup www-data\n'; fi
}

make_key() {
    local folder=$1 name=$2
    openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 30 -subj "/CN=$name" \
        -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>>"$folder/openssl.log"
    chmod a+r "$folder/key.pem" # a key for one test run, read by www-data
}

# Fills the @WORDS@ of a template from the environment.
fill() {
    sed -e "s|@FOLDER@|$FOLDER|g" -e "s|@PORT@|$PORT|g" -e "s|@IDP_ENTITY@|$IDP_ENTITY|g" \
        -e "s|@IDP_METADATA@|$IDP_METADATA|g" -e "s|@NAME@|$NAME|g" "$templates/$1"
}

# Folder, key, metadata and page that both service providers have alike.
prepare() {
    mkdir -p "$FOLDER/cgi-bin" "$FOLDER/log"
    chmod a+rx "$FOLDER" "$FOLDER/cgi-bin"
    make_key "$FOLDER" "$NAME"
    install -m 755 "$templates/attributes.cgi" "$FOLDER/cgi-bin/attributes.cgi"
    local certificate
    certificate=$(sed '/-----/d' "$FOLDER/certificate.pem" | tr -d '\n')
    fill "$NAME-metadata.xml" | sed "s|@CERTIFICATE@|$certificate|g" >"$FOLDER/metadata.xml"
    { apache_user; fill apache.conf; fill "$NAME.conf"; } >"$FOLDER/apache.conf"
}

start_apache() {
    apache2 -d "$FOLDER" -f "$FOLDER/apache.conf" -k start
    wait_for_answer "http://localhost:$PORT/open"
}

start_mellon() {
    NAME=mellon FOLDER=$1/mellon PORT=$2
    prepare
    # The same service provider, as seen from its path /substantial/.
    sed -e 's| isDefault="true"||' -e 's|index="1"|& isDefault="true"|' "$FOLDER/metadata.xml" \
        >"$FOLDER/metadata-substantial.xml"
    start_apache
}

start_shibboleth() {
    NAME=shibboleth FOLDER=$1/shibboleth PORT=$2
    prepare
    fill shibboleth2.xml >"$FOLDER/shibboleth2.xml"
    fill shibboleth-log.conf >"$FOLDER/log.conf"
    cp "$templates/attribute-map.xml" "$templates/session-error.html" "$FOLDER"
    shibd -f -c "$FOLDER/shibboleth2.xml" -p "$FOLDER/shibd.pid" -w 20 >"$FOLDER/log/shibd.out" 2>&1 ||
        { cat "$FOLDER"/log/shibd* "$FOLDER"/log/shibboleth* >&2; return 1; }
    start_apache
}

start() {
    local folder=$1 port_mellon=$2 port_shibboleth=$3
    IDP_METADATA=$(realpath "$4")
    IDP_ENTITY=$(grep -o 'entityID="[^"]*"' "$IDP_METADATA" | head -1 | cut -d'"' -f2)
    mkdir -p "$folder"
    folder=$(realpath "$folder")
    chmod a+rx "$folder"
    cp "$IDP_METADATA" "$folder/idp-metadata.xml"
    IDP_METADATA=$folder/idp-metadata.xml
    chmod a+r "$IDP_METADATA"
    start_mellon "$folder" "$port_mellon"
    start_shibboleth "$folder" "$port_shibboleth"
}

end_process() {
    local pid_file=$1 expected=$2 pid
    if [ ! -f "$pid_file" ]; then return; fi
    pid=$(cat "$pid_file")
    if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != "$expected" ]; then return; fi
    kill "$pid"
    for _ in $(seq "$STOP_ATTEMPTS_MAX"); do
        if [ ! -e "/proc/$pid" ]; then return; fi
        sleep 0.2
    done
    kill -9 "$pid"
}

stop() {
    end_process "$1/mellon/apache.pid" apache2
    end_process "$1/shibboleth/apache.pid" apache2
    end_process "$1/shibboleth/shibd.pid" shibd
}

case "${1:-} $#" in
"start 5") start "$2" "$3" "$4" "$5" ;;
"stop 2") stop "$2" ;;
"resume 3") apache2 -d "$2/$3" -f "$2/$3/apache.conf" -k start ;;
"halt 3") end_process "$2/$3/apache.pid" apache2 ;;
*) echo "usage: $0 start DIR PORT_MELLON PORT_SHIB IDP_METADATA_FILE | stop DIR | halt|resume DIR NAME" >&2; exit 2 ;;
esac
