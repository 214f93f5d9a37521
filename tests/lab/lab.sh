# lab.sh - what the scripts of the lab share: where state lies, ports, processes, waiting, certificates
#
# Sourced by every script of this folder and by ./campus. A peer's script defines up, down and show, then calls
# `peer_main NAME "$@"`. Everything that varies comes from the environment, so that two labs can run side by side:
#   GATEHOUSE_LAB         folder of this lab's state            (.campus in the repository)
#   GATEHOUSE_ADDRESS     address the peers listen on           (127.0.0.1)
#   GATEHOUSE_PORT_BASE   first of the 100 ports of this lab    (21000)
#   GATEHOUSE_TEST_PORTS  first port of the labs that ./campus test makes (22000)
#   GATEHOUSE_PRESET      build whose programs are started      (release)
#   GATEHOUSE_BIN         folder of those programs              (build/$GATEHOUSE_PRESET/bin)
#   GATEHOUSE_SHARED      what labs share: snapshots, unpacked packages (.campus in the repository)
# shellcheck shell=bash

set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C.UTF-8
export PATH=/usr/sbin:/usr/bin:/sbin:/bin # Debian's python3 and servers, not somebody's own

LAB_SCRIPTS=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd -P "$LAB_SCRIPTS/../.." && pwd)
ADDRESS=${GATEHOUSE_ADDRESS:-127.0.0.1}
PORT_BASE=${GATEHOUSE_PORT_BASE:-21000}
PRESET=${GATEHOUSE_PRESET:-release}
BIN=${GATEHOUSE_BIN:-$ROOT/build/$PRESET/bin}
DOMAIN=campus.example
export ROOT ADDRESS PORT_BASE PRESET BIN DOMAIN

say() { printf '%s\n' "$*"; }
note() { printf '%s\n' "$*" >&2; }
die() {
  note "error: $*"
  exit 1
}

# --- ports -----------------------------------------------------------------------------------------------------------

declare -A PORT_OFFSETS=(
  [ldap]=1 [ldaps]=2 [ldap-2]=3 [ldaps-2]=4 [ldap-sasl]=5 [ldap-mute]=6
  [imap]=10 [pop3]=11 [lmtp]=12 [sieve]=13 [mupdate]=14
  [imap-2]=15 [pop3-2]=16 [lmtp-2]=17 [sieve-2]=18
  [smtp]=20 [submission-dovecot]=21 [submission-cyrus]=22 [submission-edge]=23
  [web]=30 [web-pages]=31 [metrics]=32
  [dovecot-imap]=40 [dovecot-pop3]=41 [exim]=42 [sendmail]=43
  [dovecot-imaps]=44 [dovecot-pop3s]=45 [dovecot-imap-proxied]=46 [dovecot-imaps-proxied]=47 [dovecot-pop3-proxied]=48
  [ftp]=50 [ftp-passive-first]=51 [ftp-passive-last]=69
  [postgres]=70
  [edge-imap]=71 [edge-imaps]=72 [edge-pop3]=73 [edge-pop3s]=74 [edge-submission]=75 [edge-submissions]=76 # a second edge's: + 10
  [edge-sieve]=77 [edge-imap-balanced]=78 [edge-metrics]=79
  [bench-mailgate]=93 [bench-nginx]=94 [bench-nginx-auth]=95
)

# port NAME: the number of a named port of this lab.
port() {
  [ -n "${PORT_OFFSETS[$1]:-}" ] || die "no port is called '$1' (see PORT_OFFSETS in tests/lab/lab.sh)"
  echo $((PORT_BASE + PORT_OFFSETS[$1]))
}

# --- state -----------------------------------------------------------------------------------------------------------

# Can the peers' own users come here? Each folder on the way needs its x bit for others.
reachable_by_others() {
  local folder=$1
  while [ "$folder" != / ]; do
    if [ -e "$folder" ] && ! (($(stat -L -c '0%a' "$folder") & 1)); then return 1; fi
    folder=$(dirname "$folder")
  done
}

# state_folder DIR: makes it and prints its real path. Cyrus, Postfix and others run as users of their own and put
# sockets there (at most 107 characters). A clone in a private home or under a long path gets a link to a folder
# in /var/lib instead.
state_folder() {
  local wanted=$1 real
  if [ ! -e "$wanted" ]; then
    rm -f "$wanted" # a link whose folder is gone
    mkdir -p "$(dirname "$wanted")"
    if [ ${#wanted} -le 70 ] && reachable_by_others "$(dirname "$wanted")"; then
      mkdir -m 755 "$wanted"
    else
      real=/var/lib/gatehouse-campus/$(printf %s "$wanted" | cksum | cut -d' ' -f1)
      mkdir -p "$real" || die "cannot make $real; run as root or through sudo"
      ln -s "$real" "$wanted"
      note "state lies in $real: other users cannot reach $wanted, or sockets there would have too long a path"
    fi
  fi
  (cd -P "$wanted" && pwd)
}

# Called once by every script that keeps state: sets LAB and SHARED.
open_lab() {
  [ "$(id -u)" = 0 ] || die "the lab starts servers under their own users: run as root or through sudo"
  umask 022
  SHARED=$(state_folder "${GATEHOUSE_SHARED:-$ROOT/.campus}")
  LAB=$(state_folder "${GATEHOUSE_LAB:-$ROOT/.campus}")
  [ ${#LAB} -le 70 ] || die "GATEHOUSE_LAB=$LAB is too long for Unix sockets below it (70 characters at most)"
  mkdir -p "$LAB"/{run,log} "$SHARED"/{root,cache}
  export LAB SHARED
}

# fresh_folder DIR [OWNER]: empty, belonging to OWNER.
fresh_folder() {
  rm -rf "${1:?}"
  mkdir -p "$1"
  chown "${2:-root:root}" "$1"
}

# unpacked PATH: a program or folder of a package that is unpacked, not installed (see packages-unpacked.txt).
unpacked() {
  [ -e "$SHARED/root$1" ] || die "$SHARED/root$1 is missing: run ./campus install"
  echo "$SHARED/root$1"
}

# own_program NAME: our program's path, for one that runs as another user; a copy where that user cannot go.
own_program() {
  if reachable_by_others "$BIN"; then
    echo "$BIN/$1"
  else
    mkdir -p "$LAB/bin"
    cp -pf "$BIN/$1" "$LAB/bin/$1.new"
    mv -f "$LAB/bin/$1.new" "$LAB/bin/$1"
    echo "$LAB/bin/$1"
  fi
}

# --- processes -------------------------------------------------------------------------------------------------------

# read_stat PID: STAT[N] is then the Nth field after the name in /proc/PID/stat: 1 state, 2 parent, 4 session, 20 start
# time. No subshell: stopping a server asks for every process of the machine.
read_stat() {
  local line=
  read -r -d '' line 2>/dev/null <"/proc/$1/stat" || [ -n "$line" ] || return 1
  read -ra STAT <<<"0 ${line##*) }"
}

# runs PID [START]: is there, not a zombie, and (when given) the process that began at START.
runs() { read_stat "$1" && [ "${STAT[1]}" != Z ] && [ "${STAT[1]}" != X ] && [ "${2:-${STAT[20]}}" = "${STAT[20]}" ]; }

# remember_process NAME PID: the process that NAME stands for. A number alone could be somebody else's later.
remember_process() {
  read_stat "$2" || STAT=([20]=gone)
  echo "$2 ${STAT[20]}" >"$LAB/run/$1.pid"
}

# process_id NAME: prints the pid while exactly that process runs, else fails.
process_id() {
  local pid start
  read -r pid start 2>/dev/null <"$LAB/run/$1.pid" || return 1
  runs "$pid" "$start" && echo "$pid"
}

process_alive() { process_id "$1" >/dev/null; }

# start_process NAME COMMAND...: in a session of its own, its output in log/NAME.log.
start_process() {
  local name=$1
  shift
  rotate_log "$LAB/log/$name.log"
  setsid "$@" </dev/null >>"$LAB/log/$name.log" 2>&1 9>&- &
  remember_process "$name" $!
}

rotate_log() { # keeps the run before as NAME.log.1
  [ ! -s "$1" ] || mv "$1" "$1.1"
  : >"$1"
}

# family PID: the process, its descendants, and whoever is left in its session.
family() {
  local -A parent=() session=()
  local p pid
  for p in /proc/[0-9]*; do
    pid=${p#/proc/}
    read_stat "$pid" || continue # has just ended
    parent[$pid]=${STAT[2]}
    session[$pid]=${STAT[4]}
  done
  local -A in=([$1]=1)
  local grown=1
  while [ $grown = 1 ]; do
    grown=0
    for pid in "${!parent[@]}"; do
      [ -z "${in[$pid]:-}" ] || continue
      if [ -n "${in[${parent[$pid]}]:-}" ] || [ "${session[$pid]:-}" = "$1" ]; then
        in[$pid]=1
        grown=1
      fi
    done
  done
  echo "${!in[@]}"
}

# stop_process NAME [SIGNAL]: ends what start_process started, and its children; nothing else.
stop_process() {
  local name=$1 signal=${2:-TERM} pid members i
  local -a left
  if ! pid=$(process_id "$name"); then
    rm -f "$LAB/run/$name.pid"
    return 0
  fi
  members=$(family "$pid")
  kill -"$signal" "$pid" 2>/dev/null || true
  for i in {1..100}; do
    left=()
    for pid in $members; do ! runs "$pid" || left+=("$pid"); done
    [ ${#left[@]} != 0 ] || break
    # The main process is gone and its children stay: they are told, too.
    [ "$i" != 40 ] || kill -TERM "${left[@]}" 2>/dev/null || true
    sleep 0.1
  done
  if [ ${#left[@]} != 0 ]; then
    note "$name did not end within 10 s; killed: ${left[*]}"
    kill -KILL "${left[@]}" 2>/dev/null || true
  fi
  rm -f "$LAB/run/$name.pid"
}

# give_up NAME WHAT: the end of a start that failed, with the last words of the peer.
give_up() {
  local log=$LAB/log/$1.log
  note "error: $1: $2"
  if [ -s "$log" ]; then
    note "--- the last lines of $log"
    tail -n 25 "$log" >&2
    note "---"
  else
    note "($log is empty)"
  fi
  stop_process "$1"
  exit 1
}

# wait_until NAME SECONDS WHAT COMMAND...: until COMMAND succeeds; fails when NAME ends before, or time is up.
wait_until() {
  local name=$1 seconds=$2 what=$3 end
  shift 3
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    process_alive "$name" || give_up "$name" "ended while it was awaited ($what)"
    [ $SECONDS -lt $end ] || give_up "$name" "not ready after $seconds s ($what)"
    sleep 0.05
  done
}

port_answers() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

# greets PORT WORD: the server's first line holds WORD.
greets() {
  local line
  line=$(exec 3<>"/dev/tcp/$ADDRESS/$1" && read -r -t 5 -u 3 line && echo "$line") 2>/dev/null && [[ $line == *"$2"* ]]
}

# wait_for_port NAME PORT [SECONDS] [ADDRESS]
wait_for_port() { wait_until "$1" "${3:-20}" "port ${4:-$ADDRESS}:$2" port_answers "${4:-$ADDRESS}" "$2"; }

# wait_for_socket NAME PATH [SECONDS]
wait_for_socket() { wait_until "$1" "${3:-20}" "socket $2" test -S "$2"; }

# port_is_free NUMBER [ADDRESS]: else says so and ends; a stranger on our port would be taken for our peer.
port_is_free() {
  ! port_answers "${2:-$ADDRESS}" "$1" ||
    die "${2:-$ADDRESS}:$1 is taken by a program that this lab did not start; set GATEHOUSE_PORT_BASE to another range"
}

# --- certificates ----------------------------------------------------------------------------------------------------

# authority: the lab's certificate authority in $LAB/ca (ca.pem, ca.key), made once.
authority() {
  local ca=$LAB/ca
  [ ! -s "$ca/ca.pem" ] || return 0
  mkdir -p "$ca"
  (umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$ca/ca.key")
  openssl req -x509 -new -key "$ca/ca.key" -days 3650 -subj "/O=Campus lab/CN=Campus lab CA" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -out "$ca/ca.pem.new"
  mv "$ca/ca.pem.new" "$ca/ca.pem"
}

# certificate NAME OWNER SAN...: NAME.pem and NAME.key in $LAB/ca, for names such as DNS:ldap.campus.example, IP:127.0.0.1.
certificate() {
  local name=$1 owner=$2 ca=$LAB/ca sans
  shift 2
  sans=$(IFS=, && echo "$*")
  authority
  if [ ! -s "$ca/$name.pem" ] || [ "$(cat "$ca/$name.sans")" != "$sans" ]; then
    (umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$ca/$name.key")
    openssl req -new -key "$ca/$name.key" -subj "/O=Campus lab/CN=$name" |
      openssl x509 -req -CA "$ca/ca.pem" -CAkey "$ca/ca.key" -CAcreateserial -days 3650 -out "$ca/$name.pem" 2>/dev/null \
        -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$sans")
    echo "$sans" >"$ca/$name.sans"
  fi
  chown "$owner" "$ca/$name.key"
}

# client_certificate MAIL [upn]: for somebody who logs in by it, by the address or by a user principal name. Prints its path.
client_certificate() {
  local mail=$1 file=$LAB/ca/client-$1${2:+-$2} name="email:$1"
  [ "${2:-}" != upn ] || name="otherName:1.3.6.1.4.1.311.20.2.3;UTF8:$mail"
  authority
  if [ ! -s "$file.pem" ]; then
    (umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$file.key")
    openssl req -new -key "$file.key" -subj "/O=Campus lab/CN=$mail/emailAddress=$mail" |
      openssl x509 -req -CA "$LAB/ca/ca.pem" -CAkey "$LAB/ca/ca.key" -CAcreateserial -days 3650 -out "$file.pem" 2>/dev/null \
        -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=clientAuth\n' "$name")
  fi
  echo "$file.pem"
}

# --- a server's surroundings -----------------------------------------------------------------------------------------

# syslog_to_file: prints the preload that writes what a server says to syslog into the file $LAB_SYSLOG instead.
syslog_to_file() {
  local library=$SHARED/cache/syslog_to_file.so source=$LAB_SCRIPTS/syslog_to_file.c compiler
  if [ ! "$library" -nt "$source" ]; then
    compiler=$(command -v clang-19 || command -v cc) || die "no C compiler: run ./campus install"
    "$compiler" -O1 -Wall -Wextra -Werror -shared -fPIC -o "$library.$$" "$source"
    mv "$library.$$" "$library"
  fi
  echo "$library"
}

people() { /usr/bin/python3 "$LAB_SCRIPTS/people.py" "$@"; }

# --- the command line of a peer's script -----------------------------------------------------------------------------

usage() {
  note "usage: tests/lab/$1 up|down|restart|status|show"
  note "  up: start and wait until it serves; down: end it; show: NAME=value lines (address, ports, pid, log)"
  exit 64
}

status() {
  local name=$1 pid
  if pid=$(process_id "$name"); then
    say "$name runs, pid $pid, log $LAB/log/$name.log"
  else
    say "$name is down"
    return 1
  fi
}

# peer_main NAME COMMAND [OPTION...]: the options go to the script's up.
peer_main() {
  local name=$1 command=${2:-}
  shift $(($# > 1 ? 2 : 1))
  open_lab
  case $command in
    up) if ! process_alive "$name"; then up "$@"; fi ;; # not `|| up`: that would hide what fails inside
    down) down "$@" ;;
    restart)
      down
      up "$@"
      ;;
    status) status "$name" ;;
    show)
      echo "pid=$(process_id "$name" || true)"
      echo "log=$LAB/log/$name.log"
      show
      ;;
    *) if declare -F "command_${command//-/_}" >/dev/null; then "command_${command//-/_}" "$@"; else usage "$name"; fi ;;
  esac
}
