#!/usr/bin/env bash
# Judges what was sent since serve.sh ($FAIL_ON, $REQUIRE), annotates, writes the summary, and stops the server.
set -euo pipefail

home=$RUNNER_TEMP/refiner-mock
IFS=, read -ra require <<<"${REQUIRE:-}"
for at in ${REQUIRE:+"${!require[@]}"}; do # to macOS's old bash an empty array is an unset one
    read -r "require[at]" <<<"${require[at]}" # trims it: an event's name has blanks within
done
trap 'kill "$(cat "$home/pid")" 2>/dev/null || true' EXIT
refiner-mock check traffic --fail-on "${FAIL_ON:-error}" ${require:+--require "${require[@]}"} \
    --report github --report markdown="$GITHUB_STEP_SUMMARY"
