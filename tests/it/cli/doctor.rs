//! `dateline doctor`.

use crate::common::Dir;

/// What it prints depends on the machine; that every path is checked and found right does not.
#[test]
fn every_path_is_checked_and_the_speed_is_told() {
    let dir = Dir::with_model("bert");
    let ran = dir.run("doctor --model model --threads 3");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let out = ran.stdout;
    assert!(out.contains("precision     f32 (the recipe does not allow int8)"), "{out}");
    for kernels in dateline::Kernels::all() {
        let line = out.lines().find(|line| line.trim_start().split(' ').next() == Some(kernels.name()));
        let line = line.unwrap_or_else(|| panic!("no line for {} in {out}", kernels.name()));
        assert!(line.matches(" ok").count() == 8 && !line.contains("WRONG"), "{line}");
    }
    for precision in ["int8", "bf16", "f32"] {
        let line = out.lines().find(|line| line.trim_start().starts_with(precision) && line.contains("tokens/s"));
        assert!(line.is_some_and(|line| line.ends_with("on 3")), "{out}");
    }
}
