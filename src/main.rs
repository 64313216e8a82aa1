//! The `dateline` program: parse → settle → run → exit code.

use std::process::ExitCode;

use dateline::cli;

fn main() -> ExitCode {
    cli::main()
}
