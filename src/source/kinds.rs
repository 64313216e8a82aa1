//! Kinds of files that are recognized by their first bytes and not read.
//!
//! Read as text, a picture would be nonsense with names in it. So it is refused by name, whatever
//! its ending says, where its first bytes leave no doubt; and where they are letters, as of a PDF
//! file, only if what follows them is no text or no ending speaks for text.

use std::fmt;
use std::io;

use memchr::memmem;

use crate::source::decompress::Content;

/// A kind of file that is not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileKind {
    /// Compressed by xz.
    Xz,
    /// Compressed by bzip2.
    Bzip2,
    /// Compressed by lzma.
    Lzma,
    /// Compressed by lz4.
    Lz4,
    /// A zip archive of nothing in particular.
    Zip,
    /// A Word document (docx).
    Word,
    /// An Excel workbook (xlsx).
    Excel,
    /// A PowerPoint presentation (pptx).
    PowerPoint,
    /// An OpenDocument file (odt, ods, odp).
    OpenDocument,
    /// A book in EPUB.
    Epub,
    /// An Office document from before 2007 (doc, xls, ppt).
    Ole,
    /// Rich text.
    Rtf,
    /// A 7z archive.
    SevenZip,
    /// A tar archive.
    Tar,
    /// A RAR archive.
    Rar,
    /// A PDF file.
    Pdf,
    /// A table in Parquet.
    Parquet,
    /// A table in Arrow's file format, as Feather is.
    Arrow,
    /// A table in the first version of Feather.
    Feather,
    /// Records in Avro.
    Avro,
    /// A table in ORC.
    Orc,
    /// An SQLite database.
    Sqlite,
    /// A picture in PNG.
    Png,
    /// A picture in JPEG.
    Jpeg,
    /// A picture in GIF.
    Gif,
    /// A picture in WebP.
    Webp,
    /// A picture in TIFF.
    Tiff,
    /// Sound in MP3.
    Mp3,
    /// Sound or pictures in MP4 or QuickTime.
    Mp4,
    /// Sound or pictures in Ogg.
    Ogg,
    /// Sound in WAV.
    Wav,
    /// A program or library of Unix.
    Elf,
    /// Text in UTF-32.
    Utf32,
}

/// Bytes at a place in a file.
type Magic = (usize, &'static [u8]);

/// What each begins with: all of the marks. Zip archives are looked into, and a tar archive's mark
/// is far behind its beginning.
const MARKS: &[(FileKind, &[Magic])] = &[
    (FileKind::Xz, &[(0, b"\xfd7zXZ\0")]),
    // The number of pi begins a block, that of its root an empty file.
    (FileKind::Bzip2, &[(0, b"BZh"), (4, b"1AY&SY")]),
    (FileKind::Bzip2, &[(0, b"BZh"), (4, b"\x17\x72\x45\x38\x50\x90")]),
    (FileKind::Lzma, &[(0, b"\x5d\0\0")]),
    (FileKind::Lz4, &[(0, b"\x04\x22\x4d\x18")]),
    (FileKind::Zip, &[(0, b"PK\x03\x04")]),
    (FileKind::Zip, &[(0, b"PK\x05\x06")]),
    (FileKind::Ole, &[(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")]),
    (FileKind::Rtf, &[(0, b"{\\rtf1")]),
    (FileKind::SevenZip, &[(0, b"7z\xbc\xaf\x27\x1c")]),
    (FileKind::Tar, &[(TAR_AT, b"ustar\0")]),
    (FileKind::Tar, &[(TAR_AT, b"ustar  \0")]),
    (FileKind::Rar, &[(0, b"Rar!\x1a\x07")]),
    (FileKind::Pdf, &[(0, b"%PDF-")]),
    (FileKind::Parquet, &[(0, b"PAR1")]),
    (FileKind::Arrow, &[(0, b"ARROW1\0\0")]),
    (FileKind::Feather, &[(0, b"FEA1")]),
    (FileKind::Avro, &[(0, b"Obj\x01")]),
    (FileKind::Orc, &[(0, b"ORC")]),
    (FileKind::Sqlite, &[(0, b"SQLite format 3\0")]),
    (FileKind::Png, &[(0, b"\x89PNG\r\n\x1a\n")]),
    (FileKind::Jpeg, &[(0, b"\xff\xd8\xff")]),
    (FileKind::Gif, &[(0, b"GIF87a")]),
    (FileKind::Gif, &[(0, b"GIF89a")]),
    (FileKind::Webp, &[(0, b"RIFF"), (8, b"WEBP")]),
    (FileKind::Wav, &[(0, b"RIFF"), (8, b"WAVE")]),
    (FileKind::Tiff, &[(0, b"II*\0")]),
    (FileKind::Tiff, &[(0, b"MM\0*")]),
    (FileKind::Mp3, &[(0, b"ID3\x02")]),
    (FileKind::Mp3, &[(0, b"ID3\x03")]),
    (FileKind::Mp3, &[(0, b"ID3\x04")]),
    (FileKind::Mp4, &[(0, b"\0"), (4, b"ftyp")]),
    (FileKind::Ogg, &[(0, b"OggS\0")]),
    (FileKind::Elf, &[(0, b"\x7fELF")]),
];

/// Where a tar archive says what it is.
const TAR_AT: usize = 257;

/// Bytes of a zip archive in which the names of its first files stand.
const ZIP_NAMES: usize = 4096;

/// Bytes by which a file has shown that it is no text, if it is none.
const NO_TEXT_BY: usize = 64;

impl FileKind {
    /// Looks at the beginning of `input`, no further than is needed: behind a pipe (`is_pipe`)
    /// nobody shall wait in vain. `text_is_likely` where somebody says that it is text.
    ///
    /// # Errors
    /// If the first bytes cannot be read.
    pub fn of_input(input: &mut Content, text_is_likely: bool, is_pipe: bool) -> io::Result<Option<Self>> {
        let head = input.peek_like(|head| is_undecided(head, text_is_likely, is_pipe), TAR_AT + 8)?;
        match Self::of(head, text_is_likely) {
            Some(Self::Zip) => Ok(Some(Self::of_zip(input.peek(ZIP_NAMES)?))),
            other => Ok(other),
        }
    }

    /// What a file is that begins with `head`.
    fn of(head: &[u8], text_is_likely: bool) -> Option<Self> {
        let is_binary = head.iter().take(NO_TEXT_BY).any(|&byte| is_no_text(byte));
        let found = MARKS.iter().filter(|(_, marks)| marks.iter().all(|&mark| has(head, mark)));
        let mut certain = found.filter(|(kind, marks)| match kind {
            // No article begins so.
            Self::Rtf | Self::Bzip2 => true,
            Self::Pdf | Self::Parquet => {
                is_binary || !text_is_likely || matches!(head, [_, _, _, _, _, b'1'..=b'9', b'.', ..])
            }
            _ => is_binary || marks.iter().any(|(_, bytes)| bytes.iter().any(|&byte| is_no_text(byte) || byte == 0xff)),
        });
        certain.next().map(|&(kind, _)| kind)
    }

    /// What a zip archive is that begins with `head`: the names of its first files tell.
    fn of_zip(head: &[u8]) -> Self {
        let holds = |name: &[u8]| memmem::find(head, name).is_some();
        if holds(b"mimetypeapplication/epub+zip") {
            Self::Epub
        } else if holds(b"mimetypeapplication/vnd.oasis.opendocument") {
            Self::OpenDocument
        } else if !holds(b"[Content_Types].xml") && !holds(b"_rels/") {
            Self::Zip
        } else if holds(b"xl/") {
            Self::Excel
        } else if holds(b"ppt/") {
            Self::PowerPoint
        } else if holds(b"word/") {
            Self::Word
        } else {
            Self::Zip
        }
    }

    /// What the user can do to have it read; `path` is the file.
    pub fn hint(self, path: &str) -> String {
        let piped = |command: &str| format!("pipe it in decompressed, with - as the input: {command} -dc {path}");
        match self {
            Self::Xz => piped("xz"),
            Self::Bzip2 => piped("bzip2"),
            Self::Lzma => piped("xz --format=lzma"),
            Self::Lz4 => piped("lz4"),
            Self::Zip | Self::SevenZip | Self::Tar | Self::Rar => "unpack it and name the directory".to_owned(),
            Self::Word | Self::OpenDocument | Self::Epub | Self::Rtf => {
                format!("take its text out first: pandoc -t plain {path}")
            }
            Self::Excel => "save it as CSV first".to_owned(),
            Self::PowerPoint | Self::Ole => "save it as text first".to_owned(),
            Self::Pdf => format!("take its text out first: pdftotext -layout {path}"),
            Self::Parquet | Self::Arrow | Self::Feather | Self::Avro | Self::Orc => {
                "convert it to JSON lines first".to_owned()
            }
            Self::Sqlite => format!("take its articles out first: sqlite3 -json {path} 'SELECT …'"),
            Self::Png | Self::Jpeg | Self::Gif | Self::Webp | Self::Tiff => {
                "there is no text in a picture until it is recognized, as by tesseract".to_owned()
            }
            Self::Mp3 | Self::Mp4 | Self::Ogg | Self::Wav => {
                "there is no text in it until it is transcribed".to_owned()
            }
            Self::Elf => "there are no articles in it".to_owned(),
            Self::Utf32 => "convert it to UTF-8 first: iconv -f UTF-32 -t UTF-8".to_owned(),
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Xz => "an xz file",
            Self::Bzip2 => "a bzip2 file",
            Self::Lzma => "an lzma file",
            Self::Lz4 => "an lz4 file",
            Self::Zip => "a zip archive",
            Self::Word => "a Word document",
            Self::Excel => "an Excel workbook",
            Self::PowerPoint => "a PowerPoint presentation",
            Self::OpenDocument => "an OpenDocument file",
            Self::Epub => "an EPUB book",
            Self::Ole => "an Office document of the old kind",
            Self::Rtf => "an RTF file",
            Self::SevenZip => "a 7z archive",
            Self::Tar => "a tar archive",
            Self::Rar => "a RAR archive",
            Self::Pdf => "a PDF file",
            Self::Parquet => "a Parquet file",
            Self::Arrow => "an Arrow file",
            Self::Feather => "a Feather file",
            Self::Avro => "an Avro file",
            Self::Orc => "an ORC file",
            Self::Sqlite => "an SQLite database",
            Self::Png => "a PNG picture",
            Self::Jpeg => "a JPEG picture",
            Self::Gif => "a GIF picture",
            Self::Webp => "a WebP picture",
            Self::Tiff => "a TIFF picture",
            Self::Mp3 => "an MP3 file",
            Self::Mp4 => "an MP4 file",
            Self::Ogg => "an Ogg file",
            Self::Wav => "a WAV file",
            Self::Elf => "a program",
            Self::Utf32 => "UTF-32",
        })
    }
}

/// Whether more bytes behind `head` may tell what it is.
fn is_undecided(head: &[u8], text_is_likely: bool, is_pipe: bool) -> bool {
    let is_seen = head.len() >= NO_TEXT_BY || is_pipe && head.ends_with(b"\n");
    let may_become = |(kind, marks): &(FileKind, &[Magic])| {
        let is_complete = marks.iter().all(|&mark| has(head, mark));
        let is_possible = if *kind == FileKind::Tar { may_be_tar(head) } else { true };
        is_possible && marks.iter().all(|&mark| may_have(head, mark)) && !(is_complete && is_seen)
    };
    FileKind::of(head, text_is_likely).is_none() && MARKS.iter().any(may_become)
}

/// A tar archive begins with the name of a file and zeros. JSON and lines of text do not.
fn may_be_tar(head: &[u8]) -> bool {
    !matches!(head.first(), Some(b'{' | b'[' | b' ' | b'\t')) && !head.contains(&b'\n')
}

/// Whether `mark` stands in a file that begins with `head`.
fn has(head: &[u8], (at, bytes): Magic) -> bool {
    head.get(at..).is_some_and(|rest| rest.starts_with(bytes))
}

/// Whether it may, as far as `head` goes.
fn may_have(head: &[u8], (at, bytes): Magic) -> bool {
    let rest = head.get(at..).unwrap_or_default();
    let n = rest.len().min(bytes.len());
    rest[..n] == bytes[..n]
}

/// Control characters that stand in no text, whatever its encoding; those that switch character
/// sets do.
fn is_no_text(byte: u8) -> bool {
    matches!(byte, 0..=0x07 | 0x10..=0x1a | 0x1c..=0x1f | 0x7f)
}
