//! Tasks of Label Studio.
//!
//! What was decided is an annotation, what the model says a prediction. Offsets are code points;
//! older versions of Label Studio's page count UTF-16 units (its issue 1347), so that there spans
//! behind an emoji are seen shifted.

use serde_json::{Value, json};

use crate::export::annotated::{Annotated, Annotation};

/// The task of an article.
pub(super) fn task(article: &Annotated<'_>) -> Value {
    let result = |(number, annotation): (usize, &Annotation)| -> Value {
        let [start, end] = article.chars(annotation.span);
        json!({
            "id": format!("m{number}"),
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "score": annotation.score,
            "value": {"start": start, "end": end, "text": annotation.span.of(article.text), "labels": [annotation.label]},
            "meta": {"text": [annotation.by.to_string()]},
        })
    };
    let of = |wanted: fn(&Annotated<'_>, &Annotation) -> bool| -> Vec<Value> {
        article.spans.iter().enumerate().filter(|(_, annotation)| wanted(article, annotation)).map(result).collect()
    };
    let said = of(|article, annotation| article.is_complete || annotation.is_decided);
    let found = of(|article, annotation| !article.is_complete && !annotation.is_decided);
    let mut task = json!({
        "data": {"text": article.text, "article": article.name, "key": article.opened.key},
        "annotations": [],
        "predictions": [],
    });
    if !said.is_empty() || article.is_complete {
        task["annotations"] = json!([{"result": said, "was_cancelled": false, "ground_truth": article.is_complete}]);
    }
    if !found.is_empty() {
        let score = found.iter().filter_map(|result| result["score"].as_f64()).fold(1.0, f64::min);
        let model = &article.opened.record.tagger.model;
        task["predictions"] = json!([{"model_version": model, "score": score, "result": found}]);
    }
    task
}
