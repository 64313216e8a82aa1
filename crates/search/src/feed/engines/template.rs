//! What an index is to be like: field by field, for each engine that has such a thing.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::feed::document::Shape;
use crate::feed::kind::Kind;

/// Longer keywords are searched in nowhere: 32,766 bytes of one would cost the whole document.
const LONGEST_KEYWORD: u32 = 512;

/// Which fields documents have, as far as that differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fields {
    /// Kinds of names.
    pub kinds: BTreeSet<String>,
    /// Length of vectors.
    pub dims: Option<usize>,
    /// What else documents hold.
    pub shape: Shape,
    /// Fields that are not in the mapping make the engine refuse a document, instead of being stored
    /// and not searched.
    pub strict: bool,
}

impl Default for Fields {
    fn default() -> Self {
        let kinds = ["person", "place", "org", "misc"].into_iter().map(str::to_owned).collect();
        Self { kinds, dims: None, shape: Shape::default(), strict: false }
    }
}

/// What an index called `name` is to be like; none for an engine that is told in its own
/// configuration files.
pub fn template(kind: Kind, name: &str, fields: &Fields) -> Option<Value> {
    match kind {
        Kind::Elasticsearch | Kind::Opensearch => Some(elastic(kind, name, fields)),
        Kind::Typesense => Some(typesense(name, fields)),
        Kind::Solr | Kind::Meilisearch | Kind::Vespa | Kind::Quickwit => None,
    }
}

/// An index template, for this index and those that `--swap` makes.
fn elastic(kind: Kind, name: &str, fields: &Fields) -> Value {
    let keyword = || json!({ "type": "keyword", "ignore_above": LONGEST_KEYWORD });
    let names = || json!({ "type": "text", "analyzer": "dateline", "norms": false });
    let text = || json!({ "type": "text", "analyzer": "dateline", "index_options": "offsets" });
    let mut topic = names();
    topic["fields"] = json!({ "label": keyword() });
    let mut properties = Map::new();
    let mut put = |name: String, field: Value| properties.insert(name, field);
    put("source".to_owned(), keyword());
    put("date".to_owned(), json!({ "type": "date", "ignore_malformed": true }));
    put("title".to_owned(), text());
    if !fields.shape.no_text {
        let annotated = json!({ "type": "annotated_text", "analyzer": "dateline" });
        put("text".to_owned(), if fields.shape.annotated { annotated } else { text() });
    }
    for kind in &fields.kinds {
        put(kind.clone(), names());
        put(format!("{kind}_main"), names());
        put(format!("{kind}_name"), keyword());
    }
    put("topic".to_owned(), topic);
    put("topic_code".to_owned(), keyword());
    if fields.shape.nested {
        let of_entity = json!({
            "kind": keyword(), "label": keyword(), "aliases": names(),
            "name": { "type": "text", "analyzer": "dateline", "norms": false, "fields": { "exact": keyword() } },
            "salience": { "type": "float" }, "mentions": { "type": "integer" },
        });
        put("entities".to_owned(), json!({ "type": "nested", "properties": of_entity }));
    }
    let mut settings = json!({
        "analysis": { "analyzer": { "dateline": {
            "type": "custom", "tokenizer": "standard", "filter": ["lowercase", "asciifolding"],
        } } },
    });
    // The one thing in which the two differ.
    if let Some(dims) = fields.dims.filter(|_| fields.shape.embedding) {
        if kind == Kind::Opensearch {
            let method = json!({ "name": "hnsw", "engine": "lucene", "space_type": "innerproduct" });
            put("embedding".to_owned(), json!({ "type": "knn_vector", "dimension": dims, "method": method }));
            settings["index"] = json!({ "knn": true });
        } else {
            let options = json!({ "type": "int8_hnsw" });
            let vector = json!({
                "type": "dense_vector", "dims": dims, "index": true, "similarity": "dot_product", "index_options": options,
            });
            put("embedding".to_owned(), vector);
        }
    }
    json!({
        "index_patterns": [name, format!("{name}-*")],
        "priority": 200,
        "template": {
            "settings": settings,
            "mappings": { "dynamic": if fields.strict { "strict" } else { "false" }, "properties": properties },
        },
        "_meta": { "made_by": "dateline" },
    })
}

/// A collection.
fn typesense(name: &str, fields: &Fields) -> Value {
    let field = |name: &str, kind: &str, more: Value| {
        let mut field = json!({ "name": name, "type": kind, "optional": true });
        for (key, value) in more.as_object().into_iter().flatten() {
            field[key] = value.clone();
        }
        field
    };
    let facet = || json!({ "facet": true });
    let mut all = vec![
        field("source", "string", facet()),
        field("date", "string", facet()),
        field("timestamp", "int64", json!({ "sort": true })),
        field("title", "string", json!({})),
        field("topic", "string[]", facet()),
        field("topic_code", "string[]", facet()),
    ];
    if !fields.shape.no_text {
        all.push(field("text", "string", json!({})));
    }
    for kind in &fields.kinds {
        all.push(field(kind, "string[]", json!({})));
        all.push(field(&format!("{kind}_main"), "string[]", json!({})));
        all.push(field(&format!("{kind}_name"), "string[]", facet()));
    }
    if fields.shape.nested {
        all.push(field("entities", "object[]", json!({})));
    }
    if let Some(dims) = fields.dims.filter(|_| fields.shape.embedding) {
        all.push(field("embedding", "float[]", json!({ "num_dim": dims })));
    }
    json!({ "name": name, "fields": all, "enable_nested_fields": fields.shape.nested })
}
