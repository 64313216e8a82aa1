//! What is left after any kills. It is not tested with other processes: a child that has not yet
//! become another program holds our locks.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use proptest::prelude::*;

use crate::sink::{Account, Fingerprint, Lines, Plan, Sink};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// A run is killed after any number of chunks, as often as one likes, and what it had not yet
    /// brought to the disk is there, or is not, or is garbage.
    #[test]
    fn killed_anywhere_the_bytes_are_the_same(
        chunks in prop::collection::vec((0_u64..5, 0_u64..3, 0_usize..400), 1..30),
        kills in prop::collection::vec((0_usize..30, "[a-z\n]{0,50}", any::<bool>()), 0..6),
        every in 200_u64..3000,
        ending in prop_oneof![Just("jsonl"), Just("jsonl.gz"), Just("jsonl.zst")],
    ) {
        let chunk = |i: usize| {
            let (n_tagged, n_dead, length) = chunks[i];
            let line = |kind: &str, n: u64| format!("{{\"{kind}\":{i},\"n\":{n},\"x\":\"{}\"}}\n", "x".repeat(length));
            let records: String = (0..n_tagged).map(|n| line("record", n)).collect();
            (records, (0..n_dead).map(|n| line("dead", n)).collect::<String>())
        };
        // Chunks that are not to be written again are told by how many articles the sink has.
        let run = |dir: &Path, kill_after: Option<usize>| {
            let fingerprint = Fingerprint { model: "x".to_owned(), ..Fingerprint::default() };
            let plan = Plan { fingerprint, resumable: true, inputs: None, listed: None, checkpoint_bytes: every };
            let mut sink = Sink::create(&dir.join(format!("out.{ending}")), plan).expect("it can be resumed");
            let mut done = sink.n_done();
            let mut read = 0;
            for (i, &(n_tagged, n_dead, _)) in chunks.iter().enumerate() {
                if kill_after == Some(i) {
                    return;
                }
                let (records, dead) = chunk(i);
                read += n_tagged + n_dead;
                // A chunk is written whole, so it is there whole.
                if done >= n_tagged + n_dead && done > 0 {
                    done -= n_tagged + n_dead;
                    continue;
                }
                assert_eq!(done, 0);
                let failed = if n_dead > 0 { BTreeMap::from([("not_object", n_dead)]) } else { BTreeMap::new() };
                let lines = Lines { records: records.as_bytes(), dead: dead.as_bytes(), n_tagged, failed: failed.clone() };
                sink.write(&lines).expect("the directory is ours");
            }
            sink.finish(Account { read, blank: 0, known: 0, corpus: None }).expect("everything adds up");
        };
        let dirs = [0, 1].map(|_| tempfile::tempdir().expect("a directory for temporary files"));
        let [whole, killed] = [dirs[0].path(), dirs[1].path()];
        run(whole, None);
        for (after, garbage, truncate) in &kills {
            run(killed, Some(*after % chunks.len()));
            // What was not synced may be anything.
            for name in [format!("out.{ending}.partial"), "out.dead.jsonl.partial".to_owned()] {
                if !*truncate && let Ok(mut file) = std::fs::File::options().append(true).open(killed.join(&name)) {
                    file.write_all(garbage.as_bytes()).expect("the directory is ours");
                }
            }
        }
        run(killed, None);
        let files = |dir: &Path| -> BTreeMap<OsString, Vec<u8>> {
            let entries = fs::read_dir(dir).expect("it is ours").map(|entry| entry.expect("an entry"));
            entries.map(|entry| (entry.file_name(), fs::read(entry.path()).expect("it is ours"))).collect()
        };
        prop_assert!(files(killed) == files(whole));
    }
}
