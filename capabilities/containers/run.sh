#!/bin/sh
# Keeps one container of podman, and ends when and as it does: run NAME PULL SECONDS IMAGE LAYOUT WORD...
#   PULL       missing: fetched when it is not here; newer: looked for at each start, else what is here does; never
#   SECONDS    from the signal that asks the container to end until it is killed
#   IMAGE      its name; with LAYOUT, where the image lies in this system (- for nowhere), what it gets as a name
#   WORD...    what 'podman run' is told: options, the image, its command
name=$1 pull=$2 patience=$3 image=$4 layout=$5
shift 5
mark=/run/strata/containers/$name
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

take_turn
found='' missed=''
[ "$pull" = newer ] || found=$(platform)
if [ ! "$found" ]; then
    if [ "$layout" != - ]; then
        take_shipped
    elif [ "$pull" = never ]; then
        fail "image $image is not here, and 'pull: never' keeps it from being fetched"
    else
        rm -f $turn # it may take long
        wait_for_network
        podman pull --quiet "$image" >/dev/null || missed=1
        take_turn
    fi
    found=$(platform)
    [ "$found" ] || fail "image $image cannot be fetched; it is tried again"
    [ ! "$missed" ] || echo "container '$name': image $image cannot be looked for; it starts with the one that is here"
fi
case $(uname -m) in
x86_64) here=linux/amd64 ;;
aarch64) here=linux/arm64 ;;
*) here=$found ;;
esac
[ "$found" = "$here" ] || fail "image $image is for ${found:-nothing known}, and this machine is $here"

previous=''
for word; do
    [ "$previous" != --volume ] || case $word in
    *:rw) mkdir -p "${word%%:*}" ;;
    esac
    previous=$word
done
podman run --detach --replace --name "$name" --pull never --log-driver passthrough --stop-timeout "$patience" \
    --conmon-pidfile "$mark.pid" "$@" || fail "it cannot be started"
rm -f $turn
read -r keeper <"$mark.pid"
: >"$mark" # who needs it is started now

# shellcheck disable=SC2317 # called by the trap
stop() {
    podman stop --time "$patience" "$name" >/dev/null
    rm -f "$mark"
    exit 0
}
trap stop TERM
while kill -0 "$keeper" 2>/dev/null; do
    sleep 1 &
    wait $! # unlike sleep itself, this ends at once when we are told to
done
rm -f "$mark"
ended=$(podman inspect --format '{{.State.ExitCode}} {{.State.OOMKilled}}' "$name")
case $ended in
*true) echo "container '$name': it took more memory than it may have, and the kernel ended it" ;;
esac
exit "${ended%% *}"
