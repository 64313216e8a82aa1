#!/usr/bin/env bash
# Runs a command with libtorch 2.4.0 prepared for it, for builds with the feature `libtorch`:
#
#     src/infer/libtorch/with.sh cpu cargo build --release --features libtorch
#     src/infer/libtorch/with.sh cuda cargo build --release --features libtorch
#
# Needs Python with pip, and a C and a C++ compiler. For `cpu` three packages are unpacked into target/libtorch (about 2 GB), once, and
# linked into one folder without what only CUDA needs; for `cuda` PyTorch is installed into target/libtorch-cuda as its makers
# intend (about 5 GB), with a Python from 3.8 to 3.12. The binary finds the libraries where they were when it was built.
set -euo pipefail
version=2.4.0
root=$(cd "$(dirname "$0")/../../.." && pwd)

fail() {
    echo "error: $1" >&2
    [ -z "${2:-}" ] || echo "hint: $2" >&2
    exit 1
}

device=${1:-}
case $device in
cpu | cuda) shift ;;
*) fail "expected cpu or cuda, and a command, found '$device'" "$0 cpu cargo build --release --features libtorch" ;;
esac
[ $# -gt 0 ] || fail "expected a command to run" "$0 $device cargo build --release --features libtorch"
python=${PYTHON:-python3}
for tool in "$python" cc c++; do
    command -v "$tool" >/dev/null || fail "$tool: not found" "install Python, and a C and a C++ compiler (on Debian: python3-venv gcc g++)"
done
[ "$(uname -sm)" = "Linux x86_64" ] || fail "libtorch is prepared for Linux on x86-64 alone, not for $(uname -sm)" \
    "set LIBTORCH as the crate torch-sys describes, and run cargo yourself"

# What stands in the version file of an unpacked PyTorch, without the part after a plus.
found_version() {
    sed -n "s/^__version__ = '\([^+']*\).*/\1/p" "$1/version.py" 2>/dev/null || true
}

if [ "$device" = cuda ]; then
    home=$root/target/libtorch-cuda
    if [ "$(found_version "$(echo "$home"/lib/python3*/site-packages/torch)")" != $version ]; then
        "$python" -m venv "$home" || fail "no virtual environment could be made" "install Debian's python3-venv, or name another Python with PYTHON"
        "$home/bin/pip" install --quiet "torch==$version" "numpy<2" setuptools ||
            fail "PyTorch $version could not be installed" "it exists for Python 3.8 to 3.12; name one with PYTHON=python3.11"
    fi
    export PATH="$home/bin:$PATH" VIRTUAL_ENV=$home LIBTORCH_USE_PYTORCH=1
    unset LIBTORCH LIBTORCH_CXX11_ABI
    exec "$@"
fi

home=$root/target/libtorch
packages=$home/packages
if [ "$(found_version "$packages/torch")" != $version ]; then
    rm -rf "$packages"
    # Which Python the packages are for does not matter here: it is never run.
    "$python" -m pip install --quiet --no-deps --only-binary=:all: --python-version 3.11 --target "$packages" \
        "torch==$version" nvidia-cuda-runtime-cu12==12.1.105 nvidia-cuda-cupti-cu12==12.1.105 ||
        fail "the packages with libtorch $version could not be installed" "is pip there ($python -m pip --version), and the network?"
fi
found=$(found_version "$packages/torch")
[ "$found" = $version ] || fail "$packages/torch: expected version $version, found '${found:-none}'" "delete $home and run this again"

if [ ! -e "$home/build-version" ]; then
    rm -rf "$home/lib" "$home/include"
    mkdir -p "$home/lib"
    ln -s packages/torch/include "$home/include"
    for library in "$packages"/torch/lib/{libc10.so,libtorch_cpu.so,libgomp*} \
        "$packages"/nvidia/cuda_runtime/lib/libcudart.so.* "$packages"/nvidia/cuda_cupti/lib/libcupti.so.*; do
        ln -s "../${library#"$home/"}" "$home/lib/"
    done
    # Programs ask for libtorch.so, which in a build without CUDA is nothing but these.
    cc -shared -o "$home/lib/libtorch.so" -Wl,--no-as-needed -L"$home/lib" -ltorch_cpu -lc10 -Wl,-rpath,'$ORIGIN'
    # Written last, so it is there only if everything is.
    echo "$version" >"$home/build-version"
fi
export LIBTORCH=$home LIBTORCH_CXX11_ABI=0
unset LIBTORCH_USE_PYTORCH
exec "$@"
