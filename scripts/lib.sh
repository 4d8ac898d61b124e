# Shared by the commands in this folder: finding Python, making the virtual environment, installing Debian packages.
# Source it; it changes nothing by itself.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
VENV="$ROOT/.venv"
# Nothing of the caller's own Python may leak into ours.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV
export PYTHONNOUSERSITE=1
# Root's own programs (chroot, mosquitto) are not on everybody's path.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

is_root() { [ "$(id -u)" = 0 ]; }

# The folder for what is worth keeping between runs; tests/servers/postgres.py has the same rule.
cache_dir() { printf '%s' "${FLUELEDGER_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/flueledger}"; }

find_python() {
    local name
    for name in "${FLUELEDGER_PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        if [ -n "$name" ] && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    die "Python 3.11 or newer is needed and not on the PATH (Debian 12 and 13: apt-get install python3 python3-venv);" \
        "FLUELEDGER_PYTHON may name another."
}

# One run at a time changes the environment or the cache: with_lock FILE COMMAND...
with_lock() {
    local lock="$1"
    shift
    if ! command -v flock >/dev/null; then
        "$@"
        return
    fi
    # The descriptor is the subshell's own, so that no server started later inherits the lock.
    (
        flock 9
        "$@" 9>&-
    ) 9>"$lock"
}

# setup_venv EXTRA: make .venv where it is missing or was moved, install when pyproject.toml has changed.
setup_venv() {
    mkdir -p "$(cache_dir)"
    with_lock "$(cache_dir)/venv.lock" _setup_venv "$1" </dev/null
}

_setup_venv() {
    local extra="$1" stamp="$VENV/flueledger.stamp" wanted
    wanted="$(sha256sum <"$ROOT/pyproject.toml") $ROOT"
    # `dev` holds everything of `demo`.
    if [ -x "$VENV/bin/python" ] && { grep -qxsF "dev $wanted" "$stamp" || grep -qxsF "$extra $wanted" "$stamp"; }; then
        return
    fi
    if ! _venv_is_ours; then
        local python
        python="$(find_python)"
        say "Making the virtual environment .venv with $("$python" --version) ..."
        rm -rf "$VENV"
        _make_venv "$python"
    fi
    say "Installing the project and what it needs into .venv (once; a minute or two) ..."
    PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore "$VENV/bin/python" -m pip install --quiet --no-input \
        -e "$ROOT[$extra]" ||
        die "pip could not install the project: see its words above; it needs a package index (PyPI or a mirror)."
    printf '%s\n' "$extra $wanted" >"$stamp"
}

# A virtual environment does not survive being moved: its programs name its place.
_venv_is_ours() {
    [ -x "$VENV/bin/python" ] && "$VENV/bin/python" -m pip --version >/dev/null 2>&1 &&
        grep -qs "^command = .* $VENV\$" "$VENV/pyvenv.cfg"
}

_make_venv() {
    local python="$1"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null && is_root && command -v apt-get >/dev/null; then
        apt_install "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" || true
    fi
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -m venv "$VENV"
    elif "$python" -c 'import venv, pip' 2>/dev/null; then
        "$python" -m venv --without-pip "$VENV"
        "$python" -m pip --python "$VENV/bin/python" install --quiet --no-input --disable-pip-version-check pip
    else
        die "$python cannot make virtual environments: install python3-venv (Debian: apt-get install python3-venv)."
    fi
}

# apt_install PACKAGE...: quietly, without starting the services that the packages bring.
apt_install() {
    local log
    log="$(mktemp)"
    say "Installing $* with apt ..."
    if ! { _apt_get install "$@" || { _apt_get update && _apt_get install "$@"; }; } >"$log" 2>&1 </dev/null; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        say "apt could not install $*."
        return 1
    fi
    rm -f "$log"
}

_apt_get() {
    local policy=/usr/sbin/policy-rc.d verb="$1" status=0
    shift
    # 101 says: this service may not be started now.
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    else
        policy=
    fi
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
        "$verb" ${1:+-y --no-install-recommends} "$@" || status=$?
    if [ -n "$policy" ]; then rm -f "$policy"; fi
    return "$status"
}
