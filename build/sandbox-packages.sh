#!/bin/sh
# Installs what `portcullis exec` is made of from Debian's packages, where something is missing and that is possible.
# Tells aloud when it is not and ends well all the same: everything else works without. With --check it only tells, and fails.
set -eu
[ "$(uname -s)" = Linux ] || exit 0
PATH=$PATH:/usr/sbin:/sbin

missing() {
  for pair in bwrap:bubblewrap socat:socat prlimit:util-linux setpriv:util-linux nsenter:util-linux; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || echo "${pair#*:}"
  done | sort -u | tr '\n' ' '
}

packages=$(missing)
if [ "${1:-}" = --check ]; then
  [ -z "$packages" ] || { echo "the sandbox cannot be tested: ${packages}missing" >&2; exit 1; }
  said=$(bwrap --unshare-user --unshare-pid --unshare-net --ro-bind / / true 2>&1) && exit 0
  echo "the sandbox cannot be tested: $said" >&2
  exit 1
fi
[ -n "$packages" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root='sudo -n'; else as_root=no; fi
fi
if [ "$as_root" != no ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing for the sandbox: $packages"
  # shellcheck disable=SC2086 # words on purpose
  { $as_root apt-get install -y -qq $packages || { $as_root apt-get update -qq && $as_root apt-get install -y -qq $packages; }; } >/dev/null ||
    echo "the packages could not be installed" >&2
  packages=$(missing)
  [ -n "$packages" ] || exit 0
fi
echo "portcullis exec will refuse to run commands: ${packages}missing" >&2
echo "  install what is missing, on Debian with \`apt-get install $packages\`" >&2
