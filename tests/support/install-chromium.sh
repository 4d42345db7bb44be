#!/bin/sh
# Installs Chromium and its driver for the browser tests where that is possible without asking.
# Never fails: the tests themselves say what is missing.
set -u
if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "browser tests need chromium and chromedriver on the PATH (Debian: chromium chromium-driver)" >&2
  exit 0
fi
echo "installing chromium and chromium-driver for the browser tests"
export DEBIAN_FRONTEND=noninteractive
{ apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium chromium-driver; } \
  >/dev/null || echo "chromium could not be installed" >&2
