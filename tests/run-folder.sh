#!/usr/bin/env bash
# Prints the folder where the tests' daemons keep their data: tests/run, unless the daemons' own users
# (postgres, www-data) cannot reach it, as in a clone under /root.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p run
if [ "$(id -u)" -ne 0 ] || runuser -u nobody -- test -x "$PWD/run"; then
    echo "$PWD/run"
else
    mkdir -p /run/portner-tests
    echo /run/portner-tests
fi
