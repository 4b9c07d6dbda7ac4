#!/bin/sh
# Runs the provider by hand, without a wasmCloud host: `sh run.sh`, from any folder. Needs Go, nothing else.
#
# It builds the provider and the NATS server that go.mod pins into a temporary folder, starts the server on 127.0.0.1
# (or uses the one that is there), and starts the provider with the host data below. Ctrl-C ends all that it started.
#
#   NATS_PORT=4333 sh run.sh    another port than 4222
set -u
unset CDPATH

say() { printf 'run.sh: %s\n' "$*"; }

port=${NATS_PORT:-4222}
address=127.0.0.1:$port
health=wasmbus.rpc.default.custom-template.health
folder='' provider='' server='' helper=''

# What a host would send; it is documented in sdk/README.md.
host_data() {
  cat <<JSON
{
  "lattice_rpc_url": "$address",
  "lattice_rpc_prefix": "default",
  "provider_key": "custom-template",
  "link_name": "default"
}
JSON
}

# Jobs get process groups of their own, so that the compilers behind `go build` end with it, and Ctrl-C reaches only
# this script, which then stops its jobs in order.
set -m

# running PID: whether that job is still there.
running() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }

# stop PID TENTHS: asks the job to end, and ends it when that takes longer than so many tenths of a second.
stop() {
  running "$1" || return 0
  kill -TERM "-$1" 2>/dev/null
  tenths=$2
  while running "$1" && [ "$tenths" -gt 0 ]; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
  kill -KILL "-$1" 2>/dev/null
  wait "$1"
}

# finish CODE: the only way out. The provider goes first, while it can still say goodbye to its lattice.
finish() {
  trap '' INT TERM HUP
  {
    stop "$helper" 2
    stop "$provider" 10
    stop "$server" 5
    [ -z "$folder" ] || rm -rf "$folder"
  } 2>/dev/null
  exit "$1"
}

interrupted() {
  say 'stopping'
  finish 0
}

trap interrupted INT TERM HUP

fail() {
  printf 'run.sh: %s\n' "$*" >&2
  finish 1
}

cd "$(dirname "$0")" || exit 1
command -v go >/dev/null || fail 'Go is missing: install it from https://go.dev/dl/'
folder=$(mktemp -d "${TMPDIR:-/tmp}/custom-template.XXXXXX") || fail 'cannot make a temporary folder'
mkdir "$folder/go-build"

say 'building the provider and a NATS server (the first time this downloads their modules and takes a minute or two)'
GOTMPDIR=$folder/go-build go build -o "$folder/" . ./internal/natscheck github.com/nats-io/nats-server/v2 </dev/null &
helper=$!
wait "$helper" || fail 'the build failed: see above'
helper=''

"$folder/natscheck" "$address"
case $? in
  0)
    say "using the NATS server that is already at $address"
    ;;
  1)
    say "starting a NATS server at $address"
    "$folder/nats-server-v2" -a 127.0.0.1 -p "$port" -js -sd "$folder/nats" -l "$folder/nats.log" </dev/null &
    server=$!
    until "$folder/natscheck" "$address"; do
      running "$server" || fail "the NATS server ended: $(tail -n 1 "$folder/nats.log")"
      sleep 0.1
    done
    ;;
  *)
    fail "what listens at $address is no NATS server: end it, or take another port with NATS_PORT=4333 sh run.sh"
    ;;
esac

say 'starting the provider'
host_data | base64 >"$folder/host-data"
"$folder/custom-template" <"$folder/host-data" &
provider=$!

if [ "$port" = 4222 ]; then flags=''; nats=''; else flags=" --rpc-port $port"; nats=" -s $address"; fi
{
  "$folder/natscheck" "$address" "$health" >/dev/null && cat <<TRY
run.sh: the provider is ready. Try it from another terminal:

    nats$nats req $health '{}'
    wash call$flags custom-template wasmcloud:example/system-info.call

run.sh: Ctrl-C ends it
TRY
} </dev/null &
helper=$!

wait "$provider"
code=$?
provider=''
say "the provider ended by itself with exit code $code: its last lines say why" >&2
finish "$code"
