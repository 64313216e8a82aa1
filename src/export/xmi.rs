//! UIMA's CAS as XMI, with DKPro's types, which INCEpTION reads: offsets in UTF-16 units, as Java
//! counts them.

use std::fmt::Write as _;

use crate::export::annotated::Annotated;
use crate::export::loss::Loss;
use crate::export::tokens;

/// What an XML file cannot hold stands for this.
const REPLACEMENT: char = '\u{fffd}';

/// The CAS of an article. Control characters that XML does not have are replaced, which is a loss
/// each.
pub(super) fn document(article: &Annotated<'_>, losses: &mut Vec<Loss>) -> String {
    let mut out = String::with_capacity(2 * article.text.len());
    out.push_str(HEAD);
    let mut id = 2;
    let mut members: Vec<String> = Vec::new();
    let mut add = |out: &mut String, element: &str, [begin, end]: [usize; 2], more: &str| {
        let _ = writeln!(out, "<{element} xmi:id=\"{id}\" sofa=\"1\" begin=\"{begin}\" end=\"{end}\"{more}/>");
        members.push(id.to_string());
        id += 1;
    };
    let length = article.offsets.position(article.text.len()).utf16;
    let name = escaped(&article.name);
    let title =
        format!(" language=\"x-unspecified\" documentTitle=\"{name}\" documentId=\"{name}\" isLastSegment=\"false\"");
    add(&mut out, "type2:DocumentMetaData", [0, length], &title);
    for sentence in tokens::sentences(&article.opened.document) {
        let whole = sentence[0].through(sentence[sentence.len() - 1]);
        add(&mut out, "type4:Sentence", article.utf16(whole), "");
        sentence.iter().for_each(|token| add(&mut out, "type4:Token", article.utf16(*token), ""));
    }
    for annotation in &article.spans {
        let more = format!(" value=\"{}\"", escaped(&annotation.label));
        add(&mut out, "type3:NamedEntity", article.utf16(annotation.span), &more);
    }
    for (at, c) in article.text.char_indices().filter(|(_, c)| !is_xml(*c)) {
        let start = article.offsets.position(at).char;
        let words = c.escape_unicode().to_string();
        let why = "XML has no such character: U+FFFD stands for it";
        losses.push(Loss { article: article.name.clone(), label: None, words, span: [start, start + 1], why });
    }
    let text = escaped(article.text);
    let _ = writeln!(
        out,
        "<cas:Sofa xmi:id=\"1\" sofaNum=\"1\" sofaID=\"_InitialView\" mimeType=\"text\" sofaString=\"{text}\"/>"
    );
    let _ = writeln!(out, "<cas:View sofa=\"1\" members=\"{}\"/>", members.join(" "));
    out.push_str("</xmi:XMI>\n");
    out
}

/// Whether XML 1.0 has the character. All that are replaced are one UTF-16 unit, as is what stands
/// for them, so that offsets stay.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// `text` in an attribute; white space other than a space as a reference, since a parser would make
/// spaces of it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c if is_xml(c) => out.push(c),
            _ => out.push(REPLACEMENT),
        }
    }
    out
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore" xmlns:type2="http:///de/tudarmstadt/ukp/dkpro/core/api/metadata/type.ecore" xmlns:type3="http:///de/tudarmstadt/ukp/dkpro/core/api/ner/type.ecore" xmlns:type4="http:///de/tudarmstadt/ukp/dkpro/core/api/segmentation/type.ecore" xmi:version="2.0">
<cas:NULL xmi:id="0"/>
"#;

/// The types that [`document`] uses, as DKPro Core declares them.
pub(super) const TYPE_SYSTEM: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<typeSystemDescription xmlns="http://uima.apache.org/resourceSpecifier">
<types>
<typeDescription><name>de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData</name><description/><supertypeName>uima.tcas.DocumentAnnotation</supertypeName><features>
<featureDescription><name>documentTitle</name><description/><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>
<featureDescription><name>documentId</name><description/><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>
<featureDescription><name>documentUri</name><description/><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>
<featureDescription><name>collectionId</name><description/><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>
<featureDescription><name>documentBaseUri</name><description/><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>
<featureDescription><name>isLastSegment</name><description/><rangeTypeName>uima.cas.Boolean</rangeTypeName></featureDescription>
</features></typeDescription>
<typeDescription><name>de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence</name><description/><supertypeName>uima.tcas.Annotation</supertypeName><features>
<featureDescription><name>id</name><description/><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>
</features></typeDescription>
<typeDescription><name>de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token</name><description/><supertypeName>uima.tcas.Annotation</supertypeName></typeDescription>
<typeDescription><name>de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity</name><description/><supertypeName>uima.tcas.Annotation</supertypeName><features>
<featureDescription><name>value</name><description/><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>
<featureDescription><name>identifier</name><description/><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>
</features></typeDescription>
</types>
</typeSystemDescription>
"#;
