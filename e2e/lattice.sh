#!/bin/sh
# Starts and stops a lattice on this machine, for the end-to-end tests and for trying out:
#
#   sh e2e/lattice.sh up [FOLDER]        NATS, wadm and the first host; logs and state go to FOLDER (.lattice)
#   sh e2e/lattice.sh host N [FOLDER]    one more host, for instance 2; also after `stop host2`
#   sh e2e/lattice.sh stop NAME [FOLDER] ends nats, wadm or host1 …
#   sh e2e/lattice.sh down [FOLDER]      ends all of it
#
# Where nats-server, wadm and wasmcloud are on PATH, these are used; else `wash up`, which downloads them.
set -u
unset CDPATH

die() {
  printf 'lattice.sh: %s\n' "$*" >&2
  exit 1
}

port=${NATS_PORT:-4222}

# The host takes these from its environment.
export WASMCLOUD_NATS_URL="nats://127.0.0.1:$port" WASMCLOUD_ALLOW_FILE_LOAD=true RUST_LOG="${RUST_LOG:-info}"
export WASMCLOUD_SECRETS_TOPIC=wasmcloud.secrets NO_COLOR=1
export WASMCLOUD_CTL_HOST=127.0.0.1 WASMCLOUD_CTL_PORT="$port" WASMCLOUD_RPC_HOST=127.0.0.1 WASMCLOUD_RPC_PORT="$port"

# begin NAME COMMAND…: runs it in the background, its output in NAME.log, its process id in NAME.pid.
begin() {
  name=$1
  shift
  "$@" </dev/null >>"$folder/$name.log" 2>&1 &
  echo $! >"$folder/$name.pid"
}

# await NAME TEXT SECONDS: waits until the log says so.
await() {
  tenths=$(($3 * 10))
  until grep -q "$2" "$folder/$1.log" 2>/dev/null; do
    kill -0 "$(cat "$folder/$1.pid")" 2>/dev/null || die "$1 ended: $(tail -n 3 "$folder/$1.log")"
    [ "$tenths" -gt 0 ] || die "$1 is not ready after $3 s: $(tail -n 3 "$folder/$1.log")"
    tenths=$((tenths - 1))
    sleep 0.1
  done
}

# end NAME: asks it to end, and ends it when it has not after 15 seconds.
end() {
  [ -f "$folder/$1.pid" ] || return 0
  pid=$(cat "$folder/$1.pid")
  rm -f "$folder/$1.pid"
  kill -TERM "$pid" 2>/dev/null || return 0
  tenths=150
  while kill -0 "$pid" 2>/dev/null; do
    [ "$tenths" -gt 0 ] || kill -KILL "$pid" 2>/dev/null
    tenths=$((tenths - 1))
    sleep 0.1
  done
}

published() { command -v wasmcloud && command -v wadm && command -v nats-server; } >/dev/null

host() {
  [ -f "$folder/host$1.pid" ] && kill -0 "$(cat "$folder/host$1.pid")" 2>/dev/null && die "host$1 runs already"
  [ -f "$folder/host$1.log" ] && mv "$folder/host$1.log" "$folder/host$1.$(date +%s).log"
  if published; then
    begin "host$1" wasmcloud
  elif [ "$1" = 1 ]; then
    begin "host$1" wash up --nats-host 127.0.0.1 --nats-port "$port"
  else
    begin "host$1" wash up --nats-connect-only --nats-host 127.0.0.1 --nats-port "$port" --multi-local
  fi
  await "host$1" 'started' 300
}

up() {
  if published; then
    begin nats nats-server -a 127.0.0.1 -p "$port" -js -sd "$folder/jetstream"
    await nats 'Server is ready' 20
    begin wadm wadm --nats-server "127.0.0.1:$port"
  else
    command -v wash >/dev/null || die 'neither wasmcloud, wadm and nats-server nor wash are on PATH'
  fi
  host 1
}

down() {
  for file in "$folder"/host*.pid; do
    [ -f "$file" ] && end "$(basename "$file" .pid)"
  done
  end wadm
  end nats
}

case ${1:-} in
  up | down) folder=${2:-.lattice} ;;
  host | stop)
    folder=${3:-.lattice}
    [ -n "${2:-}" ] || die "which one? say host 2, or stop host2"
    ;;
  *) die 'say up, host, stop or down: see the first lines of this file' ;;
esac
mkdir -p "$folder/tmp" && folder=$(cd "$folder" && pwd) || exit 1
export TMPDIR="$folder/tmp" # hosts keep the providers that they have unpacked there

case $1 in
  up) up ;;
  host) host "$2" ;;
  stop) end "$2" ;;
  down) down ;;
esac
