#!/usr/bin/env bash
# Exports the model once, builds, and times; see README.md. Arguments go to the program.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
model=$here/target/minilm
# Written last by export.py, so it is there only if everything is.
[ -e "$model/model.onnx" ] || "${PYTHON:-python3}" "$here/export.py" "$model"
cargo build --release --locked --manifest-path "$here/Cargo.toml"
"$here/target/release/dateline-peers" "$model" "$@"
