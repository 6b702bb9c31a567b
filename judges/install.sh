#!/bin/sh
# Installs the judges' pinned tools into .cache/judges, each apart from the others and from .venv.
# Without arguments all of them, otherwise those of the judges that are named.
set -eu
cd "$(dirname "$0")/.."
there=.cache/judges

# Tells whether a judge's folder has what the lock says; a lock is copied there when it is installed.
has() { cmp -s "$1" "$there/$2/$(basename "$1")"; }

# Tells whether a judge is to be installed.
wanted() { test -z "$names" || case " $names " in *" $1 "*) ;; *) return 1 ;; esac; }

names=$*
for lock in judges/*/package-lock.json; do
    here=$(dirname "$lock")
    name=$(basename "$here")
    wanted "$name" || continue
    has "$lock" "$name" && continue
    command -v npm > /dev/null || { echo "The judges need Node.js 20 or newer with npm."; exit 1; }
    echo "Installing $name ..."
    mkdir -p "$there/$name"
    cp "$here/package.json" "$here/.npmrc" "$lock" "$there/$name/"
    (cd "$there/$name" && npm ci --silent) || { rm "$there/$name/package-lock.json"; exit 1; }
done
for lock in judges/*/requirements.txt; do
    name=$(basename "$(dirname "$lock")")
    wanted "$name" || continue
    has "$lock" "$name" && continue
    echo "Installing $name (about a minute) ..."
    rm -rf "${there:?}/$name"
    "${PYTHON:-python3}" -m venv "$there/$name"
    "$there/$name/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        --no-deps --requirement "$lock"
    cp "$lock" "$there/$name/"
done
