#!/usr/bin/env bash
# Articles a second on a GPU: dateline on libtorch, then Hugging Face's pipeline, with the built-in model on the same card.
#
#     benches/peers/cuda.sh ARTICLES.jsonl
#     DEVICE=cpu benches/peers/cuda.sh ARTICLES.jsonl              the same without a GPU, to see that it works; benches/peers/run.sh has to have
#                                                                  installed Hugging Face's side before
#     SMOKE=1 benches/peers/cuda.sh data/samples/wire.jsonl        dateline's side alone, on the CPU, in a build for tests with a tiny model
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
articles=${1:?expected a file of articles, JSON lines with the key text}
device=${DEVICE:-cuda:0}
with=$root/src/infer/libtorch/with.sh
kind=${device%%:*}
cd "$root"
if [ -n "${SMOKE:-}" ]; then
    # With the features of the tests, so that nothing has to be built for it after them.
    "$with" cpu cargo build --locked --features libtorch,hub
    exec "${CARGO_TARGET_DIR:-target}/debug/dateline" bench "$articles" --device cpu --threads 2 --seconds 1 --model models/tiny/bert
fi
"$with" "$kind" cargo build --release --locked --features libtorch
"${CARGO_TARGET_DIR:-target}/release/dateline" bench "$articles" --device "$device" --threads 2
python=$here/target/venv/bin/python
if [ "$kind" = cuda ]; then
    python=$root/target/libtorch-cuda/bin/python
    "$python" -m pip install --quiet transformers==4.46.3
fi
"$python" "$here/pipeline.py" models/news-en "$articles" "$device"
