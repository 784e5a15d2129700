#!/usr/bin/env bash
# Makes a tiny model of the sample beside this script, every step of it, and checks what came out. Three to five minutes.
# Exit code 77 and a reason when Python with torch, numpy and onnx is not there. PYTHON names the interpreter, else python3 is tried, then /usr/bin/python3.
# STREAMNER, when set, is the service's command ("dotnet PATH/streamner.dll"): then it labels a sentence with the new folder too.
set -euo pipefail
cd "$(dirname "$0")/.."
for python in ${PYTHON:-python3 /usr/bin/python3}; do
  if "$python" -c 'import sys, torch, numpy, onnx; assert sys.version_info >= (3, 9)' 2>/dev/null; then found=$python; break; fi
done
if [ -z "${found:-}" ]; then
  echo "training/check.sh: skipped, no Python with torch, numpy and onnx (Debian: python3-torch python3-numpy python3-onnx)" >&2
  exit 77
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} PYTHONDONTWRITEBYTECODE=1
"$found" -m training all --tiny --task ner --out "$out"
"$found" -m training.check "$out/en-ner-small" "$out/en-ner-small-float32" training/sample/ner/uner_en_ewt_oth/mapped/test.conll
if [ -n "${STREAMNER:-}" ]; then
  labels=$(echo "John was born in London" | $STREAMNER label --model "$out/en-ner-small" --format labels)
  echo "the service says: $labels"
  [ "$(wc -w <<<"$labels")" = 5 ] || { echo "check: the service gave other than five labels" >&2; exit 1; }
fi
# The pretrained encoder comes out of a package: where no feed has it, what stands on it is left out.
if "$found" -m training encoder --tiny --task ner-base --out "$out/base"; then
  for step in teach finetune export evaluate card; do "$found" -m training "$step" --tiny --task ner-base --out "$out/base"; done
  "$found" -m training.check "$out/base/en-ner-base" "$out/base/en-ner-base-float32" training/sample/ner/uner_en_ewt_oth/mapped/test.conll
  if [ -n "${STREAMNER:-}" ]; then
    labels=$(echo "John was born in London" | $STREAMNER label --model "$out/base/en-ner-base" --format labels)
    echo "the service says: $labels"
    [ "$(wc -w <<<"$labels")" = 5 ] || { echo "check: the service gave other than five labels" >&2; exit 1; }
  fi
  # It goes on from what was exported.
  for step in finetune export evaluate card; do "$found" -m training "$step" --tiny --task ner-base --out "$out/again" --folder "$out/base/en-ner-base"; done
  "$found" -m training.check "$out/again/en-ner-base" "$out/again/en-ner-base-float32" training/sample/ner/uner_en_ewt_oth/mapped/test.conll
  # What it says of raw text, and its vectors, make the small model grow.
  "$found" -m training silver --tiny --task ner-base --out "$out/base" --words 4000
  "$found" -m training finetune --tiny --task ner --out "$out/grown" --folder "$out/en-ner-small" --encoder-from "$out/base" --silver "$out/base/silver.npz"
  for step in export evaluate card; do "$found" -m training "$step" --tiny --task ner --out "$out/grown"; done
  "$found" -m training.check "$out/grown/en-ner-small" "$out/grown/en-ner-small-float32" training/sample/ner/uner_en_ewt_oth/mapped/test.conll
elif [ $? = 77 ]; then
  echo "training/check.sh: en-ner-base is skipped, its encoder's package can't be restored" >&2
else
  exit 1
fi
echo "training/check.sh: passed"
