#!/usr/bin/env bash
# Installs refiner-mock ($PACKAGE, or the action's own code) into an environment of its own, and puts nothing but its
# command on the PATH of the steps that follow: their `python` stays theirs.
set -euo pipefail

home=$RUNNER_TEMP/refiner-mock
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "::error::refiner-mock needs Python 3.11 or newer; put actions/setup-python before it"
    exit 2
}
python3 -m venv "$home"
"$home/bin/python" -m pip install --quiet --disable-pip-version-check \
    --constraint "$GITHUB_ACTION_PATH/constraints.txt" "${PACKAGE:-$GITHUB_ACTION_PATH}"
mkdir -p "$home/path"
ln -sf "$home/bin/refiner-mock" "$home/path/refiner-mock"
echo "$home/path" >>"$GITHUB_PATH"
