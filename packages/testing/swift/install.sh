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

name=swift
folder=${1:?usage: install.sh FOLDER}
suites=${SWIFT_SUITES:-forky trixie}
python=/usr/bin/python3 # Debian's own: the packages are built for it

# shellcheck source=../debian/unpack.sh
source "$(dirname "${BASH_SOURCE[0]}")/../debian/unpack.sh"
require_debian 'Name an S3 server instead: TEST_S3_ENDPOINT, TEST_S3_ACCESS_KEY_ID, TEST_S3_SECRET_ACCESS_KEY.'
[[ -x $python ]] || die 'needs python3: apt-get install python3'
enter_folder

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
      mkdir -p "$target" "$folder/apt"
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

unpack_packages python3-swift memcached libisal2
overlay_newer
environment "$newer"
