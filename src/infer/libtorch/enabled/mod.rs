//! What a build with libtorch has.

mod classifier;
mod deberta;
mod device;
mod entailment;
mod token_classifier;
mod variables;

pub use classifier::shape;
pub use device::Device;
pub use entailment::Entailment;
pub use token_classifier::{Libtorch, VERSION};
