#!/bin/sh
# curl's common options over wget: the library that curl is made of would be a quarter of this image.
# What is not known here is refused, not passed over.
usage() {
    echo "curl: $1; this one knows -A -C -d -f -H -I -k -L -m -o -O -s -S -T -u -v -X --cacert --connect-timeout --data-binary --retry" >&2
    exit 2
}

if [ "${1:-}" = --version ] || [ "${1:-}" = -V ]; then
    echo "curl (a script over wget; protocols: http https)"
    exec wget --version
fi
output=-
fail=
url=
quiet=
show=
head=
method=
data=
set -- "$@" --end-of-options-of-curl
while [ "$1" != --end-of-options-of-curl ]; do
    option=$1
    shift
    value=
    case $option in
    -[ACdHmoTuX] | --user-agent | --continue-at | --data | --data-binary | --data-raw | --header | --max-time | --output | --upload-file | --user | \
        --request | --cacert | --connect-timeout | --retry | --url)
        value=$1
        [ "$value" != --end-of-options-of-curl ] || usage "'$option' needs a value"
        shift
        ;;
    esac
    case $option in
    -A | --user-agent) set -- "$@" --user-agent="$value" ;;
    -C | --continue-at)
        [ "$value" = - ] || usage "only '-C -' is known"
        set -- "$@" --continue
        ;;
    -d | --data | --data-raw | --data-binary) data=$value ;;
    -f | --fail) fail=1 ;;
    -H | --header) set -- "$@" --header="$value" ;;
    -I | --head) head=1 ;;
    -k | --insecure) set -- "$@" --no-check-certificate ;;
    -L | --location) ;; # wget always follows
    -m | --max-time) set -- "$@" --read-timeout="$value" ;;
    -o | --output) output=$value ;;
    -O | --remote-name) output= ;;
    -s | --silent) quiet=1 ;;
    -S | --show-error) show=1 ;;
    -T | --upload-file)
        method=PUT
        data=@$value
        ;;
    -u | --user) set -- "$@" --auth-no-challenge --user="${value%%:*}" --password="${value#*:}" ;;
    -v | --verbose) set -- "$@" --debug ;;
    -X | --request) method=$value ;;
    --cacert) set -- "$@" --ca-certificate="$value" ;;
    --connect-timeout) set -- "$@" --connect-timeout="$value" ;;
    --retry) set -- "$@" --tries="$((value + 1))" ;;
    --url) url=$value ;;
    -[fIkLOsSv][fIkLOsSvACdHmoTuX]*) # several short ones in one word, the last of them perhaps with a value
        first=${option%"${option#-?}"}
        set -- "$first" "-${option#-?}" "$@"
        ;;
    -*) usage "unknown option '$option'" ;;
    *)
        [ -z "$url" ] || usage "one address at a time"
        url=$option
        ;;
    esac
done
shift
[ -n "$url" ] || usage "no address"
case $url in *://*) ;; *) url=http://$url ;; esac
case $data in
'') ;;
@*) if [ -n "$method" ]; then set -- "$@" --body-file="${data#@}"; else set -- "$@" --post-file="${data#@}"; fi ;;
*) if [ -n "$method" ]; then set -- "$@" --body-data="$data"; else set -- "$@" --post-data="$data"; fi ;;
esac
[ -z "$method" ] || set -- "$@" --method="$method"
[ -n "$fail" ] || set -- "$@" --content-on-error
[ -z "$output" ] || set -- "$@" --output-document="$output"
if [ -n "$head" ]; then
    answer=$(wget --tries=1 --no-verbose --spider --server-response "$@" "$url" 2>&1)
    status=$?
    printf '%s\n' "$answer" | sed -n 's/^  //p'
else
    if [ -n "$quiet" ]; then set -- "$@" --quiet; elif [ "$output" = - ]; then set -- "$@" --no-verbose; fi
    wget --tries=1 "$@" "$url"
    status=$?
fi
case $status in # from wget(1) to curl(1)
0) exit 0 ;;
4) status=7 why='no connection' ;;
5) status=60 why='the certificate is not trusted' ;;
8) status=22 why='the server answers with an error' ;;
*) why="wget ends with code $status" ;;
esac
[ "$status$fail" != 22 ] || exit 0 # without -f the page that comes with an error is the answer
[ -n "$quiet" ] && [ -z "$show" ] || echo "curl: ($status) cannot fetch $url: $why" >&2
exit "$status"
