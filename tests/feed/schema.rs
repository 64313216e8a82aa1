//! What is sent to Elasticsearch, against the official description of its API: the metamodel in
//! `schema.json` of npm's `@elastic/request-converter`.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use crate::articles::{dir, feed};
use crate::common::{Ran, skipped};

/// The types of the description, by namespace and name.
struct Schema {
    types: BTreeMap<(String, String), Value>,
}

/// What a type's parameters stand for.
type Bound = BTreeMap<String, Value>;

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value[key].as_array().into_iter().flatten()
}

impl Schema {
    fn open() -> Option<Self> {
        let Some(path) = std::env::var_os("DATELINE_ELASTIC_SCHEMA").filter(|path| !path.is_empty()) else {
            skipped("DATELINE_ELASTIC_SCHEMA names no description of the API");
            return None;
        };
        let json = fs::read(path).expect("DATELINE_ELASTIC_SCHEMA names a file");
        let schema: Value = serde_json::from_slice(&json).expect("the description is JSON");
        let types = list(&schema, "types")
            .map(|it| ((text(&it["name"], "namespace").to_owned(), text(&it["name"], "name").to_owned()), it.clone()));
        Some(Self { types: types.collect() })
    }

    fn named(&self, namespace: &str, name: &str) -> &Value {
        self.types.get(&(namespace.to_owned(), name.to_owned())).unwrap_or_else(|| panic!("no type {namespace}:{name}"))
    }

    /// What is wrong with `value` as the type called so.
    fn check(&self, value: &Value, namespace: &str, name: &str) -> Result<(), String> {
        self.definition(value, self.named(namespace, name), &Bound::new(), "$")
    }

    /// A value against a use of types: an instance, a list, a dictionary, a choice.
    fn usage(&self, value: &Value, usage: &Value, bound: &Bound, at: &str) -> Result<(), String> {
        match text(usage, "kind") {
            "instance_of" => {
                let (namespace, name) = (text(&usage["type"], "namespace"), text(&usage["type"], "name"));
                if let Some(parameter) = bound.get(name) {
                    return self.usage(value, parameter, &Bound::new(), at);
                }
                if namespace == "_builtins" {
                    return builtin(value, name, at);
                }
                let definition = self.named(namespace, name);
                let parameters = list(definition, "generics").map(|it| text(it, "name").to_owned());
                let inner: Bound = parameters.zip(list(usage, "generics").map(|it| substituted(it, bound))).collect();
                self.definition(value, definition, &inner, at)
            }
            "array_of" => match value.as_array() {
                Some(values) => {
                    let each = |(i, value)| self.usage(value, &usage["value"], bound, &format!("{at}[{i}]"));
                    values.iter().enumerate().try_for_each(each)
                }
                None => Err(format!("{at}: expected a list, found {value}")),
            },
            "dictionary_of" => match value.as_object() {
                Some(object) => object
                    .iter()
                    .try_for_each(|(key, value)| self.usage(value, &usage["value"], bound, &format!("{at}.{key}"))),
                None => Err(format!("{at}: expected an object, found {value}")),
            },
            "union_of" => {
                let tries: Vec<_> = list(usage, "items").map(|item| self.usage(value, item, bound, at)).collect();
                if tries.iter().any(Result::is_ok) {
                    return Ok(());
                }
                let errors: Vec<String> = tries.into_iter().filter_map(Result::err).collect();
                Err(errors.into_iter().max_by_key(String::len).unwrap_or_else(|| format!("{at}: nothing fits")))
            }
            "literal_value" if usage["value"] == *value => Ok(()),
            "literal_value" => Err(format!("{at}: expected {}, found {value}", usage["value"])),
            "user_defined_value" => Ok(()),
            other => panic!("the description has a use of types called {other:?}"),
        }
    }

    /// A value against the definition of a type.
    fn definition(&self, value: &Value, definition: &Value, bound: &Bound, at: &str) -> Result<(), String> {
        match text(definition, "kind") {
            "type_alias" => {
                let variants = &definition["variants"];
                if text(variants, "kind") == "internal_tag" {
                    return self.tagged(value, definition, bound, at);
                }
                self.usage(value, &definition["type"], bound, at)
            }
            "enum" => {
                let name = value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string());
                let is_open = definition["isOpen"] == true;
                let fits = |member: &&Value| {
                    text(member, "name") == name || list(member, "aliases").any(|alias| alias == name.as_str())
                };
                let known = list(definition, "members").find(fits);
                if is_open || known.is_some() { Ok(()) } else { Err(format!("{at}: {value} is not one of the values")) }
            }
            "interface" => self.object(value, definition, bound, at),
            "request" => {
                let body = &definition["body"];
                match text(body, "kind") {
                    "properties" => {
                        self.properties(value, &list(body, "properties").collect::<Vec<_>>(), true, bound, at)
                    }
                    "value" => self.usage(value, &body["value"], bound, at),
                    other => panic!("a request with a body called {other:?}"),
                }
            }
            other => panic!("the description has a kind of types called {other:?}"),
        }
    }

    /// A choice among objects, told by the value of one of their keys.
    fn tagged(&self, value: &Value, definition: &Value, bound: &Bound, at: &str) -> Result<(), String> {
        let tag = text(&definition["variants"], "tag");
        let default = text(&definition["variants"], "defaultTag");
        let name = value[tag].as_str().unwrap_or(default);
        for item in list(&definition["type"], "items") {
            let inner = self.named(text(&item["type"], "namespace"), text(&item["type"], "name"));
            let tags = self.all(inner).into_iter().filter(|property| text(property, "name") == tag);
            if tags.into_iter().any(|property| property["type"]["value"] == name) {
                return self.usage(value, item, bound, at);
            }
        }
        Err(format!("{at}: no {tag} {name:?}"))
    }

    /// The properties of an interface and of what it inherits from.
    fn all<'s>(&'s self, definition: &'s Value) -> Vec<&'s Value> {
        let mut properties: Vec<&Value> = list(definition, "properties").collect();
        let parents = std::iter::once(&definition["inherits"]).filter(|parent| parent.is_object());
        for parent in parents {
            properties.extend(self.all(self.named(text(&parent["type"], "namespace"), text(&parent["type"], "name"))));
        }
        properties
    }

    fn object(&self, value: &Value, definition: &Value, bound: &Bound, at: &str) -> Result<(), String> {
        // Objects that take any key besides say so by a behaviour.
        let is_open = list(definition, "behaviors")
            .any(|it| text(&it["type"], "name").starts_with("AdditionalPropert"))
            || list(definition, "attachedBehaviors")
                .any(|it| it.as_str().is_some_and(|name| name.starts_with("AdditionalPropert")));
        // Some may be written as one of their values.
        let short = text(definition, "shortcutProperty");
        let properties = self.all(definition);
        if !value.is_object()
            && let Some(property) =
                properties.iter().find(|property| !short.is_empty() && text(property, "name") == short)
        {
            return self.usage(value, &property["type"], bound, at);
        }
        self.properties(value, &properties, !is_open, bound, at)
    }

    fn properties(
        &self,
        value: &Value,
        properties: &[&Value],
        is_closed: bool,
        bound: &Bound,
        at: &str,
    ) -> Result<(), String> {
        let Some(object) = value.as_object() else { return Err(format!("{at}: expected an object, found {value}")) };
        for (key, value) in object {
            let is_it = |property: &&&Value| {
                text(property, "name") == key || list(property, "aliases").any(|alias| alias == key.as_str())
            };
            match properties.iter().find(is_it) {
                Some(property) => self.usage(value, &property["type"], bound, &format!("{at}.{key}"))?,
                None if is_closed => return Err(format!("{at}: there is no {key:?}")),
                None => {}
            }
        }
        let missing = properties
            .iter()
            .find(|property| property["required"] == true && object.get(text(property, "name")).is_none());
        missing.map_or(Ok(()), |property| Err(format!("{at}: {} is missing", property["name"])))
    }
}

/// `usage` with what its parameters stand for.
fn substituted(usage: &Value, bound: &Bound) -> Value {
    bound.get(text(&usage["type"], "name")).unwrap_or(usage).clone()
}

fn builtin(value: &Value, name: &str, at: &str) -> Result<(), String> {
    let fits = match name {
        "string" => value.is_string(),
        // Everything in JSON that stands in quotation marks may be a number or a flag for the server.
        "boolean" => value.is_boolean() || value == "true" || value == "false",
        "number" => value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok()),
        "null" => value.is_null(),
        "void" => false,
        "binary" => value.is_string(),
        other => panic!("the description has a builtin called {other:?}"),
    };
    if fits { Ok(()) } else { Err(format!("{at}: expected a {name}, found {value}")) }
}

fn template(arguments: &str) -> Value {
    let dir = dir(3);
    let ran = Ran::of(&mut feed(&dir, &format!("out.jsonl --template --as elasticsearch {arguments}")));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).expect("a template is JSON")
}

#[test]
fn templates_are_what_the_api_takes() {
    let Some(schema) = Schema::open() else { return };
    for arguments in ["", "--nested --embedding", "--strict --no-text", "--to http://localhost:9200/press"] {
        let check = schema.check(&template(arguments), "indices.put_index_template", "Request");
        assert_eq!(check, Ok(()), "{arguments}");
    }
}

/// The test above would notice.
#[test]
fn mistakes_in_templates_are_found() {
    let Some(schema) = Schema::open() else { return };
    type Mistake = fn(&mut Value);
    let mistakes: [(Mistake, &str); 6] = [
        (|it| it["template"]["mappings"]["properties"]["title"]["type"] = json!("txt"), "no type \"txt\""),
        (
            |it| it["template"]["mappings"]["properties"]["title"]["index_options"] = json!("offset"),
            "is not one of the values",
        ),
        (|it| it["template"]["mappings"]["dynamic"] = json!("never"), "is not one of the values"),
        (
            |it| it["template"]["mappings"]["properties"]["embedding"]["dimension"] = json!(3),
            "there is no \"dimension\"",
        ),
        (|it| it["patterns"] = json!([]), "there is no \"patterns\""),
        (|it| it["priority"] = json!("high"), "expected a number"),
    ];
    for (mistake, message) in mistakes {
        let mut wrong = template("--nested --embedding");
        mistake(&mut wrong);
        let error = schema.check(&wrong, "indices.put_index_template", "Request").expect_err(message);
        assert!(error.contains(message), "{error}, wanted {message}");
    }
}

#[test]
fn batches_and_alias_moves_are_what_the_api_takes() {
    let Some(schema) = Schema::open() else { return };
    let dir = dir(5);
    let ran = Ran::of(&mut feed(&dir, "out.jsonl --dry-run -q --nested --embedding"));
    let lines: Vec<Value> = ran.records();
    assert_eq!(lines.len(), 10);
    for pair in lines.chunks(2) {
        assert_eq!(schema.check(&pair[0], "_global.bulk", "OperationContainer"), Ok(()));
        assert!(pair[1].is_object());
    }
    assert!(schema.check(&json!({ "index": { "id": "a" } }), "_global.bulk", "OperationContainer").is_err());
    let actions = json!({ "actions": [
        { "remove": { "index": "news-1", "alias": "news" } }, { "add": { "index": "news-2", "alias": "news" } },
    ] });
    assert_eq!(schema.check(&actions, "indices.update_aliases", "Request"), Ok(()));
}

/// Our own server answers as the description says, so that what is tried against it means something.
#[test]
fn the_server_of_these_tests_answers_as_the_api_does() {
    let Some(schema) = Schema::open() else { return };
    for answer in [
        json!({ "_id": "a", "status": 201, "_index": "news" }),
        json!({ "_id": "a", "status": 429, "_index": "news", "error": { "type": "es_rejected_execution_exception", "reason": "x" } }),
    ] {
        assert_eq!(schema.check(&answer, "_global.bulk", "ResponseItem"), Ok(()), "{answer}");
    }
    assert!(schema.check(&json!({ "_id": "a", "_index": "news" }), "_global.bulk", "ResponseItem").is_err());
}
