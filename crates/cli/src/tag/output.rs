//! The file that records go to, and everything that it depends on.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::json;
use sha2::{Digest, Sha256};

use dateline::internals::digest::hex;
use dateline::internals::sink::checkpoint::Fingerprint;
use dateline::internals::sink::{Files, Sink, SinkError};
use dateline::source::{Shard, Source};
use dateline::tagger::Tagger;

use super::Arguments;
use crate::stop::Stop;
use crate::terminal;

impl Arguments {
    /// The file for the records, perhaps one that an interrupted run has left.
    pub(super) fn create(
        &self,
        path: &Path,
        shard: Option<Shard>,
        tagger: &Tagger,
        source: &Source,
    ) -> Result<Sink, SinkError> {
        let mut fingerprint = self.fingerprint(tagger);
        let input = self.input_digest(source);
        let resumable = input.is_some();
        fingerprint.extend(input.map(|digest| ("input".to_owned(), digest)));
        fingerprint.extend(shard.map(|Shard { index, count }| ("shard".to_owned(), format!("{index}/{count}"))));
        if !resumable && !self.quiet {
            terminal::note(
                "not all of the input can be read twice: if this run is interrupted, it cannot be gone on with",
            );
        }
        Sink::create(path, fingerprint, resumable, self.checkpoint_bytes)
    }

    /// What the output depends on beside the input, by name.
    fn fingerprint(&self, tagger: &Tagger) -> Fingerprint {
        let stamp = tagger.stamp();
        let options = json!({
            "offsets": self.offsets, "under": self.under, "embedding": self.embedding, "fields": self.input.fields,
            "encoding": self.input.encoding, "checkpoint_bytes": self.checkpoint_bytes,
            "input_format": self.input.input_format.map(|format| format!("{format:?}").to_lowercase()),
            "max_record_bytes": self.input.max_record_bytes,
            "device": self.model.device.device, "hypothesis": self.zero_shot.hypothesis,
        });
        let parts = [
            ("dateline", stamp.version.to_owned()),
            ("model", stamp.model),
            ("recipe", stamp.recipe),
            ("options", options.to_string()),
        ];
        parts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Tells the input from any other; none if a later run could not read the same again.
    fn input_digest(&self, source: &Source) -> Option<String> {
        // There is no total where something is a pipe.
        source.total_bytes()?;
        let mut inputs = Sha256::new();
        for file in source.files() {
            let found = file.metadata().ok().filter(Metadata::is_file)?;
            let modified = found.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
            for part in
                [file.as_os_str().as_encoded_bytes(), &found.len().to_le_bytes(), &modified.as_nanos().to_le_bytes()]
            {
                inputs.update((part.len() as u64).to_le_bytes());
                inputs.update(part);
            }
        }
        Some(hex(&inputs.finalize()[..16]))
    }
}

/// Refuses an output that is one of the input files, under whatever name, or one of whose other files is.
pub fn refuse_own_input(output: &Path, source: &Source) -> Result<(), Stop> {
    let files = Files::of(output);
    for path in [&files.records, &files.records_partial, &files.dead, &files.dead_partial] {
        // What does not exist yet is nobody's input.
        let Ok(itself) = path.canonicalize() else {
            continue;
        };
        let is_output = |input: &PathBuf| input.canonicalize().is_ok_and(|input| input == itself);
        if let Some(input) = source.files().find(is_output) {
            return Err(Stop::usage(
                format!("{}: is also an input ({})", path.display(), input.display()),
                Some("name another file with --output".to_owned()),
            ));
        }
    }
    Ok(())
}
