# shellcheck shell=bash
# How our scripts speak and how they end: sourced by ./run, ./test and scripts/setup, never run.
#
# Progress goes to stderr, so that stdout holds only what the caller asked for. A command's own words go to a log
# beside the build, and are shown only when it fails.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Everything that scripts make and git does not keep.
work=$root/.work
mkdir -p "$work/log"

# step TEXT: what happens now.
step() { printf '\033[1m▸\033[0m %s\n' "$*" >&2; }

# note TEXT: something worth knowing, and no reason to stop.
note() { printf '  %s\n' "$*" >&2; }

# fail TEXT: the one line that says why this cannot go on.
fail() {
    printf 'datebook: %s\n' "$*" >&2
    exit 1
}

# quietly NAME COMMAND...: runs it with its words in .work/log/NAME.log; on failure shows the end of them and returns
# the command's status.
quietly() {
    local log=$work/log/$1.log began=$SECONDS status=0
    shift
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if ((status)); then
        tail -n 25 "$log" >&2
        note "all of it is in ${log#"$root"/}"
    else
        note "done in $((SECONDS - began)) s"
    fi
    return "$status"
}

# digest PATH...: one hash over the names and contents of these files and folders, without what builds leave in them.
digest() {
    (cd "$root" && find "$@" \( -name node_modules -o -name build -o -name .svelte-kit \) -prune -o -type f -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
}

# fresh NAME HASH: whether the step NAME was last finished with this hash.
fresh() { [[ -f $work/stamps/$1 && $(<"$work/stamps/$1") == "$2" ]]; }

# stamp NAME HASH: the step NAME is finished for this hash.
stamp() {
    mkdir -p "$work/stamps"
    printf '%s\n' "$2" >"$work/stamps/$1"
}

# version_at_least HAVE WANT: compares dotted versions.
version_at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1) == "$2" ]]; }
