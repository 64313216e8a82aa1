#!/usr/bin/env bash
# Articles a second on a GPU: dateline on libtorch, then Hugging Face's pipeline, with the built-in model on the same card.
#
#     benches/peers/cuda.sh ARTICLES.jsonl          # or, to see that it works where there is no GPU: DEVICE=cpu benches/peers/cuda.sh …
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
articles=${1:?expected a file of articles, JSON lines with the key text}
device=${DEVICE:-cuda:0}
with=$root/src/infer/libtorch/with.sh
kind=${device%%:*}
cd "$root"
"$with" "$kind" cargo build --release --locked --features libtorch
target/release/dateline bench "$articles" --device "$device" --threads 2 | head -6
python=$here/target/venv/bin/python
if [ "$kind" = cuda ]; then
    python=$root/target/libtorch-cuda/bin/python
    "$python" -m pip install --quiet transformers==4.46.3
fi
"$python" "$here/pipeline.py" models/news-en "$articles" "$device"
