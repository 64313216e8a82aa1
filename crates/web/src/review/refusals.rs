//! What went wrong, as the page is told.

use dateline::internals::error::{UserError, chain};
use dateline_search::index::{IndexError, TextError};
use dateline_search::query::QueryError;
use dateline_search::search::SearchError;

use crate::http::Reply;

impl From<IndexError> for Reply {
    fn from(error: IndexError) -> Self {
        Self::refused(500, "index", &chain(&error), error.hint().as_deref())
    }
}

impl From<SearchError> for Reply {
    fn from(error: SearchError) -> Self {
        Self::refused(500, "index", &chain(&error), error.hint().as_deref())
    }
}

impl From<QueryError> for Reply {
    fn from(error: QueryError) -> Self {
        Self::refused(400, "query", &error.to_string(), error.hint().as_deref())
    }
}

impl From<TextError> for Reply {
    fn from(error: TextError) -> Self {
        match error {
            TextError::Index(error) => error.into(),
            TextError::Changed { .. } => {
                let hint =
                    "the records have changed since they were indexed: stop here, and start dateline review again";
                Self::refused(409, "records_changed", &chain(&error), Some(hint))
            }
            TextError::Read { .. } => Self::refused(500, "records", &chain(&error), None),
        }
    }
}
