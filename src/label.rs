//! The labels a model can give, and the tags it predicts them with.
//!
//! A [`Label`] is what a reader sees (`ORG`); a [`Tag`] is what the model scores for each word
//! (`B-ORG`). A [`LabelSet`] is the ordered list of tags of one model, checked once, when the model
//! is opened; after that no lookup can fail.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A label of a model (`PER`, `ORG`, `GPE`), as an index into its [`LabelSet`]; it has no meaning
/// for another set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Label(u16);

impl Label {
    /// Position in [`LabelSet::names`].
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What sort of thing a label stands for, whatever the label set calls it.
///
/// The one place that knows the names in use: merging, summaries, colours and the index go by this.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// People, real or not.
    Person,
    /// Companies, parties, agencies, teams.
    Organization,
    /// Countries, cities, rivers, buildings.
    Place,
    /// Everything else: nationalities, events, works, dates.
    Other,
}

impl Kind {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Person, Self::Place, Self::Organization, Self::Other];

    /// The kind of the label called `name`, in any of the label sets in use (CoNLL-2003, OntoNotes,
    /// WikiNEuRal, Few-NERD's coarse types, spaCy's), in upper or lower case.
    pub fn of(name: &str) -> Self {
        match name.to_ascii_uppercase().as_str() {
            "PER" | "PERS" | "PERSON" | "PEOPLE" => Self::Person,
            "ORG" | "ORGANIZATION" | "ORGANISATION" | "CORP" | "CORPORATION" | "COMPANY" => Self::Organization,
            "LOC" | "LOCATION" | "PLACE" | "GPE" | "FAC" | "FACILITY" | "BUILDING" => Self::Place,
            _ => Self::Other,
        }
    }

    /// In words, for a heading: `people`.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Person => "people",
            Self::Organization => "organizations",
            Self::Place => "places",
            Self::Other => "other",
        }
    }
}

/// How a sequence of tags spells its mentions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Every mention starts with `B-`; `I-` continues it.
    Bio2,
    /// `B-` only where a mention follows another of the same label; otherwise `I-` starts one.
    Iob1,
    /// Mentions of several words are `B- I-* E-`, of one word `S-`.
    Bioes,
}

impl Scheme {
    /// Its name in a recipe.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bio2 => "bio2",
            Self::Iob1 => "iob1",
            Self::Bioes => "bioes",
        }
    }
}

/// The place of a word in a mention.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TagPlace {
    /// First word (`B-`).
    Begin,
    /// A further word (`I-`, sometimes written `M-`).
    Inside,
    /// Last of several words (`E-`, or `L-` in BILOU).
    End,
    /// The only word (`S-`, or `U-` in BILOU).
    Single,
}

/// What a model predicts for one word: that it is outside of every name, or its place in a mention
/// of a label.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Tag {
    /// `O`
    Outside,
    /// `B-ORG` and the like.
    Of(TagPlace, Label),
}

/// The tags of one model, in the order of its output columns, and the labels in them. The tags can
/// spell mentions of every label under the scheme.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LabelSet {
    tags: Vec<Tag>,
    names: Vec<String>,
    scheme: Scheme,
}

/// Why a list of tag names is not a label set.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum LabelError {
    /// Not `O` and not a place letter, a dash and a label.
    #[error("label {index} is {name:?}: expected O, or B-, I-, E- or S- followed by a label")]
    Unreadable {
        /// Output column.
        index: usize,
        /// What stands there.
        name: String,
    },
    /// Two columns with one name.
    #[error("label {name:?} stands twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// More tags than any annotation has.
    #[error("{n} labels: expected at most {most}", most = LabelSet::MAX_TAGS)]
    TooMany {
        /// How many there are.
        n: usize,
    },
    /// No way to say that a word is no name.
    #[error("there is no label O, so no word could be outside of every name")]
    NoOutside,
    /// The tags cannot spell mentions under the scheme.
    #[error("the labels cannot spell a mention of {label} in scheme {scheme}")]
    Incomplete {
        /// The label without the tags it needs.
        label: String,
        /// The scheme it was read under.
        scheme: &'static str,
    },
}

impl LabelSet {
    /// Tags that a model can have; decoding takes memory and time by their square.
    pub const MAX_TAGS: usize = 1000;

    /// Reads the tag names of a model in output order.
    ///
    /// Without `scheme` it is [`Scheme::Bioes`] if there are `E-` or `S-` tags, [`Scheme::Iob1`] if
    /// some label has no `B-` tag, and [`Scheme::Bio2`] otherwise. The names alone cannot tell a
    /// model trained on IOB1 with a full set of `B-` tags from one trained on BIO2; a recipe can.
    ///
    /// # Errors
    /// A [`LabelError`] names the first tag or label that does not fit.
    pub fn new(tag_names: &[String], scheme: Option<Scheme>) -> Result<Self, LabelError> {
        if tag_names.len() > Self::MAX_TAGS {
            return Err(LabelError::TooMany { n: tag_names.len() });
        }
        let mut names: Vec<String> = Vec::new();
        let mut tags = Vec::with_capacity(tag_names.len());
        for (index, tag_name) in tag_names.iter().enumerate() {
            if tag_names[..index].contains(tag_name) {
                return Err(LabelError::Twice { name: tag_name.clone() });
            }
            tags.push(
                parse_tag(tag_name, &mut names)
                    .ok_or_else(|| LabelError::Unreadable { index, name: tag_name.clone() })?,
            );
        }
        if !tags.contains(&Tag::Outside) {
            return Err(LabelError::NoOutside);
        }
        let has = |place, label| tags.contains(&Tag::Of(place, Label(label)));
        let labels = 0..names.len() as u16;
        let scheme = scheme.unwrap_or_else(|| {
            if labels.clone().any(|l| has(TagPlace::End, l) || has(TagPlace::Single, l)) {
                Scheme::Bioes
            } else if labels.clone().any(|l| !has(TagPlace::Begin, l)) {
                Scheme::Iob1
            } else {
                Scheme::Bio2
            }
        });
        for label in labels {
            let complete = match scheme {
                Scheme::Bio2 => {
                    has(TagPlace::Begin, label) && !has(TagPlace::End, label) && !has(TagPlace::Single, label)
                }
                Scheme::Iob1 => {
                    has(TagPlace::Inside, label) && !has(TagPlace::End, label) && !has(TagPlace::Single, label)
                }
                Scheme::Bioes => {
                    has(TagPlace::Single, label) && has(TagPlace::Begin, label) == has(TagPlace::End, label)
                }
            };
            if !complete {
                return Err(LabelError::Incomplete { label: names[usize::from(label)].clone(), scheme: scheme.name() });
            }
        }
        Ok(Self { tags, names, scheme })
    }

    /// The same with `names` behind its own labels, those that it does not have: labels that no tag
    /// spells, which rules and analysts give.
    pub fn with(&self, names: &[&str]) -> Self {
        let mut set = self.clone();
        for name in names {
            if set.find(name).is_none() && set.names.len() < usize::from(u16::MAX) {
                set.names.push((*name).to_owned());
            }
        }
        set
    }

    /// These labels alone, each once, which no tag spells.
    pub fn of_names(names: &[&str]) -> Self {
        Self { tags: vec![Tag::Outside], names: Vec::new(), scheme: Scheme::Bio2 }.with(names)
    }

    /// The tags, one an output column.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The labels' names, in order of first appearance.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Every label.
    pub fn labels(&self) -> impl Iterator<Item = Label> + use<> {
        (0..self.names.len() as u16).map(Label)
    }

    /// The name of `label`, which must be of this set.
    pub fn name(&self, label: Label) -> &str {
        &self.names[label.index()]
    }

    /// The label called `name`, in the spelling of the model; `None` if there is none.
    pub fn find(&self, name: &str) -> Option<Label> {
        self.names.iter().position(|n| n == name).map(|i| Label(i as u16))
    }

    /// What sort of thing `label`, which must be of this set, stands for.
    pub fn kind(&self, label: Label) -> Kind {
        Kind::of(self.name(label))
    }

    /// How the tags spell mentions.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// `B-ORG`, for people.
    pub fn tag_name(&self, tag: Tag) -> String {
        match tag {
            Tag::Outside => "O".to_owned(),
            Tag::Of(place, label) => format!("{place}-{}", self.name(label)),
        }
    }
}

impl fmt::Display for TagPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Begin => "B",
            Self::Inside => "I",
            Self::End => "E",
            Self::Single => "S",
        })
    }
}

/// Reads one tag name, adding its label to `names` if it is new.
fn parse_tag(tag_name: &str, names: &mut Vec<String>) -> Option<Tag> {
    if tag_name == "O" {
        return Some(Tag::Outside);
    }
    let (place, name) = split_tag(tag_name)?;
    let label = names.iter().position(|n| n == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    });
    Some(Tag::Of(place, Label(u16::try_from(label).ok()?)))
}

/// Cuts `B-ORG` into its place and its label name; `None` if it is not of that form.
pub fn split_tag(tag_name: &str) -> Option<(TagPlace, &str)> {
    let (letter, name) = tag_name.split_once(['-', '_'])?;
    let place = match letter {
        "B" => TagPlace::Begin,
        "I" | "M" => TagPlace::Inside,
        "E" | "L" => TagPlace::End,
        "S" | "U" => TagPlace::Single,
        _ => return None,
    };
    (!name.is_empty()).then_some((place, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(tags: &str, scheme: Option<Scheme>, expected: Expect) {
        let names: Vec<String> = tags.split_whitespace().map(str::to_owned).collect();
        let shown = match LabelSet::new(&names, scheme) {
            Ok(set) => format!("{} {}", set.scheme().name(), set.names().join(" ")),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn tag_names_tell_labels_and_scheme() {
        check("O B-PER I-PER B-ORG I-ORG", None, expect!["bio2 PER ORG"]);
        check("O I-PER B-ORG I-ORG", None, expect!["iob1 PER ORG"]);
        check("O B-PER I-PER", Some(Scheme::Iob1), expect!["iob1 PER"]);
        check("O B-GPE I-GPE E-GPE S-GPE", None, expect!["bioes GPE"]);
        check("O B-WORK_OF_ART I-WORK_OF_ART", None, expect!["bio2 WORK_OF_ART"]);
    }

    #[test]
    fn inconsistent_tag_names_are_refused_by_name() {
        check("O PER", None, expect![[r#"label 1 is "PER": expected O, or B-, I-, E- or S- followed by a label"#]]);
        check("B-PER I-PER", None, expect!["there is no label O, so no word could be outside of every name"]);
        check("O B-PER B-PER", None, expect![[r#"label "B-PER" stands twice"#]]);
        check("O B-PER I-PER S-PER", None, expect!["the labels cannot spell a mention of PER in scheme bioes"]);
        check("O I-PER", Some(Scheme::Bio2), expect!["the labels cannot spell a mention of PER in scheme bio2"]);
    }
}
