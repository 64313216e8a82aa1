//! Files, directories, compression and encodings.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use expect_test::{Expect, expect};
use tempfile::TempDir;

use super::{check, check_with, gzip, options, show, show_error, show_item, utf16};
use crate::source::{Options, SourceError, encoding, open, open_reader};

const LINE: &str = "{\"text\":\"Boats left Bonn.\"}\n";

/// A directory with these files.
fn directory(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().expect("a directory can be made");
    for (name, bytes) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("directories can be made");
        fs::write(path, bytes).expect("files can be written");
    }
    dir
}

/// Opens `inputs`, which are in `dir`, and compares what comes out, with `DIR` for the directory's
/// own path.
#[track_caller]
fn check_files(dir: &Path, inputs: &[&str], expected: Expect) {
    let inputs: Vec<PathBuf> = inputs.iter().map(|name| dir.join(name)).collect();
    let shown = show(open(&inputs, options()));
    expected.assert_eq(&shown.replace(dir.to_str().expect("its name is ours"), "DIR"));
}

#[test]
fn a_directory_is_its_files_in_order() {
    let dir = directory(&[
        ("news/b.txt", b"second"),
        ("news/a/z.TXT", b"below"),
        ("news/a-1.md", b"first"),
        ("news/c.jsonl", LINE.as_bytes()),
        ("news/c.jsonl.gz", &gzip(LINE.as_bytes())),
        ("news/.hidden.txt", b"no"),
        ("news/.git/x.txt", b"no"),
        ("news/photo.jpg", b"no"),
        ("news/README", b"no"),
    ]);
    check_files(
        dir.path(),
        &["news"],
        expect![[r#"
            a-1.md @1:0 | text=first
            a/z.TXT @1:0 | text=below
            b.txt @1:0 | text=second
            c.jsonl:1 @1:0 | text=Boats left Bonn.
            c.jsonl.gz:1 @1:0 | text=Boats left Bonn.
            note: DIR/news: files skipped by their ending: 2
            note: DIR/news/c.jsonl: JSON lines with text in text"#]],
    );
    check_files(
        dir.path(),
        &["news/README", "news/b.txt"],
        expect![[r#"
        DIR/news/README @1:0 | text=no
        DIR/news/b.txt @1:0 | text=second"#]],
    );
}

#[test]
fn inputs_that_cannot_be_read_are_refused_by_name() {
    let dir = directory(&[
        ("empty/photo.jpg", b""),
        ("a.txt", b"fine"),
        ("corpus.xz", b"\xfd7zXZ\0..."),
        ("corpus.parquet", b"PAR1..."),
        ("corpus.tar.gz", &gzip(&[[b'x'; 257].as_slice(), b"ustar\x0000"].concat())),
        ("api.json", b"{\"status\":\"ok\",\"articles\":[{\"text\":\"It snowed.\"}]}"),
        ("wide/x.txt", &utf16("Boats", true, false)),
    ]);
    check_files(dir.path(), &["a.txt", "missing.jsonl"], expect!["error: DIR/missing.jsonl: cannot be opened"]);
    check_files(
        dir.path(),
        &["empty"],
        expect![[r#"
            error: DIR/empty: no articles in this directory (1 other files)
            hint: files count by their ending: .txt .text .md .html .htm .xhtml .xml .rss .atom .rdf .nitf .newsml .eml .mbox .jsonl .ndjson .json .csv .tsv, each also with .gz or .zst"#]],
    );
    check_files(
        dir.path(),
        &["corpus.xz"],
        expect![[r#"
            error: DIR/corpus.xz: this is an xz file: expected text, HTML, XML, mail, JSON, CSV or TSV, as it is or in gzip or zstd
            hint: pipe it in decompressed, with - as the input: xz -dc DIR/corpus.xz"#]],
    );
    check_files(
        dir.path(),
        &["corpus.parquet"],
        expect![[r#"
            error: DIR/corpus.parquet: this is a Parquet file: expected text, HTML, XML, mail, JSON, CSV or TSV, as it is or in gzip or zstd
            hint: convert it to JSON lines first"#]],
    );
    check_files(
        dir.path(),
        &["corpus.tar.gz"],
        expect![[r#"
        error: DIR/corpus.tar.gz: this is a tar archive: expected text, HTML, XML, mail, JSON, CSV or TSV, as it is or in gzip or zstd
        hint: unpack it and name the directory"#]],
    );
    check_files(
        dir.path(),
        &["api.json"],
        expect![[r#"
        error: DIR/api.json: found no title, headline, text, body or content in the first records, which have status, articles
        hint: if the articles are in an array under "articles", take them out: jq -c '.articles[]' DIR/api.json"#]],
    );
    check_files(
        dir.path(),
        &["a.txt", "wide"],
        expect![[r#"
            DIR/a.txt @1:0 | text=fine
            note: DIR/wide/x.txt: this looks like utf-16le without a byte order mark: expected UTF-8; skipped"#]],
    );
    let nothing: [&str; 0] = [];
    assert!(matches!(open(&nothing, options()), Err(SourceError::NoInput)));
    assert!(matches!(open(&["-", "-"], options()), Err(SourceError::StdinTwice)));
}

#[test]
fn every_file_that_was_named_is_looked_at_before_work_begins() {
    let dir = directory(&[
        ("a.jsonl", LINE.as_bytes()),
        ("tagged.jsonl", b"{\"text\":\"t\",\"mentions\":[]}"),
        ("dir/dataset_info.json", b"{\"license\":\"cc0\"}"),
        ("dir/x.json", b"{\"text\":\"in a directory\"}"),
        ("dir/y.csv", b"headline,body\nH,in a table\n"),
        ("bad/x.json", b"{\"license\":\"cc0\"}"),
    ]);
    check_files(
        dir.path(),
        &["a.jsonl", "tagged.jsonl"],
        expect![[r#"
            error: DIR/tagged.jsonl: a record on line 1 already has a field "mentions", which the output would add
            hint: --under KEY puts everything the output adds under one key of your choice; --replace tags dateline's own records again"#]],
    );
    // One odd file in a directory is not what the user meant; a directory of nothing else might be.
    check_files(
        dir.path(),
        &["dir"],
        expect![[r#"
            x.json#0 @1:0 | text=in a directory
            y.csv:2 @2:14 | headline*=H | body=in a table
            note: DIR/dir/dataset_info.json: found no title, headline, text, body or content in the first records, which have license; skipped
            note: DIR/dir/x.json: JSON with text in text
            note: DIR/dir/y.csv: CSV with text in headline, body"#]],
    );
    check_files(
        dir.path(),
        &["bad"],
        expect![[r#"
            error: DIR/bad/x.json: found no title, headline, text, body or content in the first records, which have license
            hint: name the fields that hold text with --field"#]],
    );
}

#[test]
fn a_file_that_vanishes_costs_itself_in_a_directory_and_ends_the_run_if_it_was_named() {
    let dir = directory(&[("a.txt", b"first"), ("b.txt", b"second"), ("c.txt", b"third")]);
    let mut source = open(&[dir.path()], options()).expect("all are there");
    fs::remove_file(dir.path().join("b.txt")).expect("it is there");
    let ids = source.by_ref().map(|item| show_item(&item)).collect::<Vec<_>>();
    assert_eq!(ids, ["a.txt @1:0 | text=first", "c.txt @1:0 | text=third"]);
    assert_eq!(source.counts().refused_files, 1);
    assert!(source.refused()[0].path.ends_with("b.txt"));
    assert_eq!(source.refused()[0].reason, "cannot be opened: No such file or directory (os error 2)");
    assert_eq!(source.inputs().count(), 3);

    let named = ["a.txt", "c.txt"].map(|name| dir.path().join(name));
    let mut source = open(&named, options()).expect("both are there");
    fs::remove_file(&named[1]).expect("it is there");
    assert!(matches!(source.next(), Some(Ok(_))));
    let error = source.next().expect("the loss is told").expect_err("it is gone");
    assert!(error.to_string().ends_with("c.txt: cannot be opened"), "{error}");
    assert!(source.next().is_none());
}

#[test]
fn a_stray_file_in_a_directory_costs_itself() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    let files: [(&str, &[u8]); 12] = [
        ("news/a.txt", b"first"),
        ("news/b-lookup.csv", b"code;country\n49;Germany\n"),
        ("news/c-header.csv", b"text,text\nx,y\n"),
        ("news/d-binary.csv", b"text,l\xe9gende\nx,y\n"),
        ("news/e.jsonl", LINE.as_bytes()),
        ("news/f-photo.txt", png),
        ("news/g-photo.txt.gz", &gzip(png)),
        ("news/h-info.json", b"{\"foo\":1}"),
        ("news/i-tagged.jsonl", b"{\"text\":\"t\",\"mentions\":[]}\n{\"text\":\"u\",\"mentions\":[]}\n"),
        ("news/j-mixed.jsonl", b"{\"text\":\"t\",\"mentions\":[]}\n{\"text\":\"fine\"}\n"),
        ("news/k-wide.txt", &utf16("Boats", true, false)),
        ("news/z.txt", b"last"),
    ];
    let dir = directory(&files);
    check_files(
        dir.path(),
        &["news"],
        expect![[r#"
            a.txt @1:0 | text=first
            e.jsonl:1 @1:0 | text=Boats left Bonn.
            reserved_key: DIR/news/j-mixed.jsonl:1:24: the record already has a field "mentions", which the output would add
            j-mixed.jsonl:2 @2:27 | text=fine
            z.txt @1:0 | text=last
            note: DIR/news/b-lookup.csv: found no title, headline, text, body or content in the first records, which have code, country; skipped
            note: DIR/news/c-header.csv: column "text" stands twice in the header; skipped
            note: DIR/news/d-binary.csv: the header row cannot be read: byte 0xe9 is not UTF-8; skipped
            note: DIR/news/e.jsonl: JSON lines with text in text
            note: DIR/news/f-photo.txt: this is a PNG picture: expected text, HTML, XML, mail, JSON, CSV or TSV, as it is or in gzip or zstd; skipped
            note: DIR/news/g-photo.txt.gz: this is a PNG picture: expected text, HTML, XML, mail, JSON, CSV or TSV, as it is or in gzip or zstd; skipped
            note: DIR/news/h-info.json: found no title, headline, text, body or content in the first records, which have foo; skipped
            note: DIR/news/i-tagged.jsonl: a record on line 1 already has a field "mentions", which the output would add; skipped
            note: DIR/news/k-wide.txt: this looks like utf-16le without a byte order mark: expected UTF-8; skipped"#]],
    );
    // Alone in their directory they are the reason that there is nothing to do.
    check_files(
        &dir.path().join("news"),
        &["b-lookup.csv"],
        expect![[r#"
            error: DIR/b-lookup.csv: found no title, headline, text, body or content in the first records, which have code, country
            hint: name the fields that hold text with --field"#]],
    );
    let only = directory(&[("news/f.txt", png), ("news/h.json", b"{\"foo\":1}")]);
    check_files(
        only.path(),
        &["news"],
        expect![[r#"
        error: DIR/news/f.txt: this is a PNG picture: expected text, HTML, XML, mail, JSON, CSV or TSV, as it is or in gzip or zstd
        hint: there is no text in a picture until it is recognized, as by tesseract"#]],
    );
    // Damage is no stray file.
    let damaged = directory(&[("news/a.txt", b"first"), ("news/b.txt.gz", &gzip(&[b'x'; 999])[..20])]);
    check_files(
        damaged.path(),
        &["news"],
        expect![[r#"
        a.txt @1:0 | text=first
        error: DIR/news/b.txt.gz: gzip data are damaged or cut short at byte 20
        hint: fetch or compress the file again; what was read before is good"#]],
    );
}

#[test]
fn patterns_choose_among_the_files_of_directories() {
    let dir = directory(&[
        ("news/a.txt", b"first"),
        ("news/b.csv", b"broken"),
        ("news/drafts/c.txt", b"no"),
        ("news/photo.jpg", b"no"),
        ("x.txt", b"named"),
    ]);
    let chosen = |include: &[&str], exclude: &[&str]| {
        let owned = |patterns: &[&str]| patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let options = Options { include: owned(include), exclude: owned(exclude), ..options() };
        let shown = show(open(&[dir.path().join("news"), dir.path().join("x.txt")], options));
        shown.replace(dir.path().to_str().expect("its name is ours"), "DIR")
    };
    // A file that was named is read whatever they say.
    expect![[r#"
        a.txt @1:0 | text=first
        DIR/x.txt @1:0 | text=named
        note: DIR/news: files skipped by their ending: 1
        note: DIR/news: files left out by --include and --exclude: 2"#]]
    .assert_eq(&chosen(&["*.txt"], &["drafts"]));
    expect![[r#"
        error: DIR/news: --include and --exclude leave nothing to read in this directory: they leave out 3 files
        hint: patterns are matched against the path below the directory; one without / matches a name at any depth"#]]
    .assert_eq(&chosen(&[], &["*.txt", "*.csv"]));
    expect![[r#"
        error: "*.{txt" is no pattern for files: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
        hint: * stands for any part of a name, ** for any directories, {a,b} for either; \ takes a character as it is"#]].assert_eq(&chosen(&[], &["*.{txt"]));
}

#[test]
fn in_a_directory_one_named_field_suffices() {
    let dir = directory(&[
        ("news/a.jsonl", b"{\"lead\":\"L\",\"story\":\"S\"}\n"),
        ("news/b.jsonl", b"{\"story\":\"no lead\"}\n"),
        ("news/c.csv", b"story,x\nnor here,1\n"),
        ("news/d.csv", b"x,y\n1,2\n"),
    ]);
    let named = Options { fields: vec!["lead".to_owned(), "story".to_owned()], ..options() };
    let shown = show(open(&[dir.path().join("news")], named));
    expect![[r#"
        a.jsonl:1 @1:0 | lead=L | story=S
        b.jsonl:1 @1:0 | story=no lead
        c.csv:2 @2:8 | story=nor here
        note: DIR/news/a.jsonl: JSON lines with text in lead, story
        note: DIR/news/d.csv: field "lead" is in none of the first records, which have x, y; skipped"#]]
    .assert_eq(&shown.replace(dir.path().to_str().expect("its name is ours"), "DIR"));
}

#[test]
fn files_that_are_skipped_are_named_up_to_twenty() {
    let names: Vec<String> = (0..30).map(|i| format!("{i:02}.json")).collect();
    let mut files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"{\"foo\":1}"[..])).collect();
    files.push(("z.txt", b"last"));
    let dir = directory(&files);
    let mut source = open(&[dir.path()], options()).expect("one can be read");
    assert_eq!(source.by_ref().count(), 1);
    assert_eq!((source.counts().refused_files, source.refused().len()), (30, 20));
    let notes = source.notes();
    assert_eq!(notes.len(), 21);
    assert_eq!(notes[20], "files skipped because they cannot be read: 10 more");
    // The order of the files decides, and not when it is asked.
    let mut again = open(&[dir.path()], options()).expect("one can be read");
    assert_eq!(again.pass_over(1).expect("there is one"), 1);
    assert_eq!((again.counts().refused_files, again.refused()), (30, source.refused()));
}

#[test]
fn the_files_of_a_corpus_are_known_before_and_after_it_is_read() {
    let dir = directory(&[("news/b/c.txt", b"third"), ("news/a.txt", b"first"), ("x.jsonl", LINE.as_bytes())]);
    let named = [dir.path().join("x.jsonl"), dir.path().join("news")];
    let mut source = open(&named, options()).expect("all are there");
    let inputs = |source: &crate::source::Source| {
        source.inputs().map(|input| format!("{} {}", input.name, input.bytes)).collect::<Vec<_>>()
    };
    let before = inputs(&source);
    let x = named[0].to_str().expect("its name is ours");
    assert_eq!(before, [&format!("{x} 28"), "a.txt 5", "b/c.txt 5"]);
    assert!(source.inputs().all(|input| input.path.is_file()));
    assert_eq!(source.by_ref().count(), 3);
    assert_eq!(inputs(&source), before);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_opened_in_a_directory_costs_itself() {
    use std::os::unix::fs::PermissionsExt;
    let dir = directory(&[("news/a.txt", b"first"), ("news/locked.txt", b"x"), ("news/sub/b.txt", b"y")]);
    for name in ["news/locked.txt", "news/sub"] {
        let closed = fs::Permissions::from_mode(0o000);
        fs::set_permissions(dir.path().join(name), closed).expect("it is ours");
    }
    // Whoever may do everything may open everything.
    let is_root = fs::read(dir.path().join("news/locked.txt")).is_ok();
    let source = open(&[dir.path().join("news")], options()).expect("one can be read");
    assert_eq!(source.counts().refused_files, if is_root { 0 } else { 2 });
    fs::set_permissions(dir.path().join("news/sub"), fs::Permissions::from_mode(0o700)).expect("it is ours");
}

#[cfg(unix)]
#[test]
fn links_that_lead_back_are_followed_once() {
    use std::os::unix::fs::symlink;
    let dir = directory(&[("news/a.txt", b"first")]);
    let news = dir.path().join("news");
    symlink(&news, news.join("loop")).expect("links can be made");
    symlink(dir.path(), news.join("up")).expect("links can be made");
    check_files(
        dir.path(),
        &["news"],
        expect![[r#"
            a.txt @1:0 | text=first
            note: DIR/news: links to directories already read: 2"#]],
    );
    symlink(news.join("nowhere"), news.join("dangling.txt")).expect("links can be made");
    check_files(
        dir.path(),
        &["news"],
        expect![[r#"
        a.txt @1:0 | text=first
        note: DIR/news: links to directories already read: 2
        note: DIR/news/dangling.txt: cannot be opened: No such file or directory (os error 2); skipped"#]],
    );
}

#[cfg(unix)]
#[test]
fn names_of_any_bytes_work() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let dir = directory(&[("news/new\nline.txt", b"first"), ("news/-dash.txt", b"zeroth")]);
    let name = OsStr::from_bytes(b"caf\xe9\\.txt");
    fs::write(dir.path().join("news").join(name), "second, in Latin-1").expect("files can be written");
    fs::write(dir.path().join("news/z\u{1b}[31m.txt"), b"\xff").expect("files can be written");
    check_files(
        dir.path(),
        &["news"],
        expect![[r#"
            -dash.txt @1:0 | text=zeroth
            caf\xe9\\.txt @1:0 | text=second, in Latin-1
            new
            line.txt @1:0 | text=first
            invalid_utf8: DIR/news/z\u{1b}[31m.txt:1:1: byte 0xff is not UTF-8"#]],
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_like_a_file() {
    let dir = directory(&[]);
    let path = dir.path().join("feed");
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo is there");
    assert!(made.success());
    let to = path.clone();
    let writer = std::thread::spawn(move || fs::write(to, LINE.repeat(2)));
    let mut source = open(&[&path], options()).expect("the pipe can be opened");
    assert_eq!(source.by_ref().filter(Result::is_ok).count(), 2);
    assert_eq!(source.total_bytes(), None);
    writer.join().expect("the writer lives").expect("the pipe can be written");
}

#[test]
fn a_source_may_be_read_on_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<crate::source::Source>();
}

#[test]
fn remarks_on_many_files_are_counted() {
    let names: Vec<String> = (0..9).map(|i| format!("{i}.txt.gz")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"not compressed"[..])).collect();
    let dir = directory(&files);
    let mut source = open(&[dir.path()], options()).expect("all can be opened");
    assert_eq!(source.by_ref().count(), 9);
    let notes = source.notes();
    assert_eq!(notes.len(), 4);
    assert_eq!(notes[3], "files with a wrong ending: 6 more");
}

#[test]
fn progress_counts_the_bytes_on_disk() {
    let dir = directory(&[("a.jsonl.gz", &gzip(LINE.repeat(100).as_bytes())), ("b.jsonl", LINE.as_bytes())]);
    let mut source = open(&[dir.path()], options()).expect("both can be opened");
    let progress = source.progress();
    let total = source.total_bytes().expect("files have sizes");
    assert!(progress.load(Ordering::Relaxed) < total);
    assert_eq!(source.by_ref().count(), 101);
    assert_eq!(progress.load(Ordering::Relaxed), total);
    assert_eq!(source.counts().articles, 101);
}

#[test]
fn gzip_and_zstd_are_known_by_their_bytes() {
    let two_members = [gzip(LINE.as_bytes()), gzip(LINE.as_bytes())].concat();
    check(
        "a.jsonl.gz",
        &two_members,
        expect![[r#"
            a.jsonl.gz:1 @1:0 | text=Boats left Bonn.
            a.jsonl.gz:2 @2:28 | text=Boats left Bonn.
            note: a.jsonl.gz: JSON lines with text in text"#]],
    );
    let frame = |text: &str| zstd::encode_all(text.as_bytes(), 1).expect("memory can be written");
    let skippable = [vec![0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9], frame(LINE), frame(LINE)];
    check(
        "a.jsonl",
        skippable.concat(),
        expect![[r#"
            a.jsonl:1 @1:0 | text=Boats left Bonn.
            a.jsonl:2 @2:28 | text=Boats left Bonn.
            note: a.jsonl: the ending does not say so, and it is zstd; decompressed
            note: a.jsonl: JSON lines with text in text"#]],
    );
    check(
        "a.jsonl.gz",
        LINE,
        expect![[r#"
            a.jsonl.gz:1 @1:0 | text=Boats left Bonn.
            note: a.jsonl.gz: the ending says gzip and it is not compressed; read as it is
            note: a.jsonl.gz: JSON lines with text in text"#]],
    );
}

#[test]
fn damage_in_compressed_data_ends_the_run() {
    let whole = gzip(LINE.as_bytes());
    for cut in 2..whole.len() {
        let shown = show(open_reader("a.jsonl.gz", std::io::Cursor::new(whole[..cut].to_vec()), options()));
        let expected = format!("error: a.jsonl.gz: gzip data are damaged or cut short at byte {cut}");
        assert!(shown.contains(&expected), "{cut} bytes of {}: {shown}", whole.len());
    }
    let mut bad_sum = whole.clone();
    bad_sum[whole.len() - 8] ^= 1;
    check(
        "a.txt.gz",
        &bad_sum,
        expect![[r#"
            error: a.txt.gz: gzip data are damaged or cut short at byte 48
            hint: fetch or compress the file again; what was read before is good"#]],
    );
    let frame = zstd::encode_all(LINE.as_bytes(), 1).expect("memory can be written");
    check(
        "a.txt.zst",
        &frame[..frame.len() - 1],
        expect![[r#"
            error: a.txt.zst: zstd data are damaged or cut short at byte 36
            hint: fetch or compress the file again; what was read before is good"#]],
    );
    check(
        "a.jsonl.gz",
        [whole.as_slice(), b"\0\0\0"].concat(),
        expect![[r#"
            a.jsonl.gz:1 @1:0 | text=Boats left Bonn.
            note: a.jsonl.gz: JSON lines with text in text"#]],
    );
    check(
        "a.jsonl.gz",
        [whole.as_slice(), b"\0garbage"].concat(),
        expect![[r#"
            a.jsonl.gz:1 @1:0 | text=Boats left Bonn.
            note: a.jsonl.gz: JSON lines with text in text
            note: a.jsonl.gz: what follows the compressed data, from byte 49 on, was not read"#]],
    );
}

#[test]
fn a_small_file_of_endless_text_is_one_failure() {
    let bomb = gzip(&vec![b' '; 32 << 20]);
    check_with(
        Options { max_record_bytes: 1000, ..options() },
        "bomb.txt.gz",
        bomb,
        expect!["record_too_large: bomb.txt.gz:1:1: the record has 33554432 bytes: expected at most 1000"],
    );
}

#[test]
fn encodings_are_known_by_their_mark_or_by_name() {
    let text = "{\"text\":\"Zürich, 東京 😀\"}\n";
    for little in [true, false] {
        let name = if little { "utf-16le" } else { "utf-16be" };
        let bytes = utf16(text, little, true);
        let shown = show(open_reader("a.jsonl", std::io::Cursor::new(bytes), options()));
        let wanted = format!("a.jsonl:1 @1:0 | text=Zürich, 東京 😀 | {name}\n");
        assert!(shown.starts_with(&wanted), "{shown}");
        let bytes = utf16(text, little, false);
        let shown = show(open_reader("a.jsonl", std::io::Cursor::new(bytes.clone()), options()));
        assert!(shown.contains(&format!("hint: if so, say --encoding {name}")), "{shown}");
        let named = Options { encoding: encoding(name).ok(), ..options() };
        let shown = show(open_reader("a.jsonl", std::io::Cursor::new(bytes), named));
        assert!(shown.starts_with(&wanted), "{shown}");
    }
    check(
        "a.txt",
        b"\xff\xfe\0\0B\0\0\0",
        expect![[r#"
            error: a.txt: this is UTF-32: expected text, HTML, XML, mail, JSON, CSV or TSV, as it is or in gzip or zstd
            hint: convert it to UTF-8 first: iconv -f UTF-32 -t UTF-8"#]],
    );
    // A byte order mark is believed over the flag, which is there for files that have none.
    let latin = Options { encoding: encoding("windows-1252").ok(), ..options() };
    check_with(
        latin.clone(),
        "a.txt",
        b"caf\xe9 \x80",
        expect![[r#"
        a.txt @1:0 | text=café € | windows-1252
        note: a.txt: read as windows-1252"#]],
    );
    check_with(latin, "a.txt", "\u{feff}café", expect!["a.txt @1:3 | text=café"]);
    let error = encoding("latin-0").expect_err("there is none");
    expect![[r#"
        error: encoding "latin-0" is not known
        hint: --encoding takes the names browsers know: utf-8, windows-1252, iso-8859-15, shift_jis, gb18030"#]]
    .assert_eq(&show_error(&error));
}

#[test]
fn what_an_encoding_does_not_know_costs_one_record() {
    let bytes = [
        utf16("{\"text\":\"one\"}\n{\"text\":\"", true, true),
        vec![0x3d, 0xd8],
        utf16("\"}\n{\"text\":\"three\"}", true, false),
    ];
    check(
        "a.jsonl",
        bytes.concat(),
        expect![[r#"
            a.jsonl:1 @1:0 | text=one | utf-16le
            invalid_encoding: a.jsonl:2:10: bytes that are not UTF-16LE
            a.jsonl:3 @3:28 | text=three | utf-16le
            note: a.jsonl: read as UTF-16LE
            note: a.jsonl: JSON lines with text in text"#]],
    );
    let japanese = Options { encoding: encoding("shift_jis").ok(), ..options() };
    check_with(
        japanese,
        "a.txt",
        b"\x93\x8c\x8b\x9e\x81",
        expect![[r#"
            invalid_encoding: a.txt:1:3: bytes that are not Shift_JIS
            note: a.txt: read as Shift_JIS"#]],
    );
}
