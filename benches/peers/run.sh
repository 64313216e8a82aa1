#!/usr/bin/env bash
# Installs the peers, exports the model once, builds, and times; see README.md. Arguments go to the program.
#
#     benches/peers/run.sh --rounds 3
#     SMOKE=1 benches/peers/run.sh       builds all of it without optimisation, and runs our own engine alone on a tiny model: no Python package,
#                                        no download, and nothing to be learnt from the numbers
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/target}
if [ -n "${SMOKE:-}" ]; then
    cargo build --locked --manifest-path "$here/Cargo.toml" --target-dir "$target"
    exec "$target/debug/dateline-peers" "$here/../../models/tiny/bert" --ours-only --sentences 64 --rounds 1 "$@"
fi
model=$here/target/minilm
if [ -z "${PYTHON:-}" ]; then
    PYTHON=$here/target/venv/bin/python
    if ! cmp -s "$here/requirements.txt" "$here/target/venv/installed.txt"; then
        python3 -m venv "$here/target/venv"
        "$PYTHON" -m pip install --quiet --requirement "$here/requirements.txt"
        cp "$here/requirements.txt" "$here/target/venv/installed.txt"
    fi
fi
export PYTHON
# Written last by export.py, so it is there only if everything is.
[ -e "$model/model.int8.onnx" ] || "$PYTHON" "$here/export.py" "$model"
cargo build --release --locked --manifest-path "$here/Cargo.toml" --target-dir "$target"
"$target/release/dateline-peers" "$model" "$@"
