#!/usr/bin/env bash
# Runs one of the tests' runners, keeps what it prints in tests/run/logs, and how it closed for the summary.
#   tests/runner.sh NAME COMMAND…      tests/runner.sh summary
set -uo pipefail
logs=$(cd "$(dirname "$0")" && pwd)/run/logs
mkdir -p "$logs"

# The runner's last word; of many test programs, their sum.
closing_line() {
    if grep -q '^test result:' "$1"; then
        awk '/^test result:/ { programs++; passed += $4; failed += $6; ignored += $8 }
            END { printf "%d passed; %d failed; %d ignored, in %d test programs\n", passed, failed, ignored, programs }' "$1"
    else
        grep -v '^[[:space:]]*$' "$1" | tail -1
    fi
}

if [ "$1" = summary ]; then
    cat "$logs"/*.closing
    exit
fi

name=$1
shift
started=$SECONDS
"$@" 2>&1 | tee "$logs/$name.log"
code=${PIPESTATUS[0]}
if [ "$code" -eq 0 ]; then verdict=ok; else verdict="FAILED with $code"; fi
printf '%-8s %-14s %5d s   %s\n' "$name" "$verdict" $((SECONDS - started)) "$(closing_line "$logs/$name.log")" \
    >"$logs/$name.closing"
exit "$code"
