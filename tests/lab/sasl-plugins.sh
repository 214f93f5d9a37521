# sasl-plugins.sh - for the servers of the lab that use Cyrus SASL: they take Kerberos tickets and load Gatehouse's plugins
#
# Sourced by cyrus, postfix and slapd-sasl. Nothing of it has an effect unless the lab wants it:
#   GATEHOUSE_SASL_PLUGINS   1: GSSAPI beside passwords, keys of the lab's MIT KDC or domain controller (started before), canon_user
#                            and auxprop by build/PRESET/sasl2; each server asks a native listener of its own
# shellcheck shell=bash

with_sasl_plugins() { [ -n "${GATEHOUSE_SASL_PLUGINS:-}" ]; }

sasl_mechanisms() { echo "PLAIN LOGIN$(! with_sasl_plugins || echo " GSSAPI")"; }

# sasl_plugin_path: where libsasl2 finds our plugins and Debian's; for SASL_PATH. Copies, since servers of other users load
# them after they gave up root.
sasl_plugin_path() {
  local own=$LAB/sasl2 file
  mkdir -p "$own"
  for file in "$BIN"/../sasl2/lib*.so; do
    [ -e "$file" ] || die "$BIN/../sasl2 has no plugins: run ./campus build $PRESET"
    cp -pf "$file" "$own/${file##*/}.new"
    mv -f "$own/${file##*/}.new" "$own/${file##*/}"
  done
  echo "$own:$(pkg-config --variable=libdir libsasl2)/sasl2"
}

# sasl_plugin_environment OWNER PRINCIPAL...: the NAME=value lines with which such a server is started. The principals'
# keys, made anew, are in a keytab of OWNER's.
sasl_plugin_environment() {
  local owner=$1 keytab=$LAB/gssapi/$1.keytab
  shift
  mkdir -p "$LAB/gssapi"
  cp "$("$LAB_SCRIPTS/tickets" show | sed -n 's/^krb5_conf=//p')" "$LAB/gssapi/krb5.conf"
  rm -f "$keytab"
  "$LAB_SCRIPTS/tickets" keytab "$keytab" "$@"
  chown "$owner" "$keytab"
  printf '%s\n' "SASL_PATH=$(sasl_plugin_path)" "KRB5_KTNAME=$keytab" "KRB5_CONFIG=$LAB/gssapi/krb5.conf"
}

# sasl_plugin_options LISTENER [PREFIX]: lines for the server's SASL configuration.
sasl_plugin_options() {
  cat <<CONF
${2:-}canon_user_plugin: gatehouse
${2:-}auxprop_plugin: gatehouse
${2:-}gatehouse_socket: $LAB/doors/$1
${2:-}gatehouse_timeout: 10
CONF
}
