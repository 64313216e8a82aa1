//! What the files of an output are called, and how they are replaced.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What the files of an output are called.
#[derive(Clone, Debug)]
pub struct Files {
    /// The records, when they are complete.
    pub records: PathBuf,
    /// Until then.
    pub records_partial: PathBuf,
    /// The dead letters, when everything is complete.
    pub dead: PathBuf,
    /// Until then.
    pub dead_partial: PathBuf,
    /// How far the partial files go.
    pub checkpoint: PathBuf,
    /// What is known of a complete output.
    pub manifest: PathBuf,
    /// The files of the input, see [`inputs`](crate::sink::inputs).
    pub inputs: PathBuf,
}

impl Files {
    /// Of the output `path`.
    pub fn of(path: &Path) -> Self {
        let partial = |path: &Path| with_suffix(path, ".partial");
        let dead = beside(path, ".dead.jsonl");
        Self {
            records: path.to_owned(),
            records_partial: partial(path),
            dead_partial: partial(&dead),
            dead,
            checkpoint: beside(path, ".ckpt"),
            manifest: beside(path, ".manifest.json"),
            inputs: beside(path, ".inputs"),
        }
    }
}

/// `path` with `suffix` behind everything.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// `out.jsonl` → `out.ckpt`, for the ending `.ckpt`; other names keep all they have.
pub fn beside(output: &Path, ending: &str) -> PathBuf {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".jsonl").filter(|stem| !stem.is_empty()).unwrap_or(&name);
    output.with_file_name(format!("{stem}{ending}"))
}

/// The output that the manifest `path` is about: the name that it was made of.
pub fn output_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_suffix(".manifest.json")?;
    let plain = path.with_file_name(format!("{name}.jsonl"));
    Some(if plain.exists() { plain } else { path.with_file_name(name) })
}

/// Makes `text` the content of `path`, so that it holds the old one or the new one whenever the
/// machine stops.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let temporary = with_suffix(path, ".tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    sync_directory(path)
}

/// Makes sure that the name of `path` is on the disk too.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beside_an_output() {
        for (output, checkpoint) in [
            ("out.jsonl", "out.ckpt"),
            ("a/out.jsonl.gz", "a/out.jsonl.gz.ckpt"),
            ("out", "out.ckpt"),
            (".jsonl", ".jsonl.ckpt"),
            ("out.v1.jsonl", "out.v1.ckpt"),
        ] {
            assert_eq!(beside(Path::new(output), ".ckpt"), Path::new(checkpoint), "{output}");
        }
    }
}
