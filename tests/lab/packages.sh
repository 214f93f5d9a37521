# packages.sh - install what is missing, visibly, without starting or removing anything
# shellcheck shell=bash

# packages_in LIST...: the names in packages-LIST.txt; those to unpack keep their word "unpacked", folders whose
# package-lock.json names what goes into node_modules their word "node_modules".
packages_in() {
  local list
  for list in "$@"; do sed -e 's/#.*//' -e '/^ *$/d' "$LAB_SCRIPTS/packages-$list.txt"; done
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] || provided "$1"; }

# provided NAME: by an installed package of another name, with which it could not be installed.
provided() {
  dpkg-query -W -f '${db:Status-Status} ${Provides}\n' | grep -E "^installed (.*, )?$1( \\(|,|$)" >/dev/null
}

apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

# install_packages LIST...: installs what of the lists is missing.
install_packages() {
  local -a missing=() unpack=() folders=()
  local line
  while read -r line; do
    case $line in
      "unpacked "*) unpack+=("${line#unpacked }") ;;
      "node_modules "*) folders+=("${line#node_modules }") ;;
      *) installed "$line" || missing+=("$line") ;;
    esac
  done < <(packages_in "$@")
  if [ ${#missing[@]} != 0 ]; then
    say "installing ${#missing[@]} packages: ${missing[*]}"
    with_services_held install_missing "${missing[@]}"
  fi
  for line in "${unpack[@]}"; do unpack_package "$line"; done
  for line in "${folders[@]}"; do install_node_modules "$ROOT/$line"; done
}

# install_node_modules FOLDER: what its package-lock.json names, at exactly those versions, as the owner of the clone.
install_node_modules() {
  [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ] || return 0
  say "installing $1/node_modules"
  (cd "$1" && as_builder npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || die "npm ci failed in $1"
  touch "$1/node_modules/.package-lock.json"
}

# The last lines of apt's output are all that matters when it fails.
install_missing() {
  local log=$LAB/log/apt.log
  : >"$log"
  # Neither package shall set up a server of its own.
  if command -v debconf-set-selections >/dev/null; then
    debconf-set-selections <<<$'postfix postfix/main_mailer_type select No configuration\nslapd slapd/no_configuration boolean true'
  fi
  apt_lists_present || apt update >>"$log" 2>&1 || true
  apt install --no-install-recommends --no-remove "$@" >>"$log" 2>&1 && return
  apt update >>"$log" 2>&1 || true # the package lists may be old
  apt install --no-install-recommends --no-remove "$@" >>"$log" 2>&1 && return
  tail -n 20 "$log" >&2
  die "apt-get could not install these without removing something; its output is in $log"
}

apt_lists_present() { compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null; }

# with_services_held COMMAND...: while it runs, no package starts a service. What was there before comes back.
with_services_held() {
  local policy=/usr/sbin/policy-rc.d saved
  saved=$(mktemp -d)
  [ ! -e "$policy" ] || cp -a "$policy" "$saved/"
  # shellcheck disable=SC2064 # the values of now
  trap "restore_policy '$saved'" EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  "$@"
  restore_policy "$saved"
  trap - EXIT
}

restore_policy() {
  if [ -e "$1/policy-rc.d" ]; then mv -f "$1/policy-rc.d" /usr/sbin/policy-rc.d; else rm -f /usr/sbin/policy-rc.d; fi
  rm -rf "$1"
}

# unpack_package NAME: its files under $SHARED/root. Parts of Dovecot and Cyrus must be of the version that is installed.
unpack_package() {
  local name=$1 wanted=$1 debs=$SHARED/cache/debs
  [ ! -e "$SHARED/root/.unpacked/$name" ] || return 0
  case $name in
    dovecot-*) wanted=$name=$(dpkg-query -W -f '${Version}' dovecot-core) ;;
    cyrus-*) wanted=$name=$(dpkg-query -W -f '${Version}' cyrus-common) ;;
  esac
  mkdir -p "$debs" "$SHARED/root/.unpacked"
  say "unpacking $wanted into $SHARED/root"
  rm -f "$debs/${name}"_*.deb
  (cd "$debs" && { apt download "$wanted" || { apt update && apt download "$wanted"; }; }) >"$LAB/log/apt.log" 2>&1 || {
    tail -n 5 "$LAB/log/apt.log" >&2
    die "apt-get could not download $wanted"
  }
  dpkg -x "$debs/${name}"_*.deb "$SHARED/root"
  # Nothing in here needs to be set-uid: the lab starts it as the user it shall be.
  find "$SHARED/root" -type f -perm /6000 -exec chmod a-s {} +
  : >"$SHARED/root/.unpacked/$name"
}
