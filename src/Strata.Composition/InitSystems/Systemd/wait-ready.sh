# Waits until a service is ready, and fails when that takes too long or its main process (MAINPID, where the caller says it) has ended.
#   wait-ready file PATH SECONDS
#   wait-ready port NUMBER SECONDS
end=$(($(now) + $3))
until is_ready "$1" "$2"; do
    [ -z "$MAINPID" ] || [ -d "/proc/$MAINPID" ] || exit 1
    if [ "$(now)" -ge "$end" ]; then
        echo "strata: not ready after $3 s ($1 $2)" >&2
        exit 1
    fi
    sleep 0.2
done
