# shellcheck shell=bash
# Sourced by scripts that need Debian's packages without root: what is installed is used, the rest is unpacked into a folder, and
# nothing on the system changes. They set `name`, for messages, and `folder`, which is theirs.

say() { printf '%s: %s\n' "$name" "$*" >&2; }
die() { say "$*"; exit 1; }

# $1: what to do instead where there is no apt.
require_debian() {
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || die "cannot be unpacked here: this is no Debian or Ubuntu.
$1"
}

# Makes `folder`, and waits there for others: two test processes may come at once, and the second finds the work done.
enter_folder() {
  mkdir -p "$folder"
  folder=$(cd -- "$folder" && pwd -P)
  exec 9>"$folder/lock"
  flock 9
}

# apt with lists and caches of its own, so that it runs without root; $@ are its arguments.
private_apt() {
  mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
  apt-get -qq -o "Dir::State::lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt/cache" -o APT::Sandbox::User=root \
    -o Acquire::Languages=none "$@"
}

# Unpacks the packages $@, and those they need, below $folder/system as far as the system lacks them; once.
unpack_packages() {
  local system=$folder/system debs=$folder/debs apt=(apt-get -qq) missing deb
  [[ ! -e $system/.complete ]] || return 0
  rm -rf "$system" "$debs"
  mkdir -p "$system" "$debs"
  if ! apt-cache show "$1" >/dev/null 2>&1; then
    say 'apt has no package lists: fetching them'
    apt=(private_apt)
    private_apt update >&2
  fi
  missing=$("${apt[@]}" -s install --no-install-recommends "$@" | awk '/^Inst/ {print $2}')
  say "unpacking $(wc -w <<<"$missing") Debian packages below $system"
  # shellcheck disable=SC2086
  [[ -z $missing ]] || (cd "$debs" && "${apt[@]}" -o APT::Sandbox::User=root download $missing >&2)
  for deb in "$debs"/*.deb; do
    [[ ! -e $deb ]] || dpkg-deb -x "$deb" "$system"
  done
  rm -rf "$debs" "$folder/apt"
  touch "$system/.complete"
}
