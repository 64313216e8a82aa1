#!/usr/bin/env bash
# Whole taggers beside each other on the same articles: dateline, dateline --fast and spaCy's en_core_web_sm. See README.md.
#
#     benches/peers/taggers.sh [ARTICLES] [--rounds 5] [--words 200000] [--gold FILE.jsonl]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=$here/target/taggers
if ! cmp -s "$here/taggers.txt" "$venv/installed.txt"; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement "$here/taggers.txt"
    cp "$here/taggers.txt" "$venv/installed.txt"
fi
if [ -z "${DATELINE:-}" ]; then
    cargo build --release --locked --manifest-path "$here/../../Cargo.toml"
    DATELINE=${CARGO_TARGET_DIR:-$here/../../target}/release/dateline
fi
exec "$venv/bin/python" "$here/taggers.py" --dateline "$DATELINE" "$@"
