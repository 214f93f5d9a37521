# peers.sh - what the benches compare: slapd with many people, authd, saslauthd and Dovecot's auth, in a lab of their own
# shellcheck shell=bash
export GATEHOUSE_LAB=${GATEHOUSE_BENCH_LAB:-$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/.campus/bench}
export GATEHOUSE_PORT_BASE=${GATEHOUSE_BENCH_PORTS:-27500}
export GATEHOUSE_SLAPD_DEBUG=0
# shellcheck source=tests/lab/lab.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lab/lab.sh"
# shellcheck source=tests/lab/packages.sh
. "$LAB_SCRIPTS/packages.sh"
# shellcheck source=tests/bench/measure.sh
. "$(dirname "${BASH_SOURCE[0]}")/measure.sh"

PEOPLE_DN=ou=people,dc=campus,dc=example
SASLAUTHD_AT_ONCE=16

# options_of_bench NAME ARGUMENT...: --rounds and --people into ROUNDS and PEOPLE.
options_of_bench() {
  local name=$1
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      --rounds) ROUNDS=$2 && shift ;;
      --people) PEOPLE=$2 && shift ;;
      *) die "usage: ./campus bench $name [--rounds N] [--people N]" ;;
    esac
    shift
  done
}

# The configuration that docs/join-openldap.md gives for binds without a search, but in clear text. No service has rules.
# start_authd [REALM-LINE...]: with an empty store and these further keys of the realm. MORE_OF_FILE: further keys of the file.
# MORE_LISTENERS: further listeners.
start_authd() {
  {
    cat <<YAML
log: {level: info}
audit: {file: $LAB/authd/audit.jsonl}
store: {file: $LAB/authd/store.db}
${MORE_OF_FILE:-}
realms:
  - name: CAMPUS
    default: true
    directory:
      type: openldap
      servers: ["$ADDRESS:$(port ldap)"]
      tls: {mode: clear-text}
      bind: {dn: "cn=svc-gatehouse,ou=services,dc=campus,dc=example", password_file: $LAB/authd/secrets/svc-gatehouse}
      people: {base: "$PEOPLE_DN", filter: "(objectClass=inetOrgPerson)", name: uid, dn_template: "uid={name},$PEOPLE_DN"}
YAML
    [ $# = 0 ] || printf '    %s\n' "$@"
    cat <<YAML
listeners:
  - {name: control, door: native, socket: {path: $LAB/doors/control, mode: "0600"}, may_control: true}
  - {name: saslauthd, door: saslauthd, socket: {path: $LAB/doors/saslauthd, mode: "0666"}, services: [imap, pop, smtp, sieve]}
  - {name: dovecot, door: dovecot, socket: {path: $LAB/doors/dovecot, mode: "0666"}, services: [imap, pop, smtp, sieve]}
${MORE_LISTENERS:-}
YAML
  } >"$LAB/authd.yaml"
  rm -f "$LAB/authd/audit.jsonl" "$LAB/authd/store.db"*
  GATEHOUSE_AUTHD_YAML=$LAB/authd.yaml "$LAB_SCRIPTS/authd" up --directory openldap
}

# As it comes: it searches for the person's DN as an account that may search, then binds as the person. -c, the cache, is
# off unless given.
start_saslauthd() {
  saslauthd_with saslauthd <<CONF
ldap_search_base: $PEOPLE_DN
ldap_filter: uid=%u
ldap_bind_dn: cn=svc-gatehouse,ou=services,dc=campus,dc=example
ldap_password: $(people password svc-gatehouse)
CONF
}

# One bind as the DN that the filter makes, no search.
start_fastbind() {
  saslauthd_with fastbind <<CONF
ldap_auth_method: fastbind
ldap_filter: uid=%u,$PEOPLE_DN
CONF
}

saslauthd_with() { # saslauthd_with NAME: the rest of its configuration comes on standard input
  local state=$LAB/$1
  fresh_folder "$state"
  chmod 700 "$state"
  {
    echo "ldap_servers: ldap://$ADDRESS:$(port ldap)/"
    echo "ldap_version: 3"
    echo "ldap_referrals: no"
    cat
  } >"$state/saslauthd.conf"
  LD_PRELOAD=$(syslog_to_file) LAB_SYSLOG=$LAB/log/$1.log \
    saslauthd -a ldap -n 8 -m "$state" -O "$state/saslauthd.conf" >>"$LAB/log/$1.log" 2>&1
  remember_process "$1" "$(cat "$state/saslauthd.pid")"
  wait_for_socket "$1" "$state/mux"
}

# start_dovecot CACHE: Dovecot's auth with a cache of that size (0: none).
start_dovecot() {
  local state=$LAB/dovecot-auth
  fresh_folder "$state"
  cat >"$state/dovecot.conf" <<CONF
base_dir = $state/run
state_dir = $state/state
instance_name = bench
log_path = $LAB/log/dovecot-auth-messages.log
protocols =
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
auth_cache_size = $1
auth_cache_ttl = 1 hour
passdb {
  driver = ldap
  args = $state/ldap.conf
}
userdb {
  driver = static
  args = uid=mail gid=mail home=/nonexistent
}
service auth {
  unix_listener auth-client {
    mode = 0666
  }
}
CONF
  cat >"$state/ldap.conf" <<CONF
uris = ldap://$ADDRESS:$(port ldap)
ldap_version = 3
base = $PEOPLE_DN
auth_bind = yes
auth_bind_userdn = uid=%n,$PEOPLE_DN
CONF
  mkdir -p "$state/state"
  start_process dovecot-auth dovecot -F -c "$state/dovecot.conf"
  wait_for_socket dovecot-auth "$state/run/auth-client"
}

stop_peers() {
  stop_process echo
  stop_process dovecot-auth
  stop_process fastbind
  stop_process saslauthd
  "$LAB_SCRIPTS/authd" down
  "$LAB_SCRIPTS/slapd" down
}

# ask TARGET: the client of one target; the logins come on standard input.
ask() {
  case $1 in
    authd-dovecot) "$BIN/bench_load" dovecot --socket "$LAB/doors/dovecot" ;;
    dovecot) "$BIN/bench_load" dovecot --socket "$LAB/dovecot-auth/run/auth-client" ;;
    authd-saslauthd) "$BIN/bench_load" saslauthd --socket "$LAB/doors/saslauthd" --at-once $SASLAUTHD_AT_ONCE ;;
    saslauthd | fastbind) "$BIN/bench_load" saslauthd --socket "$LAB/$1/mux" --at-once $SASLAUTHD_AT_ONCE ;;
    echo) "$BIN/bench_load" saslauthd --socket "$LAB/echo" --at-once $SASLAUTHD_AT_ONCE ;;
    limit) "$BIN/bench_load" bind --address "$ADDRESS" --port "$(port ldap)" --dn "uid={name},$PEOPLE_DN" --connections 8 ;;
  esac
}

process_of() { # the process whose CPU seconds belong to a target, beside slapd's
  case $1 in
    authd-*) echo authd ;;
    saslauthd | fastbind | echo) echo "$1" ;;
    dovecot) echo dovecot-auth ;;
    limit) echo slapd ;;
  esac
}

measure() { # measure ROUND POSITION TARGET
  timed "$(process_of "$3")" ask "$3" <"$LAB/asked" || die "round $1: $3: ended by a wrong verdict or an outage"
  record "$1" "$2" "$3"
}

# run_rounds TARGET...: every target once a round for all of `asked`, in rotating order.
run_rounds() {
  local round position
  for ((round = 1; round <= ROUNDS; round++)); do
    for ((position = 0; position < $#; position++)); do
      measure "$round" $((position + 1)) "${@:1+(round - 1 + position) % $#:1}"
    done
  done
}

# right: everybody. asked: whom a round asks for, everybody or MOST_ASKED of them, spread evenly. first, wrong: a few.
MOST_ASKED=110000
write_logins() {
  seq -f 'person%05.0f' 1 "$PEOPLE" | awk '{print $1 "\tgranted\t" $1 "-Passw0rd"}' >"$LAB/right"
  awk -v every=$(((PEOPLE + MOST_ASKED - 1) / MOST_ASKED)) 'NR % every == 0' "$LAB/right" >"$LAB/asked"
  seq -f 'person%05.0f' 1 100 "$PEOPLE" | awk '{print $1 "\tdenied\t" $1 "-passw0rd"}' >"$LAB/wrong"
  head -n 1000 "$LAB/right" >"$LAB/first"
}

# ask_all FILE TARGET...: off the clock; in parts that fit into the client's secret memory.
ask_all() {
  local file=$1 target part
  shift
  rm -f "$LAB/part-"*
  split -l 100000 "$LAB/$file" "$LAB/part-"
  for target in "$@"; do
    for part in "$LAB/part-"*; do
      ask "$target" <"$part" >/dev/null || die "$target: ended by a wrong verdict or an outage ($file)"
    done
  done
}

versions() {
  echo "$(saslauthd -v 2>&1 | head -n 1); dovecot $(dovecot --version | cut -d' ' -f1);" \
    "$(slapd -V 2>&1 | grep -o 'slapd [0-9.]*' | head -n 1)"
}

prepare_bench() {
  open_lab
  installed dovecot-ldap || { say "installing dovecot-ldap" && with_services_held install_missing dovecot-ldap; }
  [ -x "$BIN/bench_load" ] || die "$BIN/bench_load is missing: run ./campus build $PRESET"
  stop_peers
  trap stop_peers EXIT
  write_logins
  "$LAB_SCRIPTS/slapd" up --extra "$PEOPLE"
}

# wait_for_feed: until authd's mirror is live.
wait_for_feed() {
  wait_until authd 900 "the feed" sh -c "'$BIN/authctl' --socket '$LAB/doors/control' --json status | grep -q '\"live\":true'"
}
