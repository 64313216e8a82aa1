//! Topics that nobody trained: an article has a topic if it entails that it is about it.
//!
//! A model of natural language inference reads the article as the premise and, for each label, a
//! sentence as the hypothesis, such as "This example is about economy." (Yin et al. 2019). The
//! score of a label is the probability of entailment against contradiction, so that labels do not
//! exclude each other. The premise is as much of the article's beginning as the model takes in at
//! once; author boxes, bylines and page furniture are left out.

use crate::document::{Document, Zone};
use crate::infer::TextPair;
use crate::infer::libtorch::Entailment;
use crate::tokenize::PairTokenizer;

/// Labels, and what can say how far they fit.
pub struct ZeroShot {
    model: Entailment,
    tokenizer: PairTokenizer,
    hypotheses: Vec<String>,
}

/// What a hypothesis says of a label, if nothing else is asked for; as in rust-bert.
pub const HYPOTHESIS: &str = "This example is about {}.";
/// Tokens of pairs that are read together, about.
const BATCH_TOKENS: usize = 4096;
/// Bytes of an article that are looked at: tokens of one byte each would not fit either.
const LONGEST_PREMISE: usize = 32 * 1024;

impl ZeroShot {
    /// `hypothesis` has `{}` where a label goes.
    pub fn new(model: Entailment, tokenizer: PairTokenizer, labels: &[String], hypothesis: &str) -> Self {
        let hypotheses = labels.iter().map(|label| hypothesis.replace("{}", label)).collect();
        Self { model, tokenizer, hypotheses }
    }

    /// For each document, the log odds of each label, in their order.
    pub fn logits(&self, documents: &[&Document]) -> Vec<Vec<f32>> {
        let mut pairs: Vec<TextPair> = Vec::new();
        for document in documents {
            let premise = premise(document);
            pairs.extend(self.hypotheses.iter().map(|hypothesis| {
                let (ids, types) = self.tokenizer.encode(&premise, hypothesis);
                TextPair { ids, types }
            }));
        }
        // Pairs of like length together, so that little is padding.
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        order.sort_by_key(|&pair| pairs[pair].ids.len());
        let mut logits = vec![0.0; pairs.len()];
        let mut rest = order.as_slice();
        while let [_, ..] = rest {
            let fits = |n: usize| n * pairs[rest[n - 1]].ids.len() <= BATCH_TOKENS;
            let n = (1..=rest.len()).take_while(|&n| n == 1 || fits(n)).count();
            let (batch, after) = rest.split_at(n);
            rest = after;
            let together: Vec<TextPair> = batch.iter().map(|&pair| std::mem::take(&mut pairs[pair])).collect();
            for (&pair, logit) in batch.iter().zip(self.model.logits(&together)) {
                logits[pair] = logit;
            }
        }
        logits.chunks(self.hypotheses.len().max(1)).map(<[f32]>::to_vec).collect()
    }
}

/// What the article says, one sentence after the other.
fn premise(document: &Document) -> String {
    let text = document.text();
    let mut premise = String::new();
    let counts = |zone: Zone| !zone.is_furniture();
    for sentence in document.sentences.iter().filter(|sentence| counts(document.zone(**sentence))) {
        if premise.len() > LONGEST_PREMISE {
            break;
        }
        if !premise.is_empty() {
            premise.push(' ');
        }
        premise.push_str(sentence.of(text));
    }
    premise
}
