#!/bin/sh
# Runs the provider by hand, without a wasmCloud host: `sh run.sh`, from any folder. Needs Go, nothing else.
#
# It builds the provider and the NATS server that go.mod pins into a temporary folder, starts the server on 127.0.0.1
# (or uses the one that is there), and starts the provider with the host data below. Ctrl-C ends all that it started.
#
#   NATS_PORT=4333 sh run.sh    another port than 4222
set -u
unset CDPATH

port=${NATS_PORT:-4222}
address=127.0.0.1:$port
folder='' helper='' provider='' server=''

# What a host would send.
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

try() {
  nats="nats req" wash="wash call"
  if [ "$port" != 4222 ]; then nats="nats -s $address req" wash="wash call --rpc-port $port"; fi
  cat <<TRY
run.sh: the provider is ready, try it from another terminal; Ctrl-C here ends it

    $nats wasmbus.rpc.default.custom-template.health '{}'
    $wash custom-template wasmcloud:example/system-info.call

TRY
}

say() { printf 'run.sh: %s\n' "$*"; }

fail() {
  say "$*" >&2
  finish 1
}

# family PID: its id and those of its descendants, which need not die with it.
family() {
  { ps -A -o pid= -o ppid= || cat /proc/[0-9]*/stat | sed 's/ (.*)//' | awk '{ print $1, $3 }'; } |
    awk -v root="$1" '
      { children[$2] = children[$2] " " $1 }
      function show(pid, n, list, i) { print pid; n = split(children[pid], list, " "); for (i = 1; i <= n; i++) show(list[i]) }
      END { show(root) }'
}

# ours PID: whether it is still a child of this script. Numbers of processes long gone are given to others.
ours() { [ -n "$1" ] && family $$ | grep -qx "$1"; }

# cut PID: ends a job that has nothing to tidy up, with all that it has started. It is halted first, to start no more.
cut() {
  ours "$1" && kill -STOP "$1" || return 0
  kill -KILL $(family "$1")
  wait "$1"
}

# stop PID TENTHS: asks a job to end, and cuts it when that takes longer than so many tenths of a second.
stop() {
  ours "$1" && kill -TERM "$1" || return 0
  tenths=$2
  while kill -0 "$1" && [ "$tenths" -gt 0 ]; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
  cut "$1"
}

# finish CODE: the only way out. The provider goes before its lattice does.
finish() {
  trap '' INT TERM HUP
  {
    cut "$helper"
    stop "$provider" 10
    stop "$server" 5
    [ -z "$folder" ] || rm -rf "$folder"
  } 2>/dev/null
  exit "$1"
}

trap 'say stopping; finish 0' INT TERM HUP

# build FOLDER PACKAGE…: in the background, because a shell acts on signals only when no foreground command runs.
build() {
  TMPDIR=$folder/go-build GOTMPDIR=$folder/go-build go build -o "$@" </dev/null &
  helper=$!
  wait "$helper" || fail 'the build failed, see above'
  helper=''
}

cd "$(dirname "$0")" || exit 1
command -v go >/dev/null || fail 'needs Go: see https://go.dev/doc/install'
folder=$(mktemp -d "${TMPDIR:-/tmp}/custom-template.XXXXXX") || fail 'cannot make a temporary folder'
mkdir "$folder/go-build"

say 'building the provider (the first time this downloads modules, and takes a minute or two)'
build "$folder/provider" .
build "$folder/" ./internal/runsh

"$folder/runsh" listens "$address"
case $? in
  0)
    say "using the NATS server that is at $address already"
    ;;
  1)
    say "building and starting a NATS server at $address"
    build "$folder/" github.com/nats-io/nats-server/v2
    "$folder/runsh" apart "$folder/nats-server" -a 127.0.0.1 -p "$port" -js -sd "$folder" -l "$folder/nats.log" </dev/null &
    server=$!
    until "$folder/runsh" listens "$address"; do
      kill -0 "$server" 2>/dev/null || fail "the NATS server ended: $(tail -n 1 "$folder/nats.log")"
      sleep 0.1
    done
    ;;
  *)
    fail "what listens at $address is no NATS server: end it, or take another port by NATS_PORT=4333 sh run.sh"
    ;;
esac

say 'starting the provider'
host_data | base64 >"$folder/host-data"
"$folder/runsh" apart "$folder/provider" <"$folder/host-data" &
provider=$!
"$folder/runsh" answered "$address" wasmbus.rpc.default.custom-template.health </dev/null && try &
helper=$!

wait "$provider"
code=$?
provider=''
say "the provider ended by itself with exit code $code, see above" >&2
finish "$code"
