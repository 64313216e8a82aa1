//! What a build without the network has instead: a refusal.

use std::path::Path;

use crate::hub::error::HubError;
use crate::hub::repository::{Fetched, Repository};

/// Refuses.
///
/// # Errors
/// Always [`HubError::Absent`].
pub fn pull(
    _endpoint: &str,
    _repository: &Repository,
    _revision: &str,
    _into: &Path,
    _done: impl FnMut(&Fetched),
) -> Result<(), HubError> {
    Err(HubError::Absent)
}
