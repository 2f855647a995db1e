#!/bin/sh
# Says that this start was good, once every service has run for a minute without a failure: from the next start on this machine starts no
# release of a lower security version (docs/state.md). While something fails it is not said, and after an hour nobody looks any more.
# Names in capitals are for trying it elsewhere.
version=${STRATA_VERSION:-/run/strata/security-version}
proven=${STRATA_PROVEN:-/var/lib/strata/proven}
services=${STRATA_SERVICES:-/run/strata/services}
systemd=${STRATA_SYSTEMD:-/run/systemd/system} # is there where systemd is process 1
pause=${STRATA_PAUSE:-5}
settled=12 # looks in a row that find nothing
most=${STRATA_LOOKS:-720}

trial=${STRATA_TRIAL:-/run/strata/trial} # of the early init: the boot program counts this start

[ ! -e "$trial" ] || exit 0 # 'strata-agent trial' says it, when there is nothing to fall back from any more
[ -r "$version" ] || exit 0 # nothing of this machine was opened by what its owner signed
[ "$(cat "$proven" 2>/dev/null)" = "$(cat "$version")" ] && exit 0

failures() { cat "$services"/*/failures 2>/dev/null; }

all_run() {
    if [ -d "$systemd" ] && [ "$(systemctl is-system-running)" != running ]; then
        return 1
    fi
    for state in "$services"/*/state; do
        [ -e "$state" ] || continue
        case $(cat "$state") in
        ready | done | stopped) ;;
        *) return 1 ;;
        esac
    done
}

good=0
before=$(failures)
while [ "$most" -gt 0 ]; do
    sleep "$pause"
    now=$(failures)
    if [ "$now" = "$before" ] && all_run; then
        good=$((good + 1))
    else
        good=0
    fi
    if [ $good -ge $settled ]; then
        mkdir -p "${proven%/*}"
        cat "$version" >"$proven.new" && mv "$proven.new" "$proven"
        exit
    fi
    before=$now
    most=$((most - 1))
done
