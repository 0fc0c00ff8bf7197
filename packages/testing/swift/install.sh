#!/usr/bin/env bash
# Gets OpenStack Swift, a real S3-compatible server, from Debian's packages, unpacked into one folder. Needs apt-get and
# python3 but no root, and changes nothing on the system: what is installed already is used, the rest is only unpacked.
#
#   install.sh FOLDER     prints on its last line the environment for serve.py as JSON
#
# Debian 12's own Swift (2.30) knows neither chunked uploads with trailing checksums nor conditional writes, so a newer
# python3-swift, which is plain Python, is laid over its dependencies. SWIFT_SUITES ("forky trixie") says where it may come
# from, first found first; "none" keeps the release's own. SWIFT_MIRROR overrides the mirror that apt uses.
set -euo pipefail
export LC_ALL=C.UTF-8

folder=${1:?usage: install.sh FOLDER}
mkdir -p "$folder"
folder=$(cd -- "$folder" && pwd -P)
suites=${SWIFT_SUITES:-forky trixie}
python=/usr/bin/python3 # Debian's own: the packages are built for it

say() { printf 'swift: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || die 'cannot be unpacked here: this is no Debian or Ubuntu.
Name an S3 server instead: TEST_S3_ENDPOINT, TEST_S3_ACCESS_KEY_ID, TEST_S3_SECRET_ACCESS_KEY.'
[[ -x $python ]] || die 'needs python3: apt-get install python3'

# Two test processes may come here at once: the second waits and finds the work done.
exec 9>"$folder/lock"
flock 9

# apt with lists and caches of its own, so that it runs without root; $@ are its arguments.
private_apt() {
  apt-get -qq -o "Dir::State::lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt/cache" -o APT::Sandbox::User=root \
    -o Acquire::Languages=none "$@"
}

# The packages that Swift needs and the system lacks, unpacked below $folder/system.
unpack_dependencies() {
  local target=$folder/system apt=(apt-get -qq) missing
  [[ ! -e $target/.complete ]] || return 0
  rm -rf "$target"
  mkdir -p "$target" "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/debs"
  if ! apt-cache show python3-swift >/dev/null 2>&1; then
    say 'apt has no package lists: fetching them'
    apt=(private_apt)
    private_apt update >&2
  fi
  missing=$("${apt[@]}" -s install --no-install-recommends python3-swift memcached libisal2 | awk '/^Inst/ {print $2}')
  say "unpacking $(wc -w <<<"$missing") Debian packages below $target"
  # shellcheck disable=SC2086
  [[ -z $missing ]] || (cd "$folder/debs" && "${apt[@]}" -o APT::Sandbox::User=root download $missing >&2)
  for deb in "$folder"/debs/*.deb; do
    [[ ! -e $deb ]] || dpkg-deb -x "$deb" "$target"
  done
  rm -rf "$folder/debs"
  touch "$target/.complete"
}

environment() { # $1: folder of the newer Swift, or empty
  local packages=$folder/system/usr/lib/python3/dist-packages libraries
  libraries=$(printf '%s:' "$folder"/system/usr/lib/*-linux-gnu*)
  printf '{"PYTHONPATH":"%s","LD_LIBRARY_PATH":"%s","PATH":"%s"}\n' "${1:+$1:}$packages" "${libraries%:}" \
    "$folder/system/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

works() { # $1: folder of the newer Swift
  PYTHONPATH=$1:$folder/system/usr/lib/python3/dist-packages PYTHONWARNINGS=ignore \
    LD_LIBRARY_PATH=$(printf '%s:' "$folder"/system/usr/lib/*-linux-gnu*) \
    $python -c 'import swift.proxy.server, swift.obj.server, swift.common.middleware.s3api.s3api'
}

# Sets $newer to the folder of a newer Swift that runs on these dependencies; leaves it empty when there is none.
newer=
overlay_newer() {
  local suite target mirror
  [[ $suites != none ]] || return 0
  for suite in $suites; do
    target=$folder/$suite
    if [[ ! -e $target/.complete ]]; then
      mirror=${SWIFT_MIRROR:-$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Identifier: Packages' |
        awk '$2 !~ /-/ {print $1; exit}')}
      say "fetching python3-swift of Debian $suite"
      rm -rf "$target" "$folder/apt"
      mkdir -p "$target" "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
      echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} $suite main" \
        >"$folder/apt/sources.list"
      local from=(-o "Dir::Etc::sourcelist=$folder/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null)
      if private_apt "${from[@]}" update >&2 &&
        (cd "$target" && private_apt "${from[@]}" download "python3-swift/$suite" >&2) &&
        dpkg-deb -x "$target"/python3-swift_*.deb "$target" && works "$target/usr/lib/python3/dist-packages"; then
        touch "$target/.complete"
      fi
      rm -rf "$folder/apt"
    fi
    if [[ -e $target/.complete ]]; then newer=$target/usr/lib/python3/dist-packages; return 0; fi
  done
  # A server that differs from what the tests were written against must not pass for it.
  die "no python3-swift from Debian $suites; SWIFT_SUITES=none takes this release's own, older one"
}

unpack_dependencies
overlay_newer
environment "$newer"
