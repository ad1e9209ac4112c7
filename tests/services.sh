#!/usr/bin/env bash
# Starts and stops the PostgreSQL and Redis that tests use: loopback only, own data, free ports.
#   tests/services.sh start    prints PORTNER_TEST_… lines for the environment of the tests
#   tests/services.sh stop
set -euo pipefail

READY_ATTEMPTS_MAX=150 # of 0.2 s
MEMORY_MB_MIN=4096
here=$(cd "$(dirname "$0")" && pwd)
folder=$("$here/run-folder.sh")
cd "$folder"
postgres_data=$folder/postgres
redis_data=$folder/redis
# What tests write is gone with them: where there is memory for it, nobody waits for a disk.
temporary=$folder/temporary
postgres_bin=/usr/lib/postgresql/15/bin

# PostgreSQL refuses to run as root.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# Below the range from which the kernel hands out ports to clients.
free_port() {
    local port=$((20000 + RANDOM % 12000))
    while (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do port=$((20000 + RANDOM % 12000)); done
    echo "$port"
}

wait_until() {
    for _ in $(seq "$READY_ATTEMPTS_MAX"); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.2
    done
    echo "services.sh: gave up waiting for: $*" >&2
    return 1
}

start_postgres() {
    local port=$1
    mkdir -p "$postgres_data"
    if [ "$(id -u)" -eq 0 ]; then chown postgres "$postgres_data"; fi
    # A database for tests need not survive a power cut, and many tests share it.
    as_postgres "$postgres_bin/initdb" --pgdata="$postgres_data/data" --username=portner --auth=trust \
        --encoding=UTF8 --no-sync >"$folder/initdb.log"
    as_postgres "$postgres_bin/pg_ctl" --pgdata="$postgres_data/data" --log="$postgres_data/log" --wait start \
        --options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$postgres_data -c max_connections=400 -c fsync=off -c full_page_writes=off" \
        >"$folder/pg_ctl.log"
    wait_until as_postgres "$postgres_bin/pg_isready" --host=127.0.0.1 --port="$port"
    as_postgres "$postgres_bin/createdb" --host=127.0.0.1 --port="$port" --username=portner portner
}

start_temporary() {
    if [ -w /dev/shm ] && [ "$(df --output=avail --block-size=1M /dev/shm | tail -1)" -ge "$MEMORY_MB_MIN" ]; then
        local made
        made=$(mktemp -d /dev/shm/portner-test-XXXXXX)
        ln -s "$made" "$temporary"
        echo "TMPDIR=$made"
    fi
}

start_redis() {
    local port=$1
    mkdir -p "$redis_data"
    redis-server --port "$port" --bind 127.0.0.1 --dir "$redis_data" --pidfile "$redis_data/pid" \
        --daemonize yes --databases 64 --save '' --logfile "$redis_data/log" >/dev/null
    wait_until redis-cli -p "$port" ping
}

start() {
    stop
    local postgres_port redis_port
    postgres_port=$(free_port)
    redis_port=$(free_port)
    start_postgres "$postgres_port"
    start_redis "$redis_port"
    start_temporary
    echo "PORTNER_TEST_RUN=$folder"
    echo "PORTNER_TEST_POSTGRES=postgres://portner@127.0.0.1:$postgres_port/portner"
    echo "PORTNER_TEST_REDIS=redis://127.0.0.1:$redis_port/0"
    echo "PORTNER_TEST_LDAP=$here/directories/slapd.sh" # each test starts its own, with a certificate of its own
    echo "PORTNER_TEST_SAMBA=$here/directories/samba.sh" # … and takes half a minute over it
    echo "PORTNER_TEST_ALL=1" # a test that leaves one of them out fails
}

stop() {
    if [ -f "$postgres_data/data/postmaster.pid" ] && as_postgres "$postgres_bin/pg_ctl" --pgdata="$postgres_data/data" status >/dev/null; then
        as_postgres "$postgres_bin/pg_ctl" --pgdata="$postgres_data/data" --mode=immediate --wait stop >/dev/null
    fi
    if [ -f "$redis_data/pid" ]; then
        local pid
        pid=$(cat "$redis_data/pid")
        # The pid file of a machine that was switched off may name somebody else's process by now.
        if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = redis-server ]; then
            kill "$pid"
            wait_until test ! -e "/proc/$pid"
        fi
    fi
    if [ -L "$temporary" ]; then rm -rf "$(readlink "$temporary")" "$temporary"; fi
    rm -rf "$postgres_data" "$redis_data"
}

case "${1:-}" in
start | stop) "$1" ;;
*) echo "usage: $0 start|stop" >&2; exit 2 ;;
esac
