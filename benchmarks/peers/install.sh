#!/bin/sh
# Installs the pinned peers into .cache/peers, each apart from the others and from .venv.
set -eu
cd "$(dirname "$0")/../.."
here=benchmarks/peers
there=.cache/peers
python=${PYTHON:-python3}
mkdir -p "$there"

for name in awscli cdk-python checkov sceptre; do
    echo "Installing $name ..."
    [ -x "$there/$name/bin/python" ] || "$python" -m venv "$there/$name"
    "$there/$name/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement "$here/$name.txt"
done

if command -v npm > /dev/null; then
    echo "Installing cdk ..."
    mkdir -p "$there/cdk"
    cp "$here/package.json" "$here/cdk.js" "$there/cdk/"
    (cd "$there/cdk" && npm install --silent --no-audit --no-fund --ignore-scripts)
else
    echo "No npm: AWS CDK stays out."
fi
