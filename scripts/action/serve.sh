#!/usr/bin/env bash
# Serves in the background ($SEED, $POSTURE, $DIALECT), and tells the steps that follow where, as variables and outputs.
set -euo pipefail

home=$RUNNER_TEMP/refiner-mock
mkdir -p "$home" && rm -f "$home/ready.json"
read -ra dialect <<<"${DIALECT:-}"
nohup refiner-mock serve --port 0 --seed "${SEED:-empty}" --posture "${POSTURE:-lenient}" \
    ${dialect:+--dialect "${dialect[@]}"} --ready-file "$home/ready.json" --quiet >"$home/serve.log" 2>&1 </dev/null &
server=$!
until [ -e "$home/ready.json" ]; do
    kill -0 $server 2>/dev/null || {
        echo "::error::refiner-mock did not start: $(tail -n 1 "$home/serve.log")"
        exit 2
    }
    sleep 0.1
done

told() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$home/ready.json" "$1"; }
base_url=$(told base_url) api_key=$(told api_key)
echo $server >"$home/pid"
{
    echo "REFINER_BASE_URL=$base_url"
    echo "REFINER_API_KEY=$api_key"
    echo "REFINER_MOCK_URL=${base_url%/v1}"
} >>"$GITHUB_ENV"
{
    echo "base-url=$base_url"
    echo "api-key=$api_key"
} >>"$GITHUB_OUTPUT"
