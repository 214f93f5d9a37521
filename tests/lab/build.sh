# build.sh - configure and build trees, and run all their tests as one
# shellcheck shell=bash

# as_builder COMMAND...: as the owner of the clone, so that a build through sudo leaves no file of root's in it.
as_builder() {
  local uid gid
  read -r uid gid < <(stat -c '%u %g' "$ROOT")
  if [ "$uid" = 0 ] || [ "$(id -u)" != 0 ]; then
    "$@"
  else
    setpriv --reuid="$uid" --regid="$gid" --clear-groups env HOME="$ROOT/build" "$@"
  fi
}

# lab_ports PRESET: the labs of each tree's integration tests have ports of their own, 1800 a tree from GATEHOUSE_TEST_PORTS.
lab_ports() {
  local first=${GATEHOUSE_TEST_PORTS:-22000}
  case $1 in
    release) echo "$first" ;;
    asan) echo $((first + 1800)) ;;
    *) echo $((first + 3600)) ;;
  esac
}

# build PRESET...: release, asan, tsan, fuzz. BUILD_TARGETS: what of each; all, unless it says otherwise. Says nothing but what
# goes wrong, and how long it took.
build() {
  local preset started
  for preset in "$@"; do
    started=$SECONDS
    say "building $preset (build/$preset)"
    as_builder cmake --preset "$preset" -DGATEHOUSE_LAB_PORTS="$(lab_ports "$preset")" --log-level=WARNING --no-warn-unused-cli \
      -S "$ROOT" >/dev/null ||
      die "cmake --preset $preset failed"
    # shellcheck disable=SC2086 # words
    as_builder ninja --quiet -C "$ROOT/build/$preset" ${BUILD_TARGETS:-} || die "the $preset build failed"
    say "built $preset in $((SECONDS - started)) s"
  done
}

# build_beside_installing PRESET... -- LIST...: what a build takes first, then the other packages while the compiler works.
build_beside_installing() {
  local -a presets=()
  local failed=0 installing
  while [ "$1" != -- ]; do presets+=("$1") && shift; done
  shift
  install_packages build
  (install_packages "$@") &
  installing=$!
  (build "${presets[@]}") || failed=1
  wait "$installing" || failed=1 # dpkg is never left at work
  [ $failed = 0 ] || exit 1
}

# run_tests [--quick] [CTEST-OPTION...]: one ctest over every tree, so that one summary counts everything. Three tests at once,
# on two cores too: they wait for servers three quarters of their time.
run_tests() {
  local -a presets=(release asan tsan) selection=()
  local started=$SECONDS preset
  if [ "${1:-}" = --quick ]; then
    shift
    presets=(release) selection=(-L '^(unit|quick)$')
    BUILD_TARGETS=quick build_beside_installing release -- develop lab tests
  else
    build_beside_installing "${presets[@]}" -- develop lab active-directory tests
  fi
  say "installed and built in $((SECONDS - started)) s"
  mkdir -p "$ROOT/build/tests"
  for preset in "${presets[@]}"; do echo "subdirs(\"$ROOT/build/$preset\")"; done >"$ROOT/build/tests/CTestTestfile.cmake"
  ctest --test-dir "$ROOT/build/tests" --output-on-failure --no-tests=error --parallel 3 "${selection[@]}" "$@"
}

# Sources of the project, as git knows them.
sources() { (cd "$ROOT" && git -c safe.directory="$ROOT" ls-files -co --exclude-standard "$@"); }

# shell_scripts: the project's own, by their first line.
shell_scripts() { (cd "$ROOT" && sources -- campus .ci tests | xargs grep -lE -m1 '^#!/usr/bin/env bash|^# shellcheck shell=bash'); }

# tidy [FILE...]: clang-tidy with the repository's .clang-tidy over the release build; without FILE, shellcheck too.
tidy() {
  install_packages build develop
  build release
  [ $# != 0 ] || (cd "$ROOT" && shell_scripts | xargs shellcheck)
  local -a files=("$@")
  [ ${#files[@]} != 0 ] || mapfile -t files < <(sources '*.cpp' | grep -v '^tests/fuzz/')
  (cd "$ROOT" && printf '%s\0' "${files[@]}" | xargs -0 -n 4 -P "$(nproc)" clang-tidy-19 --quiet -p build/release)
}

# format [--check]: clang-format over all C++; --check changes nothing and fails on a difference.
format() {
  local -a files mode=(-i)
  [ "${1:-}" != --check ] || mode=(--dry-run --Werror)
  install_packages develop
  mapfile -t files < <(sources '*.cpp' '*.hpp')
  (cd "$ROOT" && as_builder clang-format-19 "${mode[@]}" "${files[@]}")
}
