//! Kinds of files that are recognized and not read.

use std::io;

use super::{Trickle, options, show};
use crate::source::{Options, format, open_reader};

/// What becomes of `bytes` under this name, read byte by byte.
fn refusal(name: &str, bytes: &[u8]) -> Option<String> {
    refusal_with(options(), name, bytes)
}

fn refusal_with(options: Options, name: &str, bytes: &[u8]) -> Option<String> {
    let shown = show(open_reader(name, Trickle::new(bytes.to_vec(), vec![1]), options));
    let refusal = shown.strip_prefix(&format!("error: {name}: this is "))?;
    Some(refusal.split(':').next().unwrap_or_default().to_owned())
}

fn zip(names: &[&str]) -> Vec<u8> {
    names
        .iter()
        .flat_map(|name| [b"PK\x03\x04\x14\0\0\0\x08\0".as_slice(), name.as_bytes(), b"\x01\x02"].concat())
        .collect()
}

#[test]
fn first_bytes_that_no_text_has_are_believed_over_any_ending() {
    let tar = [b"notes/a.txt".as_slice(), &[0; 246], b"ustar\x0000", &[0; 100]].concat();
    let gnu_tar = [b"notes/a.txt".as_slice(), &[0; 246], b"ustar  \0", &[0; 100]].concat();
    let docx = zip(&["[Content_Types].xml", "_rels/.rels", "word/document.xml"]);
    let kinds: [(&[u8], &str); 35] = [
        (b"\xfd7zXZ\0\0\x04", "an xz file"),
        (b"BZh91AY&SY\x94", "a bzip2 file"),
        (b"BZh9\x17\x72\x45\x38\x50\x90\0\0", "a bzip2 file"),
        (b"\x5d\0\0\x80\0\xff", "an lzma file"),
        (b"\x04\x22\x4d\x18\x64", "an lz4 file"),
        (&zip(&["news/a.txt"]), "a zip archive"),
        (&docx, "a Word document"),
        (&zip(&["[Content_Types].xml", "xl/workbook.xml"]), "an Excel workbook"),
        (&zip(&["[Content_Types].xml", "ppt/presentation.xml"]), "a PowerPoint presentation"),
        (&zip(&["mimetypeapplication/epub+zip"]), "an EPUB book"),
        (&zip(&["mimetypeapplication/vnd.oasis.opendocument.text"]), "an OpenDocument file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "an Office document of the old kind"),
        (b"{\\rtf1\\ansi Bonn.}", "an RTF file"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "a 7z archive"),
        (&tar, "a tar archive"),
        (&gnu_tar, "a tar archive"),
        (b"Rar!\x1a\x07\0", "a RAR archive"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF file"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"ARROW1\0\0\xff", "an Arrow file"),
        (b"FEA1\0\0\0\0", "a Feather file"),
        (b"Obj\x01\x04\x14avro.codec", "an Avro file"),
        (b"ORC\x08\x0b\x02\x03", "an ORC file"),
        (b"SQLite format 3\0\x10", "an SQLite database"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a PNG picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG picture"),
        (b"GIF89a\x01\0\x01\0", "a GIF picture"),
        (b"RIFF\x24\x08\0\0WEBPVP8 ", "a WebP picture"),
        (b"RIFF\x24\x08\0\0WAVEfmt ", "a WAV file"),
        (b"II*\0\x08\0\0\0", "a TIFF picture"),
        (b"MM\0*\0\0\0\x08", "a TIFF picture"),
        (b"ID3\x03\0\0\0\0", "an MP3 file"),
        (b"\0\0\0\x20ftypisom", "an MP4 file"),
        (b"OggS\0\x02\0\0", "an Ogg file"),
        (b"\x7fELF\x02\x01\x01\0", "a program"),
    ];
    for (bytes, kind) in kinds {
        for name in ["a.txt", "a.jsonl", "a.csv", "-", "a.bin"] {
            assert_eq!(refusal(name, bytes).as_deref(), Some(kind), "{name}: {:?}", bytes.escape_ascii().to_string());
        }
        let as_text = Options { format: format("text"), ..options() };
        assert_eq!(refusal_with(as_text, "a", bytes).as_deref(), Some(kind));
        assert_eq!(refusal("a.gz", &super::gzip(bytes)).as_deref(), Some(kind));
    }
}

#[test]
fn words_that_only_look_like_a_mark_are_text() {
    let texts = [
        "ORCAS WERE SEEN off Bergen.",
        "BZh is no word.",
        "PAR1 is a code.",
        "GIF89a is a format.",
        "ID3 tags",
        "RIFF on a theme by WEBP",
        "Rar!",
        "%PDF-files are hard to read.",
        "PK left.",
        "Obj",
        "",
        "\n",
        "MM",
        "a long line without an end ".repeat(20).leak(),
    ];
    for text in texts {
        assert_eq!(refusal("a.txt", text.as_bytes()), None, "{text}");
        // Letters suffice for two kinds where nothing speaks for text.
        if !text.starts_with("PAR1") && !text.starts_with("%PDF") {
            assert_eq!(refusal("-", text.as_bytes()), None, "{text}");
        }
    }
}

#[test]
fn whoever_waits_for_an_answer_gets_it() {
    /// Has a line, and then would wait for ever.
    struct Waiting(io::Cursor<&'static [u8]>);
    impl io::Read for Waiting {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.0.read(buffer)?;
            assert!(n > 0, "asked for more than the first line");
            Ok(n)
        }
    }
    for line in ["{\"text\":\"Bonn\"}\n", "broken\n", "PAR1\n", "\n"] {
        let each = Options { each_alone: true, format: format("jsonl"), ..options() };
        let mut source = open_reader("-", Waiting(io::Cursor::new(line.as_bytes())), each).expect("it is a line");
        assert!(matches!(source.next(), Some(Ok(_))), "{line}");
    }
}
