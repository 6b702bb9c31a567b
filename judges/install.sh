#!/bin/sh
# Installs the judges' pinned tools into .cache/judges, each apart from the others and from .venv.
set -eu
cd "$(dirname "$0")/.."
there=.cache/judges

command -v npm > /dev/null || { echo "The judges need Node.js 20 or newer with npm."; exit 1; }
for lock in judges/*/package-lock.json; do
    here=$(dirname "$lock")
    name=$(basename "$here")
    mkdir -p "$there/$name"
    cmp -s "$lock" "$there/$name/package-lock.json" && [ -d "$there/$name/node_modules" ] && continue
    echo "Installing $name ..."
    cp "$here/package.json" "$lock" "$here/.npmrc" "$there/$name/"
    (cd "$there/$name" && npm ci --silent)
done
