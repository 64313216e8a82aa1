//! The models inside this library, in builds with the feature `embedded-model`.

/// The files of a model, as they were when this was built.
pub(super) struct Embedded {
    pub(super) name: &'static str,
    pub(super) config: &'static [u8],
    /// None if the model takes it from the one that lends it its word embeddings.
    pub(super) tokenizer: Option<&'static [u8]>,
    pub(super) recipe: &'static [u8],
    pub(super) tensors: &'static [u8],
    /// The model's card, Markdown.
    pub(super) card: &'static str,
    /// What [`ModelFiles::digest`](crate::model::files::ModelFiles::digest) gives, if nothing has
    /// happened to the binary.
    pub(super) digest: &'static str,
}

/// The models, the default first; none in a build that has none inside.
#[cfg(feature = "embedded-model")]
pub(super) static EMBEDDED: &[&Embedded] = &[&NEWS_EN];

/// As above.
#[cfg(not(feature = "embedded-model"))]
pub(super) static EMBEDDED: &[&Embedded] = &[];

// Statics, so that their bytes are in the binary once.
#[cfg(feature = "embedded-model")]
static NEWS_EN: Embedded = Embedded {
    name: "news-en",
    config: include_bytes!("../../models/news-en/config.json"),
    tokenizer: Some(include_bytes!("../../models/news-en/tokenizer.json")),
    recipe: include_bytes!("../../models/news-en/recipe.json"),
    tensors: include_bytes!("../../models/news-en/model.safetensors"),
    card: include_str!("../../models/news-en/MODEL_CARD.md"),
    digest: include_str!("../../models/news-en/DIGEST"),
};

impl Embedded {
    /// The model called `name`.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        EMBEDDED.iter().copied().find(|model| model.name == name)
    }

    /// Bytes that it has in the binary.
    pub(super) fn size(&self) -> usize {
        let Self { config, tokenizer, recipe, tensors, card, .. } = self;
        config.len() + tokenizer.map_or(0, <[u8]>::len) + recipe.len() + tensors.len() + card.len()
    }
}
