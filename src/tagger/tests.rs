//! What the tagger makes of an article, with tiny models and worked by hand.

use std::path::Path;

use crate::document::{Article, Outcome, TaggedArticle, Zone};
use crate::infer::{Batch, Precision, Scratch};
use crate::kernels::Kernels;
use crate::model::{Model, open_encoder};
use crate::tagger::{EncodedArticle, TagOptions, Tagger, unit};

fn tagger(name: &str, keep: &TagOptions) -> Tagger {
    let model =
        Model::open(Path::new(&format!("models/tiny/{name}")), Kernels::best(), None).expect("the tiny model opens");
    Tagger::new(model, keep, 256).expect("no unknown label is asked for")
}

/// Tensors by name: type, shape and numbers.
type Tensors = std::collections::BTreeMap<String, (safetensors::Dtype, Vec<usize>, Vec<u8>)>;

/// A directory with the tiny model `topics`, its recipe, configuration and tensors changed.
fn changed(
    recipe: serde_json::Value,
    config: serde_json::Value,
    change: impl FnOnce(&mut Tensors),
) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory for temporary files");
    let read = |file: &str| std::fs::read(format!("models/tiny/topics/{file}")).expect("the checkout has this model");
    let write = |file: &str, bytes: &[u8]| std::fs::write(dir.path().join(file), bytes).expect("the directory is ours");
    write("tokenizer.json", &read("tokenizer.json"));
    for (file, keys) in [("recipe.json", recipe), ("config.json", config)] {
        let mut json: serde_json::Value = serde_json::from_slice(&read(file)).expect("a good model's files are JSON");
        json.as_object_mut().expect("an object").extend(keys.as_object().expect("an object").clone());
        write(file, json.to_string().as_bytes());
    }
    let file = read("model.safetensors");
    let good = safetensors::SafeTensors::deserialize(&file).expect("a good model's tensors can be read");
    let owned =
        |view: &safetensors::tensor::TensorView<'_>| (view.dtype(), view.shape().to_vec(), view.data().to_vec());
    let mut tensors: Tensors = good.tensors().iter().map(|(name, view)| (name.clone(), owned(view))).collect();
    change(&mut tensors);
    let views = tensors.iter().map(|(name, (dtype, shape, data))| {
        (name, safetensors::tensor::TensorView::new(*dtype, shape.clone(), data).expect("shape and data fit together"))
    });
    write("model.safetensors", &safetensors::serialize(views, None).expect("the tensors are consistent"));
    dir
}

/// The tiny model `name` with some keys of its recipe changed.
fn with_recipe(name: &str, keys: serde_json::Value, keep: &TagOptions) -> Tagger {
    let dir = tempfile::tempdir().expect("a directory for temporary files");
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(format!("models/tiny/{name}/{file}"), dir.path().join(file))
            .expect("the checkout has this model");
    }
    let recipe = std::fs::read(format!("models/tiny/{name}/recipe.json")).expect("this model has a recipe");
    let mut recipe: serde_json::Value = serde_json::from_slice(&recipe).expect("a recipe is JSON");
    let keys = keys.as_object().expect("keys are those of an object").clone();
    recipe.as_object_mut().expect("a recipe is an object").extend(keys);
    std::fs::write(dir.path().join("recipe.json"), recipe.to_string()).expect("the directory is ours");
    let model = Model::open(dir.path(), Kernels::best(), None).expect("the changed model opens");
    Tagger::new(model, keep, 256).expect("no unknown label is asked for")
}

fn tag(tagger: &Tagger, text: &str) -> TaggedArticle {
    match tagger.tag(vec![Article::plain("a", text)], &mut Scratch::default()).pop() {
        Some(Outcome::Tagged(tagged)) => *tagged,
        other => panic!("{other:?}"),
    }
}

const ARTICLE: &str = "Boats leave Bonn for Turku

By Anna Kowalska

BONN, March 3 (Reuters) - Forty boats left Bonn for Turku on Friday, the port said. Captain Zoë Müller of the Rhine Port \
Authority told reporters that the river had never been so full, and that the talks with the union had failed.

\"Finland is ready,\" Niinistö said in Helsinki, where the boats are expected next week if the weather allows it.

Sign up for our newsletter
";

/// The mean of the hidden states as `scores` ought to have it, added up row by row from a batch of
/// each window alone.
fn pooled_by_hand(reading: &EncodedArticle, counts: impl Fn(Zone) -> bool) -> Vec<f32> {
    pooled_by(Path::new("models/tiny/topics"), Precision::F32, reading, counts)
}

/// The same by the encoder in `dir`.
fn pooled_by(dir: &Path, precision: Precision, reading: &EncodedArticle, counts: impl Fn(Zone) -> bool) -> Vec<f32> {
    let (tokenizer, encoder) = open_encoder(dir, Kernels::best(), precision).expect("it opens");
    let EncodedArticle { document, encoding, windows, .. } = reading;
    let (prefix, suffix) = (tokenizer.prefix(), tokenizer.suffix());
    let mut total: Vec<f32> = Vec::new();
    let mut n_rows = 0;
    for window in windows {
        let inner = window.tokens.clone().map(|token| (encoding.ids[token], encoding.casing[token] as u8));
        let special = |ids: &[u32]| ids.iter().map(|&id| (id, 0)).collect::<Vec<_>>();
        let mut batch = Batch::new();
        batch.push(special(prefix).into_iter().chain(inner).chain(special(suffix)));
        let mut scratch = Scratch::default();
        let rows: Vec<&[f32]> = encoder.hidden(&batch, &mut scratch).chunks(32).collect();
        let mut sum = vec![0.0_f32; 32];
        for (row, hidden) in rows.iter().enumerate() {
            let token =
                row.checked_sub(prefix.len()).map(|at| window.tokens.start + at).filter(|&t| t < window.tokens.end);
            if token.is_none_or(|token| counts(document.zone(encoding.spans[token]))) {
                sum.iter_mut().zip(*hidden).for_each(|(sum, x)| *sum += x);
                n_rows += 1;
            }
        }
        match total.is_empty() {
            true => total = sum,
            false => total.iter_mut().zip(&sum).for_each(|(total, x)| *total += x),
        }
    }
    total.iter().map(|x| x / n_rows as f32).collect()
}

#[test]
fn the_pooled_vector_is_the_mean_over_all_windows_without_page_furniture() {
    let tagger = tagger("topics", &TagOptions::default());
    let reading = tagger.read(Article::plain("a", ARTICLE));
    assert!(reading.windows.len() > 2, "{} windows", reading.windows.len());
    let zones: Vec<Zone> = reading.document.zones.iter().map(|zone| zone.0).collect();
    assert!(zones.contains(&Zone::Byline) && zones.contains(&Zone::Boilerplate), "{zones:?}");
    let scores = tagger.score(std::slice::from_ref(&reading), &mut Scratch::default());
    let expected = pooled_by_hand(&reading, |zone| !matches!(zone, Zone::Byline | Zone::Boilerplate));
    assert_eq!(scores[0].pooled, expected);
    assert_ne!(scores[0].pooled, pooled_by_hand(&reading, |_| true));
}

#[test]
fn page_furniture_counts_where_there_is_nothing_else() {
    let tagger = tagger("topics", &TagOptions::default());
    let reading = tagger.read(Article::plain("a", "Sign up for our newsletter"));
    assert!(reading.document.zones.iter().all(|zone| zone.0 == Zone::Boilerplate), "{:?}", reading.document.zones);
    let scores = tagger.score(std::slice::from_ref(&reading), &mut Scratch::default());
    assert_eq!(scores[0].pooled, pooled_by_hand(&reading, |_| true));
}

/// Each token is read once, decided by the window that reads it, and counts once.
#[test]
fn windows_without_overlap_read_each_token_once() {
    let tagger = with_recipe("topics", serde_json::json!({"window": 24, "stride": 0}), &TagOptions::default());
    let reading = tagger.read(Article::plain("a", ARTICLE));
    assert!(reading.windows.len() > 4, "{} windows", reading.windows.len());
    let mut read = 0;
    for window in &reading.windows {
        assert_eq!((window.tokens.start, &window.tokens), (read, &window.decides));
        read = window.tokens.end;
    }
    assert_eq!(read, reading.encoding.len());
    let scores = tagger.score(std::slice::from_ref(&reading), &mut Scratch::default());
    let counts = |zone| !matches!(zone, Zone::Byline | Zone::Boilerplate);
    assert_eq!(scores[0].pooled, pooled_by_hand(&reading, counts));
    // The name that stands where windows meet is still found in one piece or not at all.
    let tagged = tag(&tagger, ARTICLE);
    assert!(tagged.mentions.is_sorted_by(|a, b| a.span.end() <= b.span.start()), "{:?}", tagged.mentions);
}

/// The last layer is then computed of the first tokens of words alone, and the tags of words do not
/// show it; sums are those of an encoder without that layer.
#[test]
fn an_embedding_from_a_lower_layer_leaves_the_names_as_they_are() {
    let none = serde_json::json!({});
    let lower = changed(serde_json::json!({"embedding": {"layer": 2}}), none.clone(), |_| {});
    let cut = changed(none, serde_json::json!({"num_hidden_layers": 2}), |tensors| {
        tensors.retain(|name, _| !name.contains(".layer.2."));
    });
    for precision in [Precision::F32, Precision::Bf16, Precision::Int8] {
        for kernels in Kernels::all() {
            let scores = |dir: &Path| {
                let model = Model::open(dir, kernels, Some(precision)).expect("it opens");
                let tagger = Tagger::new(model, &TagOptions::default(), 100).expect("no label is asked for");
                let readings = [ARTICLE, "Bonn", "Rain fell. Boats left Turku."]
                    .map(|text| tagger.read(Article::plain("a", text)));
                (tagger.score(&readings, &mut Scratch::default()), readings)
            };
            let (found, readings) = scores(lower.path());
            let (whole, _) = scores(Path::new("models/tiny/topics"));
            let name = kernels.name();
            for ((found, whole), reading) in found.iter().zip(&whole).zip(&readings) {
                assert_eq!(found.logits, whole.logits, "{precision:?} on {name}");
                assert_ne!(found.pooled, whole.pooled, "{precision:?} on {name}");
                if name == Kernels::best().name() {
                    let counts = |zone| reading.windows.len() == 1 || !matches!(zone, Zone::Byline | Zone::Boilerplate);
                    assert_eq!(found.pooled, pooled_by(cut.path(), precision, reading, counts), "{precision:?}");
                }
            }
        }
    }
}

#[test]
fn a_layer_that_the_model_does_not_have_is_refused() {
    for (layer, expected) in [(0, false), (1, true), (3, true), (4, false)] {
        let dir = changed(serde_json::json!({"embedding": {"layer": layer}}), serde_json::json!({}), |_| {});
        let opened = Model::open(dir.path(), Kernels::best(), None);
        assert_eq!(opened.is_ok(), expected, "layer {layer}");
        if let Err(error) = opened {
            let end = format!("recipe.json: embedding.layer {layer}: expected one of the model's layers, 1 to 3");
            assert!(error.to_string().ends_with(&end), "{error}");
        }
    }
}

/// A matrix that exchanges the first two numbers and doubles the third, with a bias and without.
#[test]
fn an_embedding_may_go_through_a_matrix() {
    let bytes = |numbers: &[f32]| numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let row = |i: usize| -> Vec<f32> {
        let (from, x) = match i {
            0 => (1, 1.0),
            1 => (0, 1.0),
            2 => (2, 2.0),
            i => (i, 1.0),
        };
        (0..32).map(|column| if column == from { x } else { 0.0 }).collect()
    };
    let weight: Vec<f32> = (0..32).flat_map(row).collect();
    let text = Article::plain("a", ARTICLE);
    for bias in [None, Some(0.25_f32)] {
        let none = serde_json::json!({});
        let dir = changed(none.clone(), none, |tensors| {
            let f32 = safetensors::Dtype::F32;
            tensors.insert("embedding.weight".to_owned(), (f32, vec![32, 32], bytes(&weight)));
            if let Some(bias) = bias {
                tensors.insert("embedding.bias".to_owned(), (f32, vec![32], bytes(&[bias; 32])));
            }
        });
        let model = Model::open(dir.path(), Kernels::best(), None).expect("it opens");
        let keep = TagOptions { embedding: true, ..TagOptions::default() };
        let tagger = Tagger::new(model, &keep, 256).expect("no label is asked for");
        let reading = tagger.read(text.clone());
        let scores = tagger.score(&[reading], &mut Scratch::default()).pop().expect("one article");
        let mut expected = scores.pooled.clone();
        expected.swap(0, 1);
        expected[2] *= 2.0;
        expected.iter_mut().for_each(|x| *x += bias.unwrap_or(0.0));
        assert_eq!(tagger.embedding(&scores), unit(&expected));
        assert_eq!(tag(&tagger, ARTICLE).embedding, Some(unit(&expected)));
        // The topic head reads it too.
        let head = tagger.model().topic_head().expect("it has one");
        assert_eq!(tagger.topic_logits(&scores), head.logits(&unit(&expected)));
    }
}

#[test]
fn the_bar_for_mentions_is_the_recipes_unless_one_is_asked_for() {
    let all = tag(&tagger("topics", &TagOptions::default()), ARTICLE);
    let scores: Vec<f32> = all.mentions.iter().map(|mention| mention.score).collect();
    let bar = scores.iter().sum::<f32>() / scores.len() as f32;
    let with_bar =
        |keep: &TagOptions| tag(&with_recipe("topics", serde_json::json!({"min_score": bar}), keep), ARTICLE);
    let kept = with_bar(&TagOptions::default());
    assert!(!kept.mentions.is_empty() && kept.mentions.len() < scores.len(), "{scores:?}");
    assert!(kept.mentions.iter().all(|mention| mention.score >= bar));
    assert_eq!(with_bar(&TagOptions { min_score: Some(0.0), ..TagOptions::default() }).mentions, all.mentions);
}

#[test]
fn nothing_read_is_no_topic_and_no_vector() {
    let tagger = tagger("topics", &TagOptions { min_topic_score: Some(0.0), embedding: true, ..TagOptions::default() });
    for text in ["", " \n\n "] {
        let tagged = tag(&tagger, text);
        assert_eq!((tagged.topics, tagged.embedding), (Some(Vec::new()), Some(Vec::new())), "{text:?}");
    }
    assert_eq!(tag(&tagger, "Bonn").topics.map(|topics| topics.len()), Some(3));
}

#[test]
fn topics_and_vectors_are_there_if_they_can_be_and_are_asked_for() {
    let none = TagOptions { max_topics: 0, ..TagOptions::default() };
    assert_eq!(tag(&tagger("topics", &none), ARTICLE).topics, None);
    let tagged = tag(&tagger("bert", &TagOptions { embedding: true, ..TagOptions::default() }), ARTICLE);
    assert_eq!(tagged.topics, None, "it has no topic head");
    assert_eq!(tagged.embedding.map(|vector| vector.len()), Some(36));
    assert_eq!(tag(&tagger("bert", &TagOptions::default()), ARTICLE).embedding, None);
}

#[test]
fn a_vector_has_length_one_and_six_digits() {
    assert_eq!(unit(&[3.0, -4.0]), [0.6, -0.8]);
    assert_eq!(unit(&[1.0, 1.0, 1.0]), [0.57735, 0.57735, 0.57735]);
    assert_eq!(unit(&[1e-20, 0.0]), [1.0, 0.0]);
    assert_eq!(unit(&[0.0, 0.0]), [0.0, 0.0]);
    assert_eq!(serde_json::to_string(&unit(&[1.0, 3.0])).expect("numbers"), "[0.316228,0.948683]");
}

#[test]
fn mention_scores_are_calibrated_by_label_before_they_are_judged() {
    let all = tagger("topics", &TagOptions::default());
    let tagged = tag(&all, ARTICLE);
    let name = |label| all.model().labels().name(label);
    let mut corrected = 0;
    for mention in &tagged.mentions {
        match all.model().recipe().confidence.get(name(mention.label)) {
            Some(calibration) => {
                assert_eq!(mention.score, calibration.of_probability(mention.raw_score));
                assert_ne!(mention.score, mention.raw_score);
                corrected += 1;
            }
            None => assert_eq!(mention.score, mention.raw_score),
        }
    }
    assert!(corrected > 0 && corrected < tagged.mentions.len(), "{corrected} of {}", tagged.mentions.len());
    // A bar between raw and corrected tells which of them it is held against.
    let surer = tagged.mentions.iter().find(|m| m.score > m.raw_score + 0.01).expect("PER scores are raised");
    let bar = f32::midpoint(surer.score, surer.raw_score);
    let kept = tag(&tagger("topics", &TagOptions { min_score: Some(bar), ..TagOptions::default() }), ARTICLE);
    assert!(kept.mentions.contains(surer));
    assert!(kept.mentions.iter().all(|mention| mention.score >= bar));
}

#[test]
fn the_stamp_knows_what_was_asked_for_where_it_makes_a_difference() {
    let stamp = |name: &str, keep: &TagOptions| tagger(name, keep).stamp().recipe;
    let default = TagOptions::default();
    let choices = [
        TagOptions { max_topics: 2, ..default.clone() },
        TagOptions { min_topic_score: Some(0.5), ..default.clone() },
        TagOptions { embedding: true, ..default.clone() },
    ];
    for choice in &choices {
        assert_ne!(stamp("topics", choice), stamp("topics", &default), "{choice:?}");
    }
    // A model without topics gives the same whatever is asked of them.
    assert_eq!(stamp("bert", &choices[0]), stamp("bert", &default));
    assert_ne!(stamp("bert", &choices[2]), stamp("bert", &default));
}
