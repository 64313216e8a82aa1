//! One line of a log of verdicts.

use serde::{Deserialize, Serialize};

use crate::rules::Rule;
use crate::verdicts::key::ArticleKey;
use crate::verdicts::place::Place;
use crate::verdicts::sketch::Sketch;

/// A decision as it is on the disk: numbered, dated, and chained to the line before.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Version of the form.
    pub v: u32,
    /// Number of the line in its log, from 1.
    pub n: u64,
    /// When, in UTC.
    pub at: String,
    /// What was decided.
    #[serde(flatten)]
    pub decision: Decision,
    /// First and last number of the decisions that came as one, if they are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together: Option<[u64; 2]>,
    /// The first 16 hexadecimal digits of SHA-256 of the line before, without its line feed; zeros
    /// in the first line.
    pub prev: String,
}

impl Entry {
    /// The version of the form that this program writes.
    pub const VERSION: u32 = 1;
}

/// What was decided, and how it came about.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Decision {
    /// What was decided.
    #[serde(flatten)]
    pub op: Op,
    /// The article's id in its record, by which it is found again if its text changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A sample of the article's text, in the first verdict on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sketch: Option<Sketch>,
    /// The list from which it was decided: `unsure`, or `sample:3` for the third sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Milliseconds that it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// The reason, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Whether the analyst decides between others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub judge: bool,
    /// What the page calls the request, so that one that is sent again is not a second verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

impl From<Op> for Decision {
    fn from(op: Op) -> Self {
        let (id, sketch, queue, ms, request) = (None, None, None, None, None);
        Self { op, id, sketch, queue, ms, why: String::new(), judge: false, request }
    }
}

/// What can be decided.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Op {
    /// What a mention that was found is.
    Mention {
        /// Where it was found.
        #[serde(flatten)]
        place: Place,
        /// What was found there.
        saw: Saw,
        /// What it is.
        say: Say,
        /// How far that holds.
        #[serde(default, skip_serializing_if = "Reach::is_here")]
        reach: Reach,
    },
    /// Here is a name that was not found.
    Add {
        /// Where.
        #[serde(flatten)]
        place: Place,
        /// Its label.
        label: String,
        /// How far that holds.
        #[serde(default, skip_serializing_if = "Reach::is_here")]
        reach: Reach,
    },
    /// How far an article is.
    Article {
        /// The article.
        article: ArticleKey,
        /// How far it is.
        state: ArticleState,
        /// The passage that this is about; the whole article if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<Within>,
    },
    /// What an article is about.
    Topics {
        /// The article.
        article: ArticleKey,
        /// Codes of the topics that were found.
        saw: Vec<String>,
        /// What it is about.
        say: Vec<Topic>,
    },
    /// Names are one.
    Same {
        /// At least two.
        names: Vec<String>,
        /// Their label; any if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// What it is called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// In this article; in the corpus if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        article: Option<ArticleKey>,
    },
    /// Names are several.
    Different {
        /// At least two.
        names: Vec<String>,
        /// Their label; any if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// In this article; in the corpus if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        article: Option<ArticleKey>,
    },
    /// A rule for the corpus.
    Rule {
        /// The rule.
        rule: Rule,
    },
    /// A rule holds no longer.
    Unrule {
        /// Its id.
        rule: String,
    },
    /// A decision of the same log, and those that came with it, hold no longer; one that was undone
    /// and is undone here by the number of that `undo` holds again.
    Undo {
        /// Its number.
        of: u64,
    },
    /// Mentions or passages were drawn to measure how good the run is.
    Sample {
        /// What was drawn, and how.
        sample: SampleDraw,
    },
    /// The analyst begins, and this is what there is to see.
    Open {
        /// Version of the program.
        binary: String,
        /// The model that made the records.
        model: String,
        /// Digest of their manifest.
        manifest: String,
    },
    /// Words about an earlier decision.
    Note {
        /// Its number.
        of: u64,
        /// The words.
        text: String,
    },
    /// To be looked at again, or no longer.
    Flag {
        /// The article.
        article: ArticleKey,
        /// Where in it; the whole if nowhere.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<String>,
        /// Where in the field, in code points.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        span: Option<[usize; 2]>,
        /// Whether it is to be.
        on: bool,
    },
    /// A mention is left for later.
    Later {
        /// Where it is.
        #[serde(flatten)]
        place: Place,
    },
}

/// What was found where a verdict is about.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Saw {
    /// The label.
    pub label: String,
    /// The score.
    pub score: f64,
    /// The model.
    pub model: String,
    /// The rule that gave it, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// What a mention is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Say {
    /// Its label; `null` if it is no name.
    pub label: Option<String>,
    /// Where it is instead, in code points of the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<[usize; 2]>,
    /// The text there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// How far a verdict on a mention holds. For all of the corpus there are rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// At its place.
    #[default]
    Here,
    /// Wherever the same words stand in the article.
    Article,
}

impl Reach {
    fn is_here(&self) -> bool {
        *self == Self::Here
    }
}

/// How far an article is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArticleState {
    /// Everything in it is right and nothing is missing.
    Done,
    /// It is not to be decided.
    Skip,
    /// It is as if nothing had been said.
    Open,
}

/// A passage of an article.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Within {
    /// Its field.
    pub field: String,
    /// Start and end in code points of the field.
    pub span: [usize; 2],
}

/// A topic as an analyst gives it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Topic {
    /// Its code.
    pub code: String,
    /// In words.
    pub label: String,
}

/// How a sample was drawn, so that it can be drawn again.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SampleDraw {
    /// `mentions` or `passages`.
    pub of: String,
    /// What chance began with.
    pub seed: u64,
    /// How many were drawn.
    pub size: usize,
    /// How many there were, and how many of them were drawn, of each stratum.
    pub strata: Vec<[usize; 2]>,
    /// Digest of the list.
    pub digest: String,
}

impl Op {
    /// The article that it is about, if it is one.
    pub fn article(&self) -> Option<ArticleKey> {
        match self {
            Self::Mention { place, .. } | Self::Add { place, .. } | Self::Later { place } => Some(place.article),
            Self::Article { article, .. } | Self::Topics { article, .. } | Self::Flag { article, .. } => Some(*article),
            Self::Same { article, .. } | Self::Different { article, .. } => *article,
            Self::Rule { .. }
            | Self::Unrule { .. }
            | Self::Undo { .. }
            | Self::Sample { .. }
            | Self::Open { .. }
            | Self::Note { .. } => None,
        }
    }

    /// Whether it can be undone.
    pub fn is_decision(&self) -> bool {
        !matches!(self, Self::Undo { .. } | Self::Sample { .. } | Self::Open { .. } | Self::Note { .. })
    }
}
