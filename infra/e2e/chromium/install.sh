#!/usr/bin/env bash
# Prints the path of a Chromium that can be started: one that is installed, else Debian's package with the libraries that the
# system lacks, unpacked below FOLDER and started through a wrapper there. Needs apt-get but no root, and installs nothing.
#
#   install.sh FOLDER     prints the path on its last line
set -euo pipefail
export LC_ALL=C.UTF-8

name=chromium
folder=${1:?usage: install.sh FOLDER}

for command in chromium chromium-browser google-chrome; do
  if command -v "$command" >/dev/null; then command -v "$command"; exit 0; fi
done

# shellcheck source=../../../packages/testing/debian/unpack.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../../packages/testing/debian/unpack.sh"
require_debian 'Install Chromium, so that it is in PATH.'
enter_folder
wrapper=$folder/chromium

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

unpack_packages chromium fonts-dejavu-core
write_wrapper
printf '%s\n' "$wrapper"
