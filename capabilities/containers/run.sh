#!/bin/sh
# Keeps one container of podman, and ends when and as it does: run NAME PULL SECONDS HEALTH POLICY IMAGE LAYOUT WORD...
#   PULL       missing: fetched when it is not here; newer: looked for at each start, else what is here does; never
#   SECONDS    from the signal that asks the container to end until it is killed
#   HEALTH     EVERY/FAILURES/START: asked every so many seconds whether it is well, and ended after so many failures in a row; those of
#              its first seconds do not count before it was well once. - for one that is never asked
#   POLICY     file that says who signs the image (containers-policy.json(5)); - for nobody
#   IMAGE      its name; with LAYOUT, where the image lies in this system (- for nowhere), what it gets as a name
#   WORD...    what 'podman run' is told: options, the image, its command
name=$1 pull=$2 patience=$3 health=$4 policy=$5 image=$6 layout=$7
shift 7
mark=/run/strata/containers/$name
secrets=$mark.secrets
vouched=/var/lib/containers/signed/$name # under which policy the image that is here was fetched
export TMPDIR=/var/lib/containers/tmp # what is unpacked on the way may be larger than memory
mkdir -p "${mark%/*}" $TMPDIR
rm -f "$mark"

# Engines start one after the other: each takes 50 MiB meanwhile, and a machine may have 256. The lock is a link to the number of who has it.
turn=/run/strata/containers.turn
take_turn() {
    until ln -s $$ $turn 2>/dev/null; do
        holder=$(readlink $turn)
        [ ! "$holder" ] || kill -0 "$holder" 2>/dev/null || rm -f $turn
        sleep 1
    done
}

fail() {
    [ "$(readlink $turn)" != $$ ] || rm -f $turn
    echo "container '$name': $*"
    exit 125
}

platform() { podman image inspect --format '{{.Os}}/{{.Architecture}}' "$image" 2>/dev/null; }

# For half a minute; a machine that never has a route still has the images that are here.
wait_for_network() {
    tries=30
    until [ "$(ip -4 route)$(ip -6 route | grep -v '^fe80')" ] || [ $tries = 0 ]; do
        sleep 1
        tries=$((tries - 1))
    done
}

# Of the images that came with older versions nothing is needed any more: an older version has its own with it. Other names of them stay.
take_shipped() {
    id=$(podman pull --quiet "oci:$layout") || fail "its image cannot be read from $layout"
    podman tag "$id" "$image" || fail "its image cannot be named $image"
    podman images --format '{{.Repository}}:{{.Tag}}' --filter "reference=${image%:*}" | while read -r old; do
        case $old in
        "$image") ;;
        "${image%:*}":*) podman rmi "$old" >/dev/null 2>&1 ;;
        esac
    done
}

# What a policy asked for before does not count for another one, nor for an image of this name that came another way.
proof() { echo "$(sha256sum "$policy" "${policy%.json}.pub" | cut -d' ' -f1) $(podman image inspect --format '{{.Id}}' "$image")"; }

fetch() {
    if [ "$policy" = - ]; then
        podman pull --quiet "$image" >/dev/null
    else
        podman pull --quiet --signature-policy "$policy" "$image" >/dev/null &&
            mkdir -p "${vouched%/*}" && proof >"$vouched.new" && mv "$vouched.new" "$vouched"
    fi
}

# Credentials that the machine got lie for root alone; the container gets copies, in memory, which anybody in it may read.
lay_secrets() {
    rm -rf "$secrets"
    previous=''
    for word; do
        [ "$previous" != --volume ] || case $word in
        "$secrets"/*)
            from=${word%%:*}
            from=/var/lib/strata/secrets/${from##*/}
            [ -r "$from" ] || fail "its secret '${from##*/}' is not here: no credential strata.${from##*/} was given to this machine"
            mkdir -p "$secrets" && chmod 0711 "$secrets"
            cat "$from" >"${word%%:*}" && chmod 0444 "${word%%:*}"
            ;;
        *:rw) mkdir -p "${word%%:*}" ;;
        esac
        previous=$word
    done
}

take_turn
found='' missed=''
[ "$pull" = newer ] || found=$(platform)
[ "$policy" = - ] || [ ! "$found" ] || [ "$(cat "$vouched" 2>/dev/null)" = "$(proof)" ] || found=''
if [ ! "$found" ]; then
    if [ "$layout" != - ]; then
        take_shipped
    elif [ "$pull" = never ]; then
        fail "image $image is not here, and 'pull: never' keeps it from being fetched"
    else
        rm -f $turn # it may take long
        wait_for_network
        fetch || missed=1
        take_turn
    fi
    found=$(platform)
    [ "$policy" = - ] || { [ "$found" ] && [ "$(cat "$vouched" 2>/dev/null)" = "$(proof)" ]; } ||
        fail "image $image is not signed by the key in ${policy%.json}.pub, or cannot be fetched; it is tried again"
    [ "$found" ] || fail "image $image cannot be fetched; it is tried again"
    [ ! "$missed" ] || echo "container '$name': image $image cannot be looked for; it starts with the one that is here"
fi
case $(uname -m) in
x86_64) here=linux/amd64 ;;
aarch64) here=linux/arm64 ;;
*) here=$found ;;
esac
[ "$found" = "$here" ] || fail "image $image is for ${found:-nothing known}, and this machine is $here"

lay_secrets "$@"
podman run --detach --replace --name "$name" --pull never --log-driver passthrough --stop-timeout "$patience" \
    --conmon-pidfile "$mark.pid" "$@" || fail "it cannot be started"
rm -f $turn
read -r keeper <"$mark.pid"
[ "$health" != - ] || : >"$mark" # who needs it is started now; one that is asked how it is, when it was well once

# shellcheck disable=SC2317 # called by the trap
stop() {
    podman stop --time "$patience" "$name" >/dev/null
    rm -rf "$mark" "$secrets"
    exit 0
}
trap stop TERM

# Ends the container when it was not well so many times in a row; the service is started anew then.
ask() {
    take_turn
    if podman healthcheck run "$name" >/dev/null 2>&1; then
        failed=0
        : >"$mark"
    elif [ -e "$mark" ] || [ $lived -ge "$start" ]; then
        failed=$((failed + 1))
    fi
    rm -f $turn
    [ $failed -ge "$failures" ] || return 0
    podman stop --time "$patience" "$name" >/dev/null
    rm -rf "$mark" "$secrets"
    echo "container '$name': it was not well $failed times in a row, and is ended"
    exit 1
}

every=${health%%/*} start=${health##*/} failures=${health#*/}
failures=${failures%/*} failed=0 waited=0 lived=0
while kill -0 "$keeper" 2>/dev/null; do
    sleep 1 &
    wait $! # unlike sleep itself, this ends at once when we are told to
    [ "$health" != - ] || continue
    waited=$((waited + 1)) lived=$((lived + 1))
    [ -e "$mark" ] || [ "$waited" -lt 5 ] || waited=$every # who waits for it shall not wait long
    [ "$waited" -lt "$every" ] || { waited=0 && ask; }
done
rm -rf "$mark" "$secrets"
ended=$(podman inspect --format '{{.State.ExitCode}} {{.State.OOMKilled}}' "$name")
case $ended in
*true) echo "container '$name': it took more memory than it may have, and the kernel ended it" ;;
esac
exit "${ended%% *}"
