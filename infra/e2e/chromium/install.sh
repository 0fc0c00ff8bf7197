#!/usr/bin/env bash
# Prints the path of a Chromium that can be started: one that is installed, else Debian's package with the libraries that the
# system lacks, unpacked below FOLDER and started through a wrapper there. Needs apt-get but no root, and installs nothing.
#
#   install.sh FOLDER     prints the path on its last line
set -euo pipefail
export LC_ALL=C.UTF-8

folder=${1:?usage: install.sh FOLDER}

for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then command -v "$name"; exit 0; fi
done

mkdir -p "$folder"
folder=$(cd -- "$folder" && pwd -P)
wrapper=$folder/chromium

say() { printf 'chromium: %s\n' "$*" >&2; }
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
  say 'cannot be unpacked here: this is no Debian or Ubuntu. Install Chromium, so that it is in PATH.'
  exit 1
}

# Two test processes may come here at once: the second waits and finds the work done.
exec 9>"$folder/lock"
flock 9

# apt with lists and caches of its own, so that it runs without root; $@ are its arguments.
private_apt() {
  apt-get -qq -o "Dir::State::lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt/cache" -o APT::Sandbox::User=root \
    -o Acquire::Languages=none "$@"
}

unpack() {
  local apt=(apt-get -qq) missing
  rm -rf "$folder/system" "$folder/debs"
  mkdir -p "$folder/system" "$folder/debs" "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
  if ! apt-cache show chromium >/dev/null 2>&1; then
    say 'apt has no package lists: fetching them'
    apt=(private_apt)
    private_apt update >&2
  fi
  missing=$("${apt[@]}" -s install --no-install-recommends chromium fonts-dejavu-core | awk '/^Inst/ {print $2}')
  say "unpacking $(wc -w <<<"$missing") Debian packages below $folder/system"
  # shellcheck disable=SC2086
  (cd "$folder/debs" && "${apt[@]}" -o APT::Sandbox::User=root download $missing >&2)
  for deb in "$folder"/debs/*.deb; do dpkg-deb -x "$deb" "$folder/system"; done
  rm -rf "$folder/debs" "$folder/apt"
}

# Fonts are looked for where Debian would have installed them; the wrapper says where they lie instead.
write_wrapper() {
  local libraries
  libraries=$(find "$folder/system" -name '*.so*' -path '*-linux-gnu*' -printf '%h\n' | sort -u | tr '\n' ':')
  cat >"$folder/fonts.conf" <<XML
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>$folder/system/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>$folder/font-cache</cachedir>
  <alias binding="same"><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias binding="same"><family>system-ui</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias binding="same"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
XML
  cat >"$wrapper.new" <<SH
#!/bin/sh
export LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:-}" FONTCONFIG_FILE="$folder/fonts.conf"
exec "$folder/system/usr/lib/chromium/chromium" "\$@"
SH
  chmod +x "$wrapper.new"
  mv "$wrapper.new" "$wrapper"
}

if [[ ! -e $folder/system/.complete ]]; then
  unpack
  touch "$folder/system/.complete"
fi
write_wrapper
printf '%s\n' "$wrapper"
