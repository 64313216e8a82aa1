//! The set phrases by which newspapers and web pages mark what is not story.
//!
//! Takes one paragraph at a time and knows nothing of its neighbours, except where a heading is
//! judged by what follows it. The phrases are English, as the pages are. Each list holds what pages
//! say and prose does not, in lower case where case does not matter.

use crate::document::Zone;
use crate::segment::sentences::{is_closer, is_terminator};

/// The zone a paragraph claims by its own words; [`Zone::Body`] if none.
pub(super) fn zone(paragraph: &str) -> Zone {
    let n_words = n_words(paragraph);
    if n_words > 150 {
        return Zone::Body;
    }
    let line = paragraph.to_lowercase();
    if is_caption(paragraph, n_words) {
        Zone::Caption
    } else if begins(paragraph, CREDITS) && n_words <= 40 {
        Zone::Byline
    } else if is_furniture(paragraph, &line, n_words) || is_author_bio(&line, n_words) || is_legal_notice(&line) {
        Zone::Boilerplate
    } else {
        Zone::Body
    }
}

/// How the story ends where a paragraph says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ends {
    /// With an end mark or a legal caution: `###`, `Forward-looking statements`.
    Surely,
    /// With a heading and a paragraph that says what the named company is.
    Company,
    /// With a heading only: `About Acme Corp.`, `Media contact`.
    Likely,
    /// With a list of links, up to the next prose: `Related articles`.
    List,
}

impl Ends {
    /// The share of the text, in percent, that may follow such an end. Where more follows it was a
    /// heading of the story; short company news often have a company box longer than themselves.
    pub(super) fn most_percent(self) -> usize {
        match self {
            Self::Surely | Self::List => 100,
            Self::Company => 75,
            Self::Likely => 50,
        }
    }
}

/// Whether the story ends before `paragraph`, which `next` follows.
pub(super) fn ends(paragraph: &str, next: &str) -> Option<Ends> {
    let n_words = n_words(paragraph);
    if is_end_mark(paragraph) || begins(paragraph, CAUTIONS) {
        return Some(Ends::Surely);
    }
    if let Some((name, description)) = about(paragraph, next) {
        return Some(if is_description(name, description) { Ends::Company } else { Ends::Likely });
    }
    if n_words <= 8 && begins(paragraph, LISTS) {
        return Some(Ends::List);
    }
    if n_words <= 40 && begins(paragraph, CONTACTS) || is_author_links(paragraph) {
        return Some(Ends::Likely);
    }
    None
}

/// What wire services and press offices put under the last line.
fn is_end_mark(paragraph: &str) -> bool {
    let mark: String = head(paragraph, 16).chars().filter(|c| !c.is_whitespace()).collect();
    paragraph.len() <= 16
        && (mark.len() >= 3 && mark.chars().all(|c| c == '#')
            || matches!(
                mark.as_str(),
                "-30-" | "–30–" | "—30—" | "-ENDS-" | "-END-" | "–ENDS–" | "ENDS" | "-Ends-" | "-End-"
            ))
}

#[rustfmt::skip]
const CAUTIONS: &[&str] = &[
    "forward-looking statement", "forward-looking statements", "forward looking statement", "forward looking statements",
    "forward‐looking statements", "cautionary note", "cautionary statement", "cautionary statements", "safe harbor",
    "note regarding forward", "notice regarding forward", "special note regarding",
];

#[rustfmt::skip]
const CONTACTS: &[&str] = &[
    "media contact", "media contacts", "press contact", "press contacts", "media inquiries", "media enquiries", "press inquiries", "investor contact",
    "investor relations contact", "contact details", "contact information", "company contact", "corporate communications:",
    "contacts:", "contact:", "view source version", "view the original release", "source version on", "disclaimer:",
    "about the author", "about author", "about us",
];

#[rustfmt::skip]
const LISTS: &[&str] = &[
    "related articles", "related stories", "related links", "related news", "related posts", "related content", "latest news",
    "recent news", "recent posts", "most read", "most popular", "trending now", "you may also like", "recommended for you",
    "more news", "more stories", "read next", "read more:", "also read", "documents to download", "tags:", "categories:",
    "filed under", "share this", "site map", "quick links",
];

/// The name and the description in `About Acme Corp.` and the paragraph after it, or in `About Acme
/// Corp.: Acme is …`.
fn about<'t>(paragraph: &'t str, next: &'t str) -> Option<(&'t str, &'t str)> {
    let rest = paragraph.strip_prefix("About ").or_else(|| paragraph.strip_prefix("ABOUT "))?;
    if !rest.starts_with(char::is_uppercase) {
        return None; // "About 300 people", "About the training"
    }
    if n_words(rest) <= 10 && !rest.ends_with(['?', '!', '"', '”', '…']) {
        return Some((rest, next));
    }
    if let Some((name, description)) = rest.split_once(':').filter(|(name, _)| n_words(name) <= 10) {
        return Some((name, description));
    }
    // The heading has lost its line break: `About Merlin Merlin is a leading developer of …`
    let name = head(rest, rest.find(' ').unwrap_or(0));
    let name = if name.eq_ignore_ascii_case("the") { rest[name.len()..].split_whitespace().next()? } else { name };
    let after = &rest[rest.find(name)? + name.len()..];
    (name.len() >= 3 && head(after, 120).contains(name) && is_description(name, after)).then_some((name, after))
}

/// Whether `description` soon repeats the name and says what it is.
fn is_description(name: &str, description: &str) -> bool {
    let opening = head(description, 240);
    let mut words =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !matches!(*word, "" | "the" | "The" | "THE"));
    let Some(first) = words.next().filter(|word| word.len() >= 2) else { return false };
    let says_what = [" is ", " are ", " was ", " has ", " provides ", " offers ", " develops ", " operates "];
    opening.to_lowercase().contains(&first.to_lowercase()) && says_what.iter().any(|verb| opening.contains(verb))
}

/// A line of links to an author: `Email Jack | Full Bio | RSS`.
pub(super) fn is_author_links(paragraph: &str) -> bool {
    n_words(paragraph) <= 20 && paragraph.matches('|').count() >= 2 && {
        let line = paragraph.to_lowercase();
        ["email ", "e-mail", "bio", "rss", "twitter", "archive", "follow"]
            .iter()
            .filter(|link| line.contains(**link))
            .count()
            >= 2
    }
}

/// Whether it is a picture's caption or credit.
fn is_caption(paragraph: &str, n_words: usize) -> bool {
    const WITHIN: &[&str] = &[
        "/ Getty Images",
        "/Getty Images",
        "(Getty Images",
        "(AP Photo",
        "AP Photo/",
        "REUTERS/",
        "(Photo by",
        "(Photo:",
        "(Image:",
        "(Photo courtesy",
        "(Credit:",
        "Photo credit:",
        "Photo Credit:",
        "Image credit:",
        "Image Credit:",
        "EPA-EFE/",
        "/AFP)",
        "/ AFP)",
        "[Photo/",
        "[Photo:",
        ". Photo: ",
    ];
    const STARTS: &[&str] = &[
        "photo:",
        "photos:",
        "photo by",
        "photo courtesy",
        "photograph:",
        "photo credit",
        "image credit",
        "image courtesy",
        "image:",
        "caption:",
        "credit:",
        "file photo",
        "pictured:",
        "getty images",
        "ap photo",
        "afp photo",
    ];
    // The longest captions, those of news agencies, run to some eighty words.
    n_words <= 80
        && (WITHIN.iter().any(|mark| paragraph.contains(mark))
            || paragraph.starts_with("FILE - ") && paragraph.contains("Photo"))
        || n_words <= 40 && begins(paragraph, STARTS)
}

/// Lines that name reporters under a story.
const CREDITS: &[&str] = &[
    "reporting by",
    "(reporting by",
    "additional reporting by",
    "(additional reporting by",
    "writing by",
    "(writing by",
    "editing by",
    "(editing by",
    "compiled by",
    "written by",
    "posted by",
];

/// `By Jane Doe and John Roe, Staff Writers`, `Jane Doe, Staff Writer`, `jane@example.org |
/// @janedoe`: only at the head of an article, since in a list it may be anything.
pub(super) fn is_byline(paragraph: &str) -> bool {
    if n_words(paragraph) > 14 || paragraph.ends_with(['.', '?', '!', ':']) {
        return false;
    }
    if let Some(names) = paragraph.strip_prefix("By ").or_else(|| paragraph.strip_prefix("BY ")) {
        return is_names(names.split([',', '|', '•']).next().unwrap_or_default());
    }
    if let Some((names, role)) = paragraph.split_once([',', '|']) {
        let role = role.to_lowercase();
        let roles =
            ["staff writer", "staff reporter", "correspondent", "reporter", "editor", "columnist", "contributor"];
        return n_words(&role) <= 6 && roles.iter().any(|known| role.contains(known)) && is_names(names);
    }
    n_words(paragraph) <= 6 && paragraph.split_whitespace().any(is_handle)
}

/// Capitalised words, two at least, perhaps with small ones between: `Jane Doe and Ludwig van
/// Beek`.
fn is_names(names: &str) -> bool {
    const SMALL: &[&str] = &[
        "and", "AND", "de", "del", "der", "den", "la", "van", "von", "bin", "al", "el", "di", "da", "du", "dos",
        "with", "of",
    ];
    let capitalised = |word: &str| word.starts_with(char::is_uppercase) || !word.starts_with(|c: char| c.is_ascii());
    names.split_whitespace().all(|word| capitalised(word) || SMALL.contains(&word))
        && names.split_whitespace().filter(|word| capitalised(word)).count() >= 2
        && names.starts_with(char::is_uppercase)
}

/// `@janedoe`, `jane@example.org`
fn is_handle(word: &str) -> bool {
    word.split_once('@').is_some_and(|(_, after)| after.starts_with(char::is_alphanumeric)) && !word.contains('/')
}

/// Links, buttons and pleas.
fn is_furniture(paragraph: &str, line: &str, n_words: usize) -> bool {
    const LINES: &[&str] = &[
        "skip to main content",
        "skip to content",
        "skip to navigation",
        "for immediate release",
        "press release",
        "press releases",
        "news release",
        "share",
        "share this",
        "share this article",
        "share this story",
        "print",
        "leave a comment",
        "advertisement",
        "read more",
        "back to top",
        "contact us",
        "privacy policy",
        "terms of use",
        "terms of service",
        "site map",
        "sign in",
        "log in",
        "subscribe",
        "register today",
        "register now",
        "click here to access pdf version",
        "printer friendly",
        "all rights reserved",
        "story continues below advertisement",
    ];
    const STARTS: &[&str] = &[
        "sign up for",
        "sign up to",
        "subscribe to",
        "subscribe now",
        "register today",
        "register now",
        "get the news that",
        "get our",
        "join our newsletter",
        "follow us on",
        "follow us:",
        "like us on",
        "find us on",
        "connect with us",
        "share this",
        "download our app",
        "stay in touch with us",
        "e-mail this story",
        "printer-friendly",
        "also read |",
        "also read:",
        "read also |",
        "with inputs from agencies",
        "(with inputs from",
        "support our journalism",
        "click here to",
        "to view the full",
        "to receive sms",
        "view source version",
        "view the original",
        "please see full terms",
        "read the full",
        "related:",
        "read more:",
        "read also:",
        "see also:",
        "more:",
        "watch:",
        "©",
        "(c) 20",
        "copyright ©",
        "copyright 20",
        "copyright 19",
        "copyright (c)",
        "all rights reserved",
        "number of views",
        "categories:",
        "tags:",
        "filed under",
        "for media inquiries",
        "for more information, please visit",
        "for more information, visit",
        "for more information, contact",
        "for more information, please contact",
        "to learn more, visit",
        "learn more at",
        "learn more on",
        "media contact",
    ];
    const WITHIN: &[&str] = &[
        "straight to your inbox",
        "directly to your inbox",
        "to your inbox",
        "in your inbox",
        "all rights reserved",
        "this material may not be published",
        "you can unsubscribe",
        "you get this mail",
        "you are receiving this",
        "you received this email",
        "our newsletter",
        "follow him on twitter",
        "follow her on twitter",
        "follow them on twitter",
        "follow us on",
    ];
    let bare = line.trim_end_matches(['.', '!', ':', ' ', '»', '>']);
    n_words <= 8 && LINES.contains(&bare)
        || n_words <= 30 && (begins(paragraph, STARTS) || WITHIN.iter().any(|phrase| line.contains(phrase)))
        || is_author_links(paragraph)
}

/// A paragraph about who wrote the article: `Jack is a media analyst for the Free Beacon. He
/// graduated from …`
fn is_author_bio(line: &str, n_words: usize) -> bool {
    const ROLES: &[&str] = &[
        "writer",
        "reporter",
        "editor",
        "analyst",
        "correspondent",
        "columnist",
        "contributor",
        "journalist",
        "freelance",
        "author of",
    ];
    const LIVES: &[&str] = &[
        "graduated from",
        "can be reached",
        "reach him at",
        "reach her at",
        "follow him",
        "follow her",
        "follow them",
        "contact him at",
        "contact her at",
        "prior to joining",
        "email him at",
        "email her at",
    ];
    let opening = head(line, 100);
    n_words <= 100
        && (opening.contains(" is a ") || opening.contains(" is an ") || opening.contains(" is the "))
        && ROLES.iter().any(|role| head(line, 160).contains(role))
        && LIVES.iter().any(|life| line.contains(life))
}

/// What lawyers add to a company's news.
fn is_legal_notice(line: &str) -> bool {
    line.matches("forward-looking statements").count() >= 2
        || line.contains("private securities litigation reform act")
        || line.contains("undertakes no obligation to update")
}

/// Whether it reads like the text of a story.
pub(super) fn is_prose(paragraph: &str) -> bool {
    let n_words = n_words(paragraph);
    n_words >= 40 || n_words >= 15 && paragraph.trim_end_matches(is_closer).ends_with(is_terminator)
}

/// Counts words, up to a number that is too many for every rule.
pub(super) fn n_words(paragraph: &str) -> usize {
    paragraph.split_whitespace().take(200).count()
}

/// Whether `paragraph` begins with one of `phrases`, in any case and not as part of a longer word.
/// A capital may follow at once, where a page lost its line breaks: `Contact DetailsJane Doe`.
fn begins(paragraph: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| {
        let (Some(start), Some(rest)) = (paragraph.get(..phrase.len()), paragraph.get(phrase.len()..)) else {
            return false;
        };
        let glued = rest.starts_with(char::is_alphanumeric) && phrase.ends_with(char::is_alphanumeric);
        let lost_break = rest.starts_with(char::is_uppercase) && start.ends_with(char::is_lowercase);
        start.eq_ignore_ascii_case(phrase) && (!glued || lost_break)
    })
}

/// At most the first `len` bytes.
fn head(text: &str, len: usize) -> &str {
    &text[..text.floor_char_boundary(len)]
}
