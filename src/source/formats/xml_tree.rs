//! An XML document as a list of its elements, each with its text.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::document::FailureCode;
use crate::page::meaning;
use crate::source::refusal::Refusal;

/// Elements inside one another that are accepted.
const MAX_DEPTH: usize = 128;

/// An element.
pub struct Element {
    /// Its name, with its prefix.
    pub name: String,
    /// Its attributes.
    pub attributes: Vec<(String, String)>,
    /// All text in it, references resolved.
    pub text: String,
    /// Where its content stands in the document.
    pub inner: Range<usize>,
    /// Its number, and that of the last element in it.
    index: usize,
    last: usize,
    depth: usize,
}

/// A document: its elements in the order in which they begin.
pub struct Tree {
    elements: Vec<Element>,
}

impl Element {
    /// Its name without a prefix.
    pub fn local(&self) -> &str {
        self.name.rsplit(':').next().unwrap_or_default()
    }

    /// The value of the attribute called `name`; none if there is none or it is empty.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, value)| key == name && !value.trim().is_empty())
            .map(|(_, value)| value.trim())
    }
}

impl Tree {
    /// Reads `text`.
    ///
    /// # Errors
    /// If it is not well-formed, or nested too deep.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_end_names = true;
        let mut elements: Vec<Element> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        loop {
            let before = position(&reader);
            let event = reader.read_event();
            let after = position(&reader);
            let refused = |message: String| {
                Refusal::new(FailureCode::InvalidXml, text.floor_char_boundary(before.min(text.len())), message)
            };
            let event = event.map_err(|error| refused(format!("not well-formed: {error}")))?;
            let add =
                |piece: &str, elements: &mut Vec<Element>| open.iter().for_each(|&i| elements[i].text.push_str(piece));
            match event {
                Event::Start(start) => {
                    if open.len() == MAX_DEPTH {
                        let message = format!("elements nested deeper than {MAX_DEPTH} levels");
                        return Err(Refusal::new(FailureCode::TooDeep, before, message));
                    }
                    open.push(elements.len());
                    let index = elements.len();
                    elements.push(element(&start, after..after, open.len(), index));
                }
                Event::Empty(start) => {
                    let index = elements.len();
                    elements.push(element(&start, after..after, open.len() + 1, index));
                }
                Event::End(_) => {
                    if let Some(i) = open.pop() {
                        let last = elements.len() - 1;
                        elements[i].inner.end = before;
                        elements[i].last = last;
                    }
                }
                Event::Text(piece) => add(&piece, &mut elements),
                Event::CData(piece) => add(&piece, &mut elements),
                Event::GeneralRef(name) => {
                    let reference = format!("&{};", &*name);
                    add(&meaning(&reference).unwrap_or(reference), &mut elements);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        if !open.is_empty() || elements.is_empty() {
            let message = "the document breaks off: expected the end of its first element";
            return Err(Refusal::new(FailureCode::InvalidXml, text.len(), message));
        }
        Ok(Self { elements })
    }

    /// The outermost element.
    pub fn root(&self) -> &Element {
        &self.elements[0]
    }

    /// The elements in `element` that are called `name`, prefixes aside unless there is one in it.
    pub fn all<'t>(&'t self, element: &Element, name: &'static str) -> impl Iterator<Item = &'t Element> {
        let range = element.index + 1..(element.last + 1).max(element.index + 1);
        self.elements[range]
            .iter()
            .filter(move |other| if name.contains(':') { other.name == name } else { other.local() == name })
    }

    /// The first of [`all`](Self::all).
    pub fn first<'t>(&'t self, element: &Element, name: &'static str) -> Option<&'t Element> {
        self.all(element, name).next()
    }

    /// The text of that, without white space around it; none if there is none.
    pub fn text<'t>(&'t self, element: &Element, name: &'static str) -> Option<&'t str> {
        self.all(element, name).map(|found| found.text.trim()).find(|text| !text.is_empty())
    }

    /// Those of [`all`](Self::all) that stand directly in `element`.
    pub fn children<'t>(&'t self, element: &'t Element, name: &'static str) -> impl Iterator<Item = &'t Element> {
        self.all(element, name).filter(|child| child.depth == element.depth + 1)
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn element(start: &BytesStart<'_>, inner: Range<usize>, depth: usize, index: usize) -> Element {
    let mut attributes = start.attributes();
    let attributes = attributes.with_checks(false).flatten().take(100).map(|attribute| {
        let value = attribute.value.to_string();
        (attribute.key.as_ref().to_owned(), if value.contains('&') { crate::page::unescaped(&value) } else { value })
    });
    Element {
        name: start.name().as_ref().to_owned(),
        attributes: attributes.collect(),
        text: String::new(),
        inner,
        index,
        last: index,
        depth,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_have_their_text() {
        let tree = Tree::read("<a x='1 &amp; 2'>Ros &amp; <b:c>C&#243;</b:c><![CDATA[ <d>]]><e/></a>")
            .unwrap_or_else(|r| panic!("{}", r.message));
        let root = tree.root();
        assert_eq!((root.text.as_str(), root.attribute("x")), ("Ros & Có <d>", Some("1 & 2")));
        assert_eq!(
            (tree.text(root, "c"), tree.text(root, "b:c"), tree.text(root, "d:c")),
            (Some("Có"), Some("Có"), None)
        );
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for text in ["", "<a>", "<a></b>", "no tags", &"<a>".repeat(1000)] {
            assert!(Tree::read(text).is_err(), "{text:.20}");
        }
    }
}
