//! The elements of a page, as far as it matters which one it is.

use crate::page::flags::{self, Flags};

/// An element, or several that are alike to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tag {
    /// `html`, and the page itself.
    Html,
    Head,
    Body,
    Meta,
    Link,
    Title,
    Script,
    /// Elements whose content is text and not shown: `style`, `noscript`, `textarea`, `iframe`.
    RawText,
    Br,
    Hr,
    /// Other elements that hold nothing.
    Void,
    /// Elements in which no text of the page is: drawings, lists to choose from, templates.
    Skip,
    P,
    /// `li`, `dt`, `dd`.
    Item,
    /// `ul`, `ol`, `dl`.
    List,
    /// `td`, `th`.
    Cell,
    Row,
    Table,
    Pre,
    H1,
    /// `h2` to `h6`.
    Heading,
    Figure,
    FigCaption,
    Article,
    Main,
    Section,
    Div,
    Aside,
    Nav,
    Header,
    Footer,
    Form,
    Button,
    Quote,
    Byline,
    Dateline,
    Tagline,
    /// Other elements that hold blocks.
    Block,
    A,
    Time,
    Span,
    /// `b`, `strong`.
    Bold,
    /// Other elements inside of lines.
    Inline,
}

impl Tag {
    /// How many there are.
    pub const COUNT: usize = Self::Inline as usize + 1;

    /// The element called `name`, which is in lower case.
    pub fn of(name: &[u8]) -> Self {
        match name {
            b"html" => Self::Html,
            b"head" => Self::Head,
            b"body" => Self::Body,
            b"meta" => Self::Meta,
            b"link" => Self::Link,
            b"title" => Self::Title,
            b"script" => Self::Script,
            b"style" | b"noscript" | b"textarea" | b"iframe" | b"noembed" | b"noframes" | b"xmp" => Self::RawText,
            b"br" => Self::Br,
            b"hr" => Self::Hr,
            b"area" | b"base" | b"basefont" | b"col" | b"embed" | b"frame" | b"img" | b"input" | b"keygen"
            | b"param" | b"source" | b"track" | b"wbr" | b"bgsound" => Self::Void,
            b"svg" | b"math" | b"select" | b"option" | b"optgroup" | b"datalist" | b"template" | b"object"
            | b"audio" | b"video" | b"canvas" | b"applet" | b"map" => Self::Skip,
            b"p" => Self::P,
            b"li" | b"dt" | b"dd" => Self::Item,
            b"ul" | b"ol" | b"dl" | b"menu" | b"dir" => Self::List,
            b"td" | b"th" => Self::Cell,
            b"tr" => Self::Row,
            b"table" => Self::Table,
            b"pre" | b"listing" => Self::Pre,
            b"h1" | b"hl1" => Self::H1,
            b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"hl2" => Self::Heading,
            // Those of NITF, which agencies put where others have a page.
            b"byline" => Self::Byline,
            b"dateline" => Self::Dateline,
            b"tagline" => Self::Tagline,
            b"figure" | b"media" => Self::Figure,
            b"figcaption" | b"caption" | b"media-caption" => Self::FigCaption,
            b"article" => Self::Article,
            b"main" => Self::Main,
            b"section" => Self::Section,
            b"div" | b"center" => Self::Div,
            b"aside" => Self::Aside,
            b"nav" => Self::Nav,
            b"header" | b"hgroup" => Self::Header,
            b"footer" => Self::Footer,
            b"form" | b"fieldset" => Self::Form,
            b"button" => Self::Button,
            b"blockquote" => Self::Quote,
            b"address" | b"details" | b"summary" | b"dialog" | b"legend" | b"thead" | b"tbody" | b"tfoot"
            | b"search" | b"frameset" | b"hedline" => Self::Block,
            b"a" => Self::A,
            b"time" => Self::Time,
            b"span" | b"font" => Self::Span,
            b"b" | b"strong" => Self::Bold,
            _ => Self::Inline,
        }
    }

    /// Whether text in it stands apart from what is around it.
    pub fn is_block(self) -> bool {
        (Self::P as u8..=Self::Block as u8).contains(&(self as u8))
    }

    /// Whether it holds a single paragraph, as a rule.
    pub fn is_leaf(self) -> bool {
        matches!(self, Self::P | Self::H1 | Self::Heading | Self::Item | Self::Pre | Self::FigCaption | Self::Quote)
    }

    /// What it says of what is in it.
    pub fn flags(self) -> Flags {
        match self {
            Self::Nav => flags::NAVIGATION,
            Self::Aside => flags::ASIDE,
            Self::Form | Self::Button => flags::FORM,
            Self::Figure => flags::FIGURE,
            Self::FigCaption => flags::CAPTION,
            Self::Time | Self::Dateline => flags::DATE,
            Self::Byline => flags::BYLINE,
            Self::Tagline => flags::AUTHOR_BOX,
            _ => 0,
        }
    }
}
