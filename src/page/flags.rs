//! What names of elements, classes and the like say of a part of a page.
//!
//! Pages differ in everything but these words. Each stands for what it says of the element that has
//! it and of all that is in it; none decides alone: what holds most of a page's text is no sidebar,
//! whatever it is called.

/// What is said of a part of a page: a set.
pub type Flags = u32;

/// Menus, breadcrumbs, the heads of sites.
pub const NAVIGATION: Flags = 1;
/// The feet of sites.
pub const FOOTER: Flags = 1 << 1;
/// What readers say.
pub const COMMENTS: Flags = 1 << 2;
/// Other stories.
pub const RELATED: Flags = 1 << 3;
/// Advertisements.
pub const AD: Flags = 1 << 4;
/// Buttons to share it.
pub const SHARE: Flags = 1 << 5;
/// Keywords of the article.
pub const TAGS: Flags = 1 << 6;
/// Newsletters, subscriptions.
pub const PLEA: Flags = 1 << 7;
/// A sentence of the story, set large.
pub const PULL_QUOTE: Flags = 1 << 8;
/// Cookies and the like.
pub const CONSENT: Flags = 1 << 9;
/// Fields and buttons.
pub const FORM: Flags = 1 << 10;
/// Who wrote it.
pub const BYLINE: Flags = 1 << 11;
/// More about who wrote it.
pub const AUTHOR_BOX: Flags = 1 << 12;
/// When it was written.
pub const DATE: Flags = 1 << 13;
/// Words under a picture.
pub const CAPTION: Flags = 1 << 14;
/// A second headline.
pub const DECK: Flags = 1 << 15;
/// A word above the headline.
pub const KICKER: Flags = 1 << 16;
/// Numbers of views and minutes.
pub const COUNT: Flags = 1 << 17;
/// An `aside`.
pub const ASIDE: Flags = 1 << 18;
/// The text of the article, by its own word.
pub const ARTICLE_BODY: Flags = 1 << 19;
/// A picture with what belongs to it.
pub const FIGURE: Flags = 1 << 20;
/// A place to watch or listen.
pub const PLAYER: Flags = 1 << 21;
/// For those who do not see the page.
pub const SCREEN_READER: Flags = 1 << 22;
/// A table of contents.
pub const CONTENTS: Flags = 1 << 23;
/// Notes at the foot of the text.
pub const NOTES: Flags = 1 << 24;
/// The name of the author, by `rel` or `itemprop`.
pub const AUTHOR_NAME: Flags = 1 << 25;

/// What has nothing to do with the article: it is left out.
pub const OUTSIDE: Flags =
    NAVIGATION | FOOTER | COMMENTS | RELATED | AD | SHARE | CONSENT | FORM | KICKER | COUNT | SCREEN_READER | CONTENTS;
/// What is no part of the story, wherever it stands.
pub const NO_STORY: Flags = OUTSIDE | TAGS | PLEA | AUTHOR_BOX | CAPTION | BYLINE | DATE | NOTES | PULL_QUOTE;

/// What one word of a class or an id says.
fn of_word(word: &str) -> Flags {
    match word {
        "nav" | "navbar" | "navigation" | "menu" | "submenu" | "megamenu" | "breadcrumb" | "breadcrumbs" | "crumbs"
        | "topbar" | "masthead" | "pagination" | "pager" | "skip" | "jump" | "subnav" | "sitenav" | "nav2" => {
            NAVIGATION
        }
        "footer" | "foot" | "ft" | "colophon" | "sitefooter" => FOOTER,
        "comment" | "comments" | "disqus" | "commentlist" | "respond" | "replies" | "talkback" | "livefyre"
        | "viafoura" | "discussion" => COMMENTS,
        "related" | "recommended" | "recommendations" | "recirc" | "recirculation" | "trending" | "popular"
        | "mostread" | "teaser" | "teasers" | "promo" | "promos" | "outbrain" | "taboola" | "zergnet" | "sidebar"
        | "rail" | "widget" | "widgets" | "cards" | "volanta" | "relacionadas" | "leiamais" | "readmore" => RELATED,
        "ad" | "ads" | "advert" | "adverts" | "advertisement" | "adslot" | "sponsor" | "sponsored" | "mpu"
        | "leaderboard" | "dfp" | "adbox" => AD,
        "share" | "sharing" | "social" | "sharebar" | "addthis" | "addtoany" | "sharedaddy" | "sh" => SHARE,
        "tags" | "taglist" | "keywords" | "tagcloud" | "postmetadata" => TAGS,
        "newsletter" | "subscribe" | "signup" | "optin" | "donate" | "donation" | "paywall" | "regwall"
        | "membership" | "follow" => PLEA,
        "pullquote" => PULL_QUOTE,
        "cookie" | "cookies" | "consent" | "gdpr" | "cmp" | "onetrust" | "cookiebar" | "modal" | "popup" => CONSENT,
        "byline" | "author" | "authors" | "byl" | "writer" | "firma" => BYLINE,
        "bio" | "authorbox" | "authorbio" | "aboutauthor" => AUTHOR_BOX,
        "date" | "timestamp" | "datetime" | "published" | "pubdate" | "pub" | "posted" | "dateline" => DATE,
        "caption" | "captions" | "cap" | "credit" | "cutline" | "imagecaption" | "photocredit" => CAPTION,
        "deck" | "dek" | "standfirst" | "subtitle" | "subheadline" | "strapline" | "ingress" | "sapo" => DECK,
        "kicker" | "eyebrow" | "rubric" | "overline" => KICKER,
        "views" | "viewcount" | "readtime" | "pageviews" => COUNT,
        "toc" => CONTENTS,
        "footnotes" | "footnote" => NOTES,
        "player" => PLAYER,
        _ => 0,
    }
}

/// What a class, an id or a role says: its words, apart at hyphens and at capitals, and some of them
/// together.
pub fn of_name(name: &str) -> Flags {
    let mut flags = 0;
    let mut words: Vec<String> = Vec::new();
    for class in name.split_ascii_whitespace().take(40) {
        // Words of one class belong together, and those of two do not.
        words.clear();
        let mut word = String::new();
        let mut was_lower = false;
        for c in class.chars().take(200) {
            if (!c.is_alphanumeric() || was_lower && c.is_uppercase()) && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if c.is_alphanumeric() {
                word.extend(c.to_lowercase());
            }
            was_lower = c.is_lowercase();
        }
        if !word.is_empty() {
            words.push(word);
        }
        let has = |wanted: &str| words.iter().any(|word| word == wanted);
        // Names that hold a word by the way: `has-sidebar`, `no-ads`, `sd-sharing-enabled`.
        if matches!(words.first().map(String::as_str), Some("has" | "no" | "not" | "with" | "is" | "hide" | "show")) {
            continue;
        }
        let mut found = words.iter().map(|word| of_word(word)).fold(0, |all, one| all | one);
        if has("screen") && has("reader") || has("visually") && has("hidden") || class == "sr-only" {
            found |= SCREEN_READER;
        }
        if has("pull") && has("quote") || has("pq") {
            found |= PULL_QUOTE;
        }
        if has("most") && (has("read") || has("popular") || has("viewed"))
            || has("read") && has("next")
            || has("up") && has("next")
            || has("rich") && has("link")
        {
            found |= RELATED;
        }
        if has("about") && (has("author") || has("authors")) {
            found = found & !BYLINE | AUTHOR_BOX;
        }
        if found & AUTHOR_BOX != 0 {
            found &= !BYLINE;
        }
        if has("sign") && has("up") {
            found |= PLEA;
        }
        if has("live") && has("links") || has("post") && has("navigation") {
            found |= RELATED;
        }
        // A date in a class of a story's part: `story-date`, `article__date`.
        if found & (RELATED | COMMENTS) != 0 {
            found &= !(BYLINE | DATE);
        }
        flags |= found;
    }
    flags
}

/// What a role says.
pub fn of_role(role: &str) -> Flags {
    match role {
        "navigation" | "banner" | "menu" | "menubar" | "search" => NAVIGATION,
        "contentinfo" => FOOTER,
        "complementary" => ASIDE,
        "dialog" | "alertdialog" => CONSENT,
        _ => 0,
    }
}

/// What a property of a vocabulary says.
pub fn of_property(property: &str) -> Flags {
    let mut flags = 0;
    for word in property.split_ascii_whitespace() {
        flags |= match word {
            "author" => BYLINE,
            "datePublished" | "dateModified" => DATE,
            "articleBody" => ARTICLE_BODY,
            "caption" => CAPTION,
            _ => 0,
        };
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_read_word_by_word() {
        assert_eq!(of_name("article__byline"), BYLINE);
        assert_eq!(of_name("imageCaption mol-img"), CAPTION);
        assert_eq!(of_name("pull-quote"), PULL_QUOTE);
        assert_eq!(of_name("css-1x2y3z has-sidebar no-ads"), 0);
        assert_eq!(of_name("about-the-author author"), AUTHOR_BOX | BYLINE);
        assert_eq!(of_name("comment-author"), COMMENTS);
        assert_eq!(of_name("shadow adorned header"), 0);
        assert_eq!(of_name("most-read"), RELATED);
    }
}
