//! `dateline link`: the places of records on the map.

use serde_json::Value;

use crate::common::Dir;

const ARTICLES: &str = concat!(
    r#"{"id":"1","text":"Finland's president left Helsinki for Paris on Monday. Finnish radio said he would return."}"#,
    "\n",
    r#"{"id":"2","text":"A fire broke out in Paris, Texas, on Monday. Nobody in Dallas noticed."}"#,
    "\n",
);

/// The entity of `record` that is called `name`.
fn entity<'r>(record: &'r Value, name: &str) -> &'r Value {
    let entities = record["entities"].as_array().expect("a list");
    entities.iter().find(|entity| entity["name"] == name).unwrap_or_else(|| panic!("{name} in {record}"))
}

fn near(link: &Value, lat: f64, lon: f64) -> bool {
    let is_near = |key: &str, degrees: f64| link[key].as_f64().is_some_and(|found| (found - degrees).abs() < 0.2);
    is_near("lat", lat) && is_near("lon", lon)
}

#[test]
fn places_have_coordinates_and_adjectives_a_country() {
    let dir = Dir::new();
    dir.write("in.jsonl", ARTICLES);
    dir.run("tag in.jsonl -o out.jsonl");
    let linked = dir.run("link out.jsonl -o linked.jsonl");
    assert_eq!(linked.code, Some(0), "{}", linked.stderr);
    assert!(linked.stderr.starts_with("2 records; "), "{}", linked.stderr);
    let records = dir.objects("linked.jsonl");
    let helsinki = &entity(&records[0], "Helsinki")["link"];
    assert!(near(helsinki, 60.17, 24.94) && helsinki["id"] == "geonames:658225", "{helsinki}");
    assert_eq!((helsinki["country"].as_str(), helsinki["score"].as_f64() > Some(0.8)), (Some("FI"), true));
    assert!(near(&entity(&records[0], "Paris")["link"], 48.85, 2.35), "{}", records[0]);
    assert_eq!(entity(&records[0], "Finnish")["country"], "FI");
    assert!(entity(&records[0], "Finnish").get("link").is_none());
    let paris = &entity(&records[1], "Paris")["link"];
    assert!(near(paris, 33.66, -95.55) && paris["others"].as_u64() > Some(0), "{paris}");
    // It is the record that it was in everything else, and linking again changes nothing.
    let without = |record: &Value| {
        let mut record = record.clone();
        for entity in record["entities"].as_array_mut().expect("a list") {
            let entity = entity.as_object_mut().expect("an object");
            entity.remove("link");
            entity.remove("country");
        }
        record
    };
    for (linked, tagged) in records.iter().zip(dir.objects("out.jsonl")) {
        assert_eq!(without(linked), tagged);
    }
    let again = dir.run("link linked.jsonl");
    assert_eq!(again.stdout.as_bytes(), dir.read("linked.jsonl"));
    assert_eq!(dir.run("link out.jsonl -o linked.jsonl").code, Some(2), "it is there already");
}

#[test]
fn a_higher_threshold_links_less_and_what_is_no_gazetteer_is_refused() {
    let dir = Dir::new();
    dir.write("in.jsonl", ARTICLES).write("places.csv", "id,name\n1,Paris\n");
    dir.run("tag in.jsonl -o out.jsonl --compact");
    let n_links = |options: &str| dir.run(&format!("link out.jsonl {options}")).stdout.matches("\"link\":").count();
    assert!(n_links("") > n_links("--min-link-score 1"));
    let refused = dir.run("link out.jsonl --gazetteer places.csv");
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("places.csv: expected a gazetteer, found \"id,name"), "{}", refused.stderr);
    let refused = dir.run("link in.jsonl");
    assert!(refused.code == Some(2) && refused.stderr.contains("in.jsonl:1: "), "{}", refused.stderr);
}
