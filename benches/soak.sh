#!/usr/bin/env bash
# A long run, and the same run killed twice at random and resumed: is memory flat, and are the bytes the same?
#
#   benches/soak.sh [ARTICLES] [DIRECTORY]               a million articles by default, in a new directory for temporary files
#   MODEL=models/tiny/bert benches/soak.sh 20000         the same in half a minute, with a model that knows nothing
#
# The articles are the short lines of data/samples, again and again, each with an id of its own. It takes as long as tagging them twice, and
# 3 GB of disk for a million. MODEL=DIRECTORY takes another model: what is tried is everything but the model. DATELINE=PROGRAM takes that
# program instead of building target/release/dateline. Exit code 0 if both kills hit, the bytes are the same, and memory grew by less than 5 %.
set -euo pipefail
cd "$(dirname "$0")/.."
articles=${1:-1000000}
work=${2:-$(mktemp -d)}
mkdir -p "$work"
dateline=${DATELINE:-${CARGO_TARGET_DIR:-target}/release/dateline}
[ -n "${DATELINE:-}" ] || cargo build --release --locked --quiet
model=(${MODEL:+--model "$MODEL"})

cat data/samples/*.txt | grep -E '^.{20,120}$' | awk -v n="$articles" '
  { gsub(/[\\"]/, "\\\\&"); gsub(/[[:cntrl:]]/, " "); sentence[NR] = $0 }
  END { for (i = 0; i < n; i++) printf "{\"id\":%d,\"text\":\"%s\"}\n", i, sentence[i % NR + 1] }' >"$work/in.jsonl"
echo "corpus: $(wc -l <"$work/in.jsonl") articles, $(stat -c %s "$work/in.jsonl") bytes"

# Memory of the undisturbed run, ten times a second, in kB.
"$dateline" tag "$work/in.jsonl" -o "$work/whole.jsonl" --quiet "${model[@]}" &
run=$!
while kill -0 $run 2>/dev/null; do
  awk '/^VmRSS/ { print $2 }' /proc/$run/status 2>/dev/null || true
  sleep 0.1
done >"$work/memory"
wait $run
growth=$(awk '{ m[NR] = $1 }
  END {
    for (i = 1; i <= NR; i++) {
      if (i > NR * 0.1 && i <= NR * 0.3 && m[i] > early) early = m[i]
      if (i > NR * 0.8 && m[i] > late) late = m[i]
    }
    if (!early) { print "none none none"; exit }
    printf "%.1f %.1f %.1f", early / 1024, late / 1024, (late - early) / early * 100
  }' "$work/memory")
read -r early late percent <<<"$growth"
[ "$percent" != none ] || { echo "error: the run was over before its memory could be read; give it more articles" >&2; exit 1; }
echo "memory: $early MiB between the first tenth and the third, $late MiB in the last two, $percent % more"

# Killed once somewhere in the second to the fourth tenth of the output, once in the sixth to the eighth, each time as soon as the unfinished
# file has grown that far. A kill counts only if the program died of it.
whole=$(stat -c %s "$work/whole.jsonl")
written() { stat -c %s "$work/out.jsonl.partial" 2>/dev/null || echo 0; }
kills=0
for from in 10 50; do
  at=$((whole * (from * 100 + (RANDOM * 32768 + RANDOM) % 3000) / 10000))
  "$dateline" tag "$work/in.jsonl" -o "$work/out.jsonl" --quiet "${model[@]}" &
  run=$!
  while [ "$(written)" -lt "$at" ] && kill -0 $run 2>/dev/null; do sleep 0.01; done
  kill -9 $run 2>/dev/null || true
  status=0
  wait $run 2>/dev/null || status=$?
  if [ $status = 137 ]; then
    kills=$((kills + 1))
    echo "kill $kills: $(written) of $whole bytes written"
  else
    echo "error: the program ended with $status before it could be killed at $at of $whole bytes" >&2
    exit 1
  fi
done
"$dateline" tag "$work/in.jsonl" -o "$work/out.jsonl" --quiet "${model[@]}"
cmp "$work/whole.jsonl" "$work/out.jsonl"
cmp "$work/whole.manifest.json" "$work/out.manifest.json"
echo "output: $(stat -c %s "$work/out.jsonl") bytes, the same after $kills kills"
"$dateline" verify "$work/out.jsonl"
awk -v p="$percent" 'BEGIN { exit !(p < 5) }' || { echo "error: memory grew by $percent %, 5 % is the most" >&2; exit 1; }
