#!/usr/bin/env bash
# Figures on a GPU: `pack` on a machine with the .NET SDK, `run` on one with a GPU, CUDA 13 and cuDNN 9, which needs neither .NET nor a network.
#   gpu.sh pack DIR [MEGABYTES]   publishes the benchmarks with their runtime into DIR, cut into pieces of at most so many MB (60)
#   gpu.sh run DIR OUT            puts the pieces together beside DIR, measures, leaves gpu.txt and, where Python has transformers,
#                                 reference.txt in OUT; both machines have the repository, for the sample and the default model
# Where TensorRT 10 is there, as a library or as Python's package, the same is measured through it besides.
# STREAMNER_BENCHMARK_SECONDS is the least time of each figure (5).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }

pack() {
  local dir=$1 megabytes=$2 app
  app=$(mktemp -d)
  dotnet publish "$root/tests/StreamNer.Benchmarks" -c Release -r linux-x64 --self-contained -p:OnnxRuntime=Gpu -o "$app"
  mkdir -p "$dir"
  rm -f "$dir"/benchmarks.tar.xz.*
  tar -C "$app" -c . | xz -T0 -6 | split -b "${megabytes}M" -d - "$dir/benchmarks.tar.xz."
  rm -rf "$app"
  (cd "$dir" && sha256sum benchmarks.tar.xz.* > pieces.sha256 && cat pieces.sha256 && du -ch benchmarks.tar.xz.* | tail -n 1)
}

# Pieces may come one after the other: those that are there are checked, and one that is missing is named.
run() {
  local dir=$1 out=$2 app
  mkdir -p "$out"
  (cd "$dir" && sha256sum --quiet -c pieces.sha256)
  # The benchmarks look for the repository above themselves.
  app=$root/tests/StreamNer.Benchmarks/bin/gpu
  rm -rf "$app"
  mkdir -p "$app"
  cat "$dir"/benchmarks.tar.xz.* | xz -dc | tar -C "$app" -x
  { nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv || echo "no nvidia-smi"; } | tee "$out/gpu.txt"
  # CUDA, cuDNN and TensorRT may lie inside of Python's packages alone.
  LD_LIBRARY_PATH=$(python3 - << 'PYTHON' 2> /dev/null || true
import glob, os, site
places = ["/nvidia/**/lib/*.so*", "/tensorrt*_libs/libnvinfer.so*"]
files = [file for path in site.getsitepackages() for place in places for file in glob.glob(path + place, recursive=True)]
print(":".join(sorted({os.path.dirname(file) for file in files})))
PYTHON
  ):${LD_LIBRARY_PATH:-}
  export LD_LIBRARY_PATH
  (cd "$root" && STREAMNER_BENCHMARK_TEXTS="$out/texts.json" "$app/StreamNer.Benchmarks" gpu) 2>&1 | tee -a "$out/gpu.txt"
  if python3 -c "import torch, transformers" 2> /dev/null; then
    python3 "$here/reference.py" "$out/texts.json" "$root/models/en-ner-small" 2>&1 | tee "$out/reference.txt"
  else
    echo "no reference: python3 has no torch or no transformers" | tee "$out/reference.txt"
  fi
  rm -rf "$app"
}

case ${1:-} in
  pack) [ $# -ge 2 ] || usage; pack "$2" "${3:-60}" ;;
  run) [ $# -eq 3 ] || usage; run "$(cd "$2" && pwd)" "$3" ;;
  *) usage ;;
esac
