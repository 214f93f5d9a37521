# measure.sh - what the benches share: CPU seconds of processes, the file of raw samples, medians and ratios
# shellcheck shell=bash

TICKS=$(getconf CLK_TCK)

# cpu_ticks NAME: ticks that a process of this lab has used, its children included, dead or alive.
cpu_ticks() {
  local pid sum=0
  for pid in $(family "$(process_id "$1")"); do
    ! read_stat "$pid" || sum=$((sum + STAT[12] + STAT[13] + STAT[14] + STAT[15])) # utime stime cutime cstime
  done
  echo $sum
}

# busy_ticks: ticks that the whole machine has worked, stolen time included.
busy_ticks() {
  local -a cpu
  read -ra cpu </proc/stat
  echo $((cpu[1] + cpu[2] + cpu[3] + cpu[6] + cpu[7] + cpu[8]))
}

seconds_of() { awk -v ticks="$1" -v hz="$TICKS" 'BEGIN {printf "%.2f", ticks / hz}'; }

# timed NAME COMMAND...: runs a client that prints key=value pairs and puts them into SAMPLE, with the CPU seconds that
# the process NAME (daemon), slapd, and everybody else on the machine (others) used meanwhile.
declare -A SAMPLE
timed() {
  local name=$1 line pair daemon slapd busy client
  shift
  daemon=$(cpu_ticks "$name") slapd=$(cpu_ticks slapd) busy=$(busy_ticks)
  line=$("$@") || return 1
  busy=$(($(busy_ticks) - busy)) daemon=$(($(cpu_ticks "$name") - daemon)) slapd=$(($(cpu_ticks slapd) - slapd))
  for pair in $line; do SAMPLE[${pair%%=*}]=${pair#*=}; done
  [ "$name" != slapd ] || daemon=0
  client=$(awk -v s="${SAMPLE[cpu_seconds]}" -v hz="$TICKS" 'BEGIN {printf "%d", s * hz}')
  SAMPLE["daemon"]=$(seconds_of $daemon)
  SAMPLE["slapd"]=$(seconds_of $slapd)
  SAMPLE["others"]=$(seconds_of $((busy - daemon - slapd - client)))
}

# begin_results NAME VERSIONS: opens the file of raw samples, RESULTS.
begin_results() {
  mkdir -p "$LAB/results"
  RESULTS=$LAB/results/$1-$(date -u +%Y%m%dT%H%M%SZ).tsv
  {
    echo "# $1: $(date -u +%FT%TZ), $(nproc) cores, load average before: $(cut -d' ' -f1 /proc/loadavg); $2"
    printf 'round\tposition\ttarget\tlogins\tseconds\tper_second\tp50_us\tp99_us'
    printf '\tcpu_client\tcpu_daemon\tcpu_slapd\tcpu_others\n'
  } >"$RESULTS"
  printf '%-5s %-16s %10s %8s %8s   %s\n' round target per_second p50_us p99_us 'CPU seconds: client daemon slapd others'
}

# record ROUND POSITION TARGET: the last sample.
record() {
  printf '%s\t' "$1" "$2" "$3" "${SAMPLE[logins]}" "${SAMPLE[seconds]}" "${SAMPLE[per_second]}" "${SAMPLE[p50_us]}" \
    "${SAMPLE[p99_us]}" "${SAMPLE[cpu_seconds]}" "${SAMPLE[daemon]}" "${SAMPLE[slapd]}" >>"$RESULTS"
  echo "${SAMPLE[others]}" >>"$RESULTS"
  printf '%-5s %-16s %10.0f %8d %8d   %19.2f %6.2f %5.2f %6.2f\n' "$1" "$3" "${SAMPLE[per_second]}" "${SAMPLE[p50_us]}" \
    "${SAMPLE[p99_us]}" "${SAMPLE[cpu_seconds]}" "${SAMPLE[daemon]}" "${SAMPLE[slapd]}" "${SAMPLE[others]}"
}

# middle FORM: the median of the numbers on standard input, in the form of printf.
middle() {
  sort -g | awk -v form="$1" '{v[NR] = $1} END {printf form, NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'
}

# median TARGET: of its logins a second, rounded.
median() { awk -F'\t' -v target="$1" '$3 == target {print $6}' "$RESULTS" | middle %.0f; }

ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }
