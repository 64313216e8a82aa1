//! The model inside this library, in builds with the feature `embedded-model`.

/// The files of the model, as they were when this was built.
pub(super) struct Embedded {
    pub(super) config: &'static [u8],
    pub(super) tokenizer: &'static [u8],
    pub(super) recipe: &'static [u8],
    pub(super) tensors: &'static [u8],
    /// The model's card, Markdown.
    pub(super) card: &'static str,
    /// What [`ModelFiles::digest`](crate::model::files::ModelFiles::digest) gives, if nothing has
    /// happened to the binary.
    pub(super) digest: &'static str,
}

/// The model; `None` in a build that has none inside. A static, so that its bytes are in the binary
/// once.
#[cfg(feature = "embedded-model")]
pub(super) static EMBEDDED: Option<Embedded> = Some(Embedded {
    config: include_bytes!("../../models/news-en/config.json"),
    tokenizer: include_bytes!("../../models/news-en/tokenizer.json"),
    recipe: include_bytes!("../../models/news-en/recipe.json"),
    tensors: include_bytes!("../../models/news-en/model.safetensors"),
    card: include_str!("../../models/news-en/MODEL_CARD.md"),
    digest: include_str!("../../models/news-en/DIGEST"),
});

/// As above.
#[cfg(not(feature = "embedded-model"))]
pub(super) static EMBEDDED: Option<Embedded> = None;
