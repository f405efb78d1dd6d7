#!/bin/bash
# Installs what a bare Debian 12 lacks to build and test the project.
# Does nothing, without network, if all is there.
set -euo pipefail

packages=(libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools clang-22
  lld-22 libclang-rt-22-dev cmake ninja-build ccache g++ git libzstd-dev
  zlib1g-dev libgtest-dev nlohmann-json3-dev python3 python3-numpy
  python3-pytest)

if ! command -v dpkg-query >/dev/null; then
  echo "setup: not a Debian system; install by hand: ${packages[*]}" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || {
    echo "setup: run as root, or install sudo; missing: ${missing[*]}" >&2
    exit 1
  }
  sudo=sudo
fi
echo "setup: installing ${missing[*]}" >&2

# LLVM 22 comes with the security suite.
if ! grep -rqs bookworm-security /etc/apt/sources.list /etc/apt/sources.list.d; then
  echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]' \
    'http://deb.debian.org/debian-security bookworm-security main' |
    $sudo tee /etc/apt/sources.list.d/bookworm-security.list >/dev/null
fi
$sudo apt-get update -q
$sudo env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends "${missing[@]}"
