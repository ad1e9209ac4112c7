#!/usr/bin/env bash
# Runs a command with PostgreSQL and Redis beside it, and stops them however it ends.
#   tests/with-services.sh COMMAND…
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

# Inside another run of this script there is nothing to start.
if [ -n "${PORTNER_TEST_POSTGRES:-}" ]; then exec "$@"; fi

trap '"$here/services.sh" stop' EXIT
trap 'exit 130' INT TERM
environment=$("$here/services.sh" start)
while IFS= read -r line; do export "${line?}"; done <<<"$environment"
"$@"
