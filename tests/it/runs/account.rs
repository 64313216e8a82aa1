//! read = tagged + dead + blank, whatever is read and however often it is interrupted.

use proptest::prelude::*;
use serde_json::Value;

use crate::common::Dir;

/// A line of a corpus, good or bad.
fn line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => "[a-zA-Zäöü ]{0,40}".prop_map(|text| serde_json::json!({ "text": text }).to_string().into_bytes()),
        1 => Just(Vec::new()),
        1 => Just(b"  ".to_vec()),
        1 => Just(b"{\"text\":null}".to_vec()),
        1 => Just(b"{\"text\":\"a\",\"text\":\"b\"}".to_vec()),
        1 => Just(b"{\"text\":\"\xff\"}".to_vec()),
        1 => Just(b"{\"text\":\"cut".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..30),
    ]
}

fn numbers(dir: &Dir) -> [u64; 4] {
    let manifest: Value = serde_json::from_slice(&dir.read("out.manifest.json")).expect("a manifest is JSON");
    ["read", "tagged", "dead", "blank"].map(|name| manifest[name].as_u64().expect("a number"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn everything_read_is_accounted_for(lines in prop::collection::vec(line(), 0..200), ends in any::<bool>()) {
        let mut file = lines.join(&b"\n"[..]);
        if ends {
            file.push(b'\n');
        }
        let n_lines = file.split(|&byte| byte == b'\n').count() - usize::from(file.ends_with(b"\n") || file.is_empty());
        let dir = Dir::with_model("bert");
        // The first line says that it is JSON.
        dir.write("in.jsonl", [b"{\"text\":\"Bonn\"}\n".as_slice(), &file].concat());
        let ran = dir.run("tag in.jsonl --model model -o out.jsonl --quiet");
        prop_assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.stderr);
        let [read, tagged, dead, blank] = numbers(&dir);
        prop_assert_eq!(read, 1 + n_lines as u64);
        prop_assert_eq!(read, tagged + dead + blank);
        let lines_in = |name: &str| {
            if dir.path(name).exists() { dir.read(name).iter().filter(|&&byte| byte == b'\n').count() as u64 } else { 0 }
        };
        prop_assert_eq!((tagged, dead), (lines_in("out.jsonl"), lines_in("out.dead.jsonl")));
        prop_assert_eq!(ran.code == Some(3), dead > 0);
        let verified = dir.run("verify out.jsonl");
        prop_assert_eq!(verified.code, Some(0), "{}", verified.stderr);
    }
}
