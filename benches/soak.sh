#!/usr/bin/env bash
# A long run, and the same run killed twice at random and started again: is memory flat, and are the bytes the same?
#
#   benches/soak.sh [ARTICLES] [DIRECTORY]     a million articles by default, in a new directory for temporary files
#
# The articles are the short lines of data/samples, again and again, each with an id of its own. It takes as long as tagging them twice, and
# 3 GB of disk for a million. MODEL=models/tiny/bert does the same with a model that is done in minutes: what is tried is everything but the
# model. DATELINE=PATH takes that program instead of building it. Exit code 0 if the bytes are the same and memory grew by less than 5 %.
set -euo pipefail
cd "$(dirname "$0")/.."
articles=${1:-1000000}
work=${2:-$(mktemp -d)}
mkdir -p "$work"
dateline=${DATELINE:-$PWD/target/release/dateline}
[ -n "${DATELINE:-}" ] || cargo build --release --quiet
model=(${MODEL:+--model "$PWD/$MODEL"})

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
    printf "%.1f %.1f %.1f", early / 1024, late / 1024, (late - early) / early * 100
  }' "$work/memory")
read -r early late percent <<<"$growth"
echo "memory: $early MiB between the first tenth and the third, $late MiB in the last two, $percent % more"

# Killed after a random share of the time that the whole took, twice, and then left alone.
seconds=$(($(wc -l <"$work/memory") / 10 + 1))
for kill in 1 2; do
  "$dateline" tag "$work/in.jsonl" -o "$work/out.jsonl" --quiet "${model[@]}" &
  run=$!
  after=$((1 + (RANDOM * 32768 + RANDOM) % (seconds * 4 / 10 + 1)))
  sleep $after
  if kill -9 $run 2>/dev/null; then echo "kill $kill: after $after s, $(stat -c %s "$work/out.jsonl.partial") bytes written"; fi
  wait $run 2>/dev/null || true
done
"$dateline" tag "$work/in.jsonl" -o "$work/out.jsonl" --quiet "${model[@]}"
cmp "$work/whole.jsonl" "$work/out.jsonl"
cmp "$work/whole.manifest.json" "$work/out.manifest.json"
echo "output: $(stat -c %s "$work/out.jsonl") bytes, the same after two kills"
"$dateline" verify "$work/out.jsonl"
awk -v p="$percent" 'BEGIN { exit !(p < 5) }'
