//! Figures for people, and as JSON.

use serde_json::{Value, json};

use crate::bench::measure::{Figures, Row};
use crate::terminal::{counted, grouped};

/// What was measured.
pub struct Report {
    /// Articles that were read.
    pub n_articles: usize,
    /// How often each was tagged in a round.
    pub repeats: usize,
    /// One model after another.
    pub models: Vec<Figures>,
}

impl Report {
    /// Tables, models beside each other.
    pub fn table(&self) -> String {
        let Self { n_articles, repeats, models } = self;
        let mut lines = vec![format!("dateline {}", env!("CARGO_PKG_VERSION"))];
        lines.extend(models.iter().map(|figures| format!("{}, {}", figures.model, figures.backend)));
        lines.push(format!("{}, {repeats} times a round\n", counted(*n_articles as u64, "article")));
        let width = models.iter().map(|figures| name(figures).chars().count()).max().unwrap_or_default().max(5);
        lines.push(format!(
            "{:width$} {:>7} {:>11} {:>10} {:>10} {:>17} {:>9} {:>9}",
            "model", "threads", "articles/s", "words/s", "tokens/s", "encoder tokens/s", "of limit", "peak MB"
        ));
        for figures in models {
            lines.extend(figures.rows.iter().map(|row| format!("{:width$} {}", name(figures), shown(row))));
        }
        let mut heading = format!("\n{:<33}", "a round on one thread");
        for figures in models {
            heading += &format!(" {:>width$} {:>7}", format!("{} ms", name(figures)), "share", width = width + 3);
        }
        lines.push(heading);
        let n_stages = models.first().map_or(0, |figures| figures.stages.len());
        for stage in 0..n_stages {
            let mut line = format!("{:<33}", models[0].stages[stage].0);
            for figures in models {
                let (total, seconds) = (figures.stages.iter().map(|(_, s)| s).sum::<f64>(), figures.stages[stage].1);
                let share = 100.0 * seconds / total;
                line += &format!(" {:>width$.1} {share:>6.1}%", 1e3 * seconds, width = width + 3);
            }
            lines.push(line);
        }
        lines.push("\ntokens: pieces of words in the model's windows, overlaps and special tokens included".to_owned());
        lines.push("of limit: of the multiply-adds these threads can do, those of the encoder's products".to_owned());
        if models.len() > 1 {
            lines.push("peak MB: of the process, which has had the models above it open too".to_owned());
        }
        lines.join("\n")
    }

    /// One object, with a list of models.
    pub fn json(&self) -> Value {
        let row = |row: &Row| {
            json!({
                "threads": row.threads,
                "articles_per_second": row.articles,
                "words_per_second": row.words,
                "tokens_per_second": row.tokens,
                "encoder_tokens_per_second": row.encoder_tokens,
                "share_of_limit": row.share,
                "peak_memory_bytes": row.peak,
            })
        };
        let model = |figures: &Figures| {
            json!({
                "model": figures.model,
                "backend": figures.backend,
                "precision": figures.precision,
                "rows": figures.rows.iter().map(row).collect::<Vec<_>>(),
                "stages": figures
                    .stages
                    .iter()
                    .map(|(name, seconds)| json!({ "name": name, "seconds": seconds }))
                    .collect::<Vec<_>>(),
            })
        };
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "articles": self.n_articles,
            "repeats": self.repeats,
            "models": self.models.iter().map(model).collect::<Vec<_>>(),
        })
    }
}

/// Without the digest.
fn name(figures: &Figures) -> &str {
    figures.model.split('@').next().unwrap_or_default()
}

fn shown(row: &Row) -> String {
    let whole = |rate: f64| grouped(rate as u64);
    format!(
        "{:>7} {:>11.1} {:>10} {:>10} {:>17} {:>9} {:>9}",
        row.threads,
        row.articles,
        whole(row.words),
        whole(row.tokens),
        whole(row.encoder_tokens),
        row.share.map_or("-".to_owned(), |share| format!("{:.0}%", 100.0 * share)),
        row.peak.map_or("-".to_owned(), |bytes| (bytes / 1_000_000).to_string()),
    )
}
