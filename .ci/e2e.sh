#!/usr/bin/env bash
# The window and the browser, as people use them, on a machine where the test Electron can be had. Expects a finished build.
# The last line counts the tests, as `npm test` does.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=../shared/tools/electron-runtime/install.sh
runtime="${HOME:-/tmp}/.cache/electron-runtime"
if [ -f "$tools" ]; then
  bash "$tools" "$runtime"
  export ELECTRON_OVERRIDE_DIST_PATH="$runtime"
fi
# The browser comes from the system's packages.
if ! command -v chromium >/dev/null && command -v apt-get >/dev/null; then
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null || true
fi

# What the window tests of the package look at.
if [ -n "${ELECTRON_OVERRIDE_DIST_PATH:-}" ]; then node scripts/package.mjs --dir; fi

node scripts/test-e2e.mjs
