//! Nothing to do for our own engine. With the feature `libtorch`, the binary is told where its
//! libraries are, so that it runs without environment variables, and which version it was built
//! with.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_LIBTORCH").is_none() {
        return;
    }
    // Given by torch-sys, which is a direct dependency for this.
    let Some(lib) = env::var_os("DEP_TCH_LIBTORCH_LIB") else {
        panic!("libtorch: not found; run src/infer/libtorch/with.sh cpu cargo build --release --features libtorch");
    };
    let lib = Path::new(&lib);
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", lib.display());
    if lib.join("libtorch_cuda.so").exists() {
        // Nothing refers to it by name, and without it there are no devices.
        println!("cargo:rustc-link-arg=-Wl,--no-as-needed");
        println!("cargo:rustc-link-arg=-L{}", lib.display());
        println!("cargo:rustc-link-arg=-ltorch_cuda");
    }
}
