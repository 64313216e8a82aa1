//! The formats that records can be exported to.

/// A tool's format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Records of articles in which everything is right and nothing is missing, for
    /// `dateline eval --gold`.
    Gold,
    /// A table with a row for each mention.
    Csv,
    /// JSON lines that become a spaCy `DocBin` with six lines of Python.
    Spacy,
    /// JSON lines for Prodigy.
    Prodigy,
    /// A JSON array of tasks for Label Studio.
    LabelStudio,
    /// JSON lines for doccano.
    Doccano,
    /// Columns as in CoNLL-2003.
    Conll,
    /// A directory with a text and its standoff annotations for each article, for brat.
    Brat,
    /// A W3C Web Annotation on each line.
    W3c,
    /// A directory with a UIMA CAS for each article, and its type system, for INCEpTION.
    Xmi,
    /// JSON lines with tokens and tags, for Hugging Face `datasets`.
    Hf,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Gold,
        Self::Csv,
        Self::Spacy,
        Self::Prodigy,
        Self::LabelStudio,
        Self::Doccano,
        Self::Conll,
        Self::Brat,
        Self::W3c,
        Self::Xmi,
        Self::Hf,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gold => "gold",
            Self::Csv => "csv",
            Self::Spacy => "spacy",
            Self::Prodigy => "prodigy",
            Self::LabelStudio => "label-studio",
            Self::Doccano => "doccano",
            Self::Conll => "conll",
            Self::Brat => "brat",
            Self::W3c => "w3c",
            Self::Xmi => "xmi",
            Self::Hf => "hf",
        }
    }

    /// The format called `name`.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Whether it is a directory of files, and not one file.
    pub fn is_directory(self) -> bool {
        matches!(self, Self::Brat | Self::Xmi)
    }

    /// Whether spans may overlap in it. In the others the longer of two decided ones stands.
    pub fn takes_overlaps(self) -> bool {
        matches!(self, Self::Csv | Self::LabelStudio | Self::Doccano | Self::Brat | Self::W3c | Self::Xmi)
    }

    /// What its offsets are counted in.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Conll | Self::Hf => "tokens",
            Self::Xmi => "UTF-16 units",
            _ => "code points",
        }
    }
}
