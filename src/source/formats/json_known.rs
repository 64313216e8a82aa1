//! Objects whose fields are known by a standard: ninjs of the agencies, items of JSON Feed.
//!
//! They come back as they are, so all that is found out is which of their fields hold the headline
//! and the text, and whether that is markup.

use serde_json::value::RawValue;

use crate::record::path::each_member;

/// What of an object is read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    /// The way to its headline.
    pub headline: Option<String>,
    /// The way to its text.
    pub body: String,
    /// Whether that is markup.
    pub is_markup: bool,
}

/// What of the object `text` is read, if a standard says so.
pub fn known(text: &str) -> Option<Known> {
    // Most objects are told apart without a look at their members.
    let has = |name: &str| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some();
    if has("\"content_html\"") || has("\"content_text\"") {
        return feed_item(text);
    }
    if has("\"uri\"") && (has("ninjs") || has("\"versioncreated\"") || has("\"versionCreated\"")) {
        ninjs(text)
    } else {
        None
    }
}

fn feed_item(text: &str) -> Option<Known> {
    let (mut has_id, mut has_title, mut plain, mut html) = (false, false, false, false);
    each_member(text, |key, value| match key {
        "id" | "url" => has_id = true,
        "title" => has_title = is_text(value),
        "content_text" => plain = is_text(value),
        "content_html" => html = is_text(value),
        _ => {}
    });
    let body = if plain { "content_text" } else { "content_html" };
    let headline = has_title.then(|| "title".to_owned());
    (has_id && (plain || html)).then(|| Known { headline, body: body.to_owned(), is_markup: !plain })
}

fn ninjs(text: &str) -> Option<Known> {
    let (mut has_uri, mut is_ninjs) = (false, false);
    let mut headline = None;
    // The likelier first: text, then markup.
    let mut bodies: [Option<(String, bool)>; 3] = [None, None, None];
    each_member(text, |key, value| match key {
        "uri" => has_uri = is_text(value),
        "versioncreated" | "versionCreated" => is_ninjs = true,
        "standard" => is_ninjs |= value.get().contains("ninjs"),
        "headline" if is_text(value) => headline = Some("headline".to_owned()),
        "headlines" => headline = main_of(value, "headlines").or(headline.take()),
        "body_text" if is_text(value) => bodies[0] = Some((key.to_owned(), false)),
        "body_xhtml" | "body_html" if is_text(value) => bodies[1] = Some((key.to_owned(), true)),
        "body_nitf" if is_text(value) => bodies[2] = Some((key.to_owned(), true)),
        "bodies" => {
            for (i, body) in items(value).into_iter().enumerate() {
                let (mut kind, mut has_value) = (String::new(), false);
                each_member(body.get(), |key, value| match key {
                    "contentType" | "contenttype" => kind = serde_json::from_str(value.get()).unwrap_or_default(),
                    "value" => has_value = is_text(value),
                    _ => {}
                });
                let place = if kind.contains("plain") {
                    0
                } else if kind.contains("nitf") {
                    2
                } else {
                    1
                };
                if has_value {
                    bodies[place].get_or_insert((format!("/bodies/{i}/value"), place > 0));
                }
            }
        }
        _ => {}
    });
    let (body, is_markup) = bodies.into_iter().flatten().next()?;
    (has_uri && is_ninjs).then_some(Known { headline, body, is_markup })
}

/// The way to the value of the main one of several headlines, or of the first.
fn main_of(values: &RawValue, name: &str) -> Option<String> {
    let values = items(values);
    let is_main = |value: &&RawValue| {
        let mut is_main = false;
        each_member(value.get(), |key, value| is_main |= key == "role" && value.get() == "\"main\"");
        is_main
    };
    let i = values.iter().position(is_main).or(if values.is_empty() { None } else { Some(0) })?;
    Some(format!("/{name}/{i}/value"))
}

fn items(values: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(values.get()).unwrap_or_default()
}

fn is_text(value: &RawValue) -> bool {
    value.get().len() > 2 && value.get().starts_with('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        let Some(Known { headline, body, is_markup }) = known(text) else { return "nothing".to_owned() };
        format!("{} | {body} | {is_markup}", headline.unwrap_or_default())
    }

    #[test]
    fn standards_say_where_the_text_is() {
        let of = r#"{"uri":"x","versioncreated":"2023","headline":"Fog","body_xhtml":"<p>a</p>","body_text":"a"}"#;
        assert_eq!(show(of), "headline | body_text | false");
        let of = r#"{"uri":"x","standard":{"name":"ninjs"},"headlines":[{"role":"short","value":"F"},{"role":"main","value":"Fog"}],"bodies":[{"contentType":"text/html","value":"<p>a"}]}"#;
        assert_eq!(show(of), "/headlines/1/value | /bodies/0/value | true");
        assert_eq!(show(r#"{"id":"1","title":"Fog","content_html":"<p>a"}"#), "title | content_html | true");
        assert_eq!(show(r#"{"uri":"x","text":"a"}"#), "nothing");
    }
}
