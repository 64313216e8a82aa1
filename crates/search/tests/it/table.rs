//! Queries and the articles that they find, on the records of the checkout.

use crate::common::Place;

/// Each a query, and its hits in the order of relevance.
const TABLE: &[(&str, &str)] = &[
    // Words.
    ("volcano", "eyjafjallajokull.txt lonesome-george.txt"),
    ("tortoise", "lonesome-george.txt"),
    ("tortoises", "lonesome-george.txt"),
    ("\"peace agreement\"", "aceh-talks.txt"),
    ("\"agreement peace\"", ""),
    ("\"said on\"", "e112910d34a9362f889a98311d77b653 wire-0006 wire-0001"),
    ("rebel*", "aceh-talks.txt"),
    ("zurich", "2"),
    ("Zürich", "2"),
    ("Café", "2"),
    ("caf*", "2"),
    ("ngũgĩ", "gurnah.txt"),
    ("O'Neill", ""),
    (
        "\"more than\" -volcano",
        "timor-leste.txt matsuyama-floods.txt aceh-talks.txt belo-horizonte.txt kestrel-vale.txt kipchoge.txt ghana-vote.txt",
    ),
    // Names, by any of their forms, of one kind.
    ("person:Ahtisaari", "aceh-talks.txt"),
    ("person:\"Martti Ahtisaari\"", "aceh-talks.txt"),
    ("person:(Ahtisaari Martti)", "aceh-talks.txt"),
    ("person:\"Ahtisaari Martti\"", ""),
    ("person:ahti*", "aceh-talks.txt"),
    ("person:Akufo-Addo", "ghana-vote.txt"),
    ("person:\"akufo addo\"", "ghana-vote.txt"),
    ("person:(Akufo-Addo -Nana)", "ghana-vote.txt"),
    ("person:Washington", "paris-v-washington.txt lonesome-george.txt"),
    ("place:Washington", "paris-v-washington.txt"),
    ("name:Washington", "paris-v-washington.txt lonesome-george.txt"),
    ("place:Georgia", "b4 paris-v-washington.txt"),
    ("misc:Georgian", "b4"),
    ("org:ASEAN", "timor-leste.txt aceh-talks.txt"),
    ("org:\"Association of Southeast Asian Nations\"", "timor-leste.txt aceh-talks.txt"),
    ("org:KVR", "kestrel-vale.txt"),
    ("org:\"Kestrel and Vale\"", "kestrel-vale.txt"),
    ("org:EU", "wire-0006"),
    ("place:EU", ""),
    ("place:tokyo", "matsuyama-floods.txt"),
    ("place:\"new york\"", "wire-0001 lonesome-george.txt"),
    ("place:(York OR London)", "wire-0001 paris-v-washington.txt lonesome-george.txt gurnah.txt"),
    ("place:(Norway OR Kenya) -topic:sport", "wire-0001 eyjafjallajokull.txt kestrel-vale.txt"),
    ("person:Smith", "b3"),
    (
        "person:s*",
        "b3 belo-horizonte.txt b4 kipchoge.txt e112910d34a9362f889a98311d77b653 kestrel-vale.txt wire-0003 gurnah.txt wire-0005 matsuyama-floods.txt chandrayaan.txt timor-leste.txt paris-v-washington.txt",
    ),
    // Bylines and furniture have no salience.
    ("person:Iskandar", ""),
    ("text:Iskandar", "aceh-talks.txt"),
    // In one sentence.
    ("[person:Ahtisaari place:Finland]", "aceh-talks.txt"),
    ("[person:Ahtisaari place:Geneva]", ""),
    ("person:Ahtisaari place:Geneva", "aceh-talks.txt"),
    ("[place:Oslo place:Singapore]", "wire-0001"),
    ("[person:Kipchoge place:Kenya]", "kipchoge.txt"),
    // More than in passing.
    ("place:Norway", "wire-0001 eyjafjallajokull.txt kipchoge.txt kestrel-vale.txt"),
    ("about:Norway", "wire-0001"),
    ("about:Helsinki", "61f45f3c713ebc7162fee6f49894ae8c aceh-talks.txt"),
    ("about:(Quito OR Lagos)", "b2 b1"),
    // Topics.
    ("topic:sport", "belo-horizonte.txt wire-0003 113ff0a77f86034def45456f7dfe0873 kipchoge.txt"),
    ("topic:medtop:15000000", "belo-horizonte.txt wire-0003 113ff0a77f86034def45456f7dfe0873 kipchoge.txt"),
    ("topic:15000000", "belo-horizonte.txt wire-0003 113ff0a77f86034def45456f7dfe0873 kipchoge.txt"),
    ("topic:\"law and justice\"", "paris-v-washington.txt"),
    ("topic:econ* topic:politics", "wire-0001 wire-0006 wire-0004"),
    // Dates, ids, sources.
    (
        "date:2025",
        "e112910d34a9362f889a98311d77b653 61f45f3c713ebc7162fee6f49894ae8c 113ff0a77f86034def45456f7dfe0873 wire-0005 wire-0006 wire-0001",
    ),
    ("date:2025-03", "wire-0001"),
    ("date:2024-11..2025-03", "wire-0001 2"),
    (
        "date:>=2025-08",
        "e112910d34a9362f889a98311d77b653 61f45f3c713ebc7162fee6f49894ae8c 113ff0a77f86034def45456f7dfe0873",
    ),
    ("date:<2024-03-01", "wire-0003"),
    ("-date:..2026 id:b*", "b1 b2 b3 b4 b5 b6 belo-horizonte.txt"),
    ("id:wire-0001", "wire-0001"),
    ("id:2", "2"),
    ("source:data/samples/kipchoge.txt", "kipchoge.txt"),
    ("source:data/samples/k*", "kestrel-vale.txt kipchoge.txt"),
    ("title:norway", "wire-0001"),
    ("title:oodi", "61f45f3c713ebc7162fee6f49894ae8c"),
    ("text:oodi", "61f45f3c713ebc7162fee6f49894ae8c"),
    // Put together.
    ("place:Helsinki topic:politics", "aceh-talks.txt"),
    ("place:Helsinki OR place:Oslo", "61f45f3c713ebc7162fee6f49894ae8c aceh-talks.txt wire-0001 eyjafjallajokull.txt"),
    ("(place:Helsinki OR place:Oslo) -topic:politics", "61f45f3c713ebc7162fee6f49894ae8c eyjafjallajokull.txt"),
    ("place:London -person:Gurnah -topic:politics", "paris-v-washington.txt"),
    ("place:China topic:economy", "wire-0006"),
    ("Dunford", ""),
    ("person:Dunford OR person:Kipchoge", "kipchoge.txt"),
];

#[test]
fn queries_find_what_they_say() {
    let place = Place::of_samples();
    let mut wrong = Vec::new();
    for (query, expected) in TABLE {
        let hits = place.hits(query);
        if hits != *expected {
            wrong.push(format!("    ({query:?}, {hits:?}),"));
        }
    }
    assert!(wrong.is_empty(), "expected otherwise:\n{}", wrong.join("\n"));
    assert!(TABLE.len() >= 40);
}
