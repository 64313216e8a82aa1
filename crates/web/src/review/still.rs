//! The overview as one file: the page's own modules and style with the numbers inside, which needs no
//! server and asks nobody.

use serde_json::Value;

use crate::http::Reply;
use crate::review::assets::Assets;
use crate::review::corpus::Corpus;
use crate::review::desk::Now;
use crate::review::overview;

/// The file.
///
/// # Errors
/// If the index cannot be read.
pub fn page(corpus: &Corpus, now: &Now) -> Result<String, Reply> {
    let numbers = overview::overview(corpus, now)?;
    Ok(written(&numbers))
}

fn written(numbers: &Value) -> String {
    let base64 = |text: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
    // A module that is a data: address cannot be asked for what stands beside it, so imports go by
    // names that the map has.
    let modules: Vec<String> = Assets::still_modules()
        .into_iter()
        .map(|(name, text)| {
            let text = text.replace("from \"./", "from \"dateline/");
            format!("\"dateline/{name}\":\"data:text/javascript;base64,{}\"", base64(&text))
        })
        .collect();
    // `<` could end the element that it stands in.
    let numbers = numbers.to_string().replace('<', "\\u003c");
    let style = Assets::style();
    let name = escaped(numbers_name(&numbers).as_str());
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline' data:; \
         style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
         <title>{name} – dateline</title>\n<style>\n{style}</style>\n\
         <script type=\"importmap\">{{\"imports\":{{{}}}}}</script>\n\
         <script type=\"application/json\" id=\"numbers\">{numbers}</script>\n</head>\n<body>\n\
         <header class=\"top\"><span class=\"brand\">dateline <i>overview</i></span></header>\n<div id=\"screen\"></div>\n\
         <script type=\"module\">import {{ build }} from \"dateline/overview.js\";\n\
         const numbers = JSON.parse(document.getElementById(\"numbers\").textContent);\n\
         build(document.getElementById(\"screen\"), numbers, null);</script>\n</body>\n</html>\n",
        modules.join(",")
    )
}

fn numbers_name(numbers: &str) -> String {
    let value: Value = serde_json::from_str(numbers).unwrap_or_default();
    value["name"].as_str().unwrap_or_default().to_owned()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_numbers_leaves_them() {
        let page =
            written(&serde_json::json!({"name": "</title><script>alert(1)</script>", "x": "</script><img src=x>"}));
        assert!(!page.contains("<img"));
        assert_eq!(page.matches("<script").count(), 3, "those of the page");
        assert!(page.contains("&lt;/title&gt;"));
    }
}
