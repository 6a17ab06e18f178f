#!/bin/sh
# Makes the virtual environment $1 and installs the project into it: editable, with its development tools.
# uv does it where there is one (it can fetch a Python, too), else Python >= 3.11 with its venv module.
# PYTHON names another interpreter. Whatever is missing ends the script with one line that says what to do.
set -eu

venv=$1
recent='import sys; sys.exit(sys.version_info < (3, 11))'

fail() {
    printf 'refiner-mock: %s\n' "$1" >&2
    exit 1
}

make_with_uv() {
    uv venv --quiet --python "${PYTHON:->=3.11}" "$venv" ||
        fail "uv found no Python >= 3.11; install one, or name it: make PYTHON=/path/to/python3"
}

make_with_venv() {
    python=${PYTHON:-python3}
    command -v "$python" >/dev/null 2>&1 ||
        fail "$python is not installed; Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python"
    "$python" -c "$recent" ||
        fail "$("$python" --version) is too old, 3.11 is needed; install it, or uv, or name it: make PYTHON=/path/to/python3"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python cannot make virtual environments; Debian, Ubuntu: apt install python3-venv"
    "$python" -m venv "$venv" || fail "$python -m venv failed; its message is above"
}

if command -v uv >/dev/null 2>&1; then with_uv=yes; else with_uv=no; fi

if [ ! -e "$venv" ]; then
    if [ $with_uv = yes ]; then make_with_uv; else make_with_venv; fi
fi
"$venv/bin/python" -c "$recent" 2>/dev/null || fail "$venv has no working Python >= 3.11; remove it: rm -r $venv"

echo "refiner-mock: installing it and its development tools into $venv, the first time for about a minute" >&2
if [ $with_uv = yes ]; then
    uv pip install --quiet --python "$venv/bin/python" --editable '.[dev]' --constraint constraints.txt ||
        fail "the installation failed; uv's message is above"
else
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || fail "$venv has no pip; remove it: rm -r $venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --editable '.[dev]' --constraint constraints.txt ||
        fail "the installation failed; pip's message is above"
fi
