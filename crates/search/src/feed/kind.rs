//! The search engines that are known, by name, and what can be done with each.

/// A search engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Elasticsearch.
    Elasticsearch,
    /// OpenSearch.
    Opensearch,
    /// Typesense.
    Typesense,
    /// Apache Solr; a file for it only.
    Solr,
    /// Meilisearch; a file for it only.
    Meilisearch,
    /// Vespa; a file for it only.
    Vespa,
    /// Quickwit; a file for it only.
    Quickwit,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Elasticsearch,
        Self::Opensearch,
        Self::Typesense,
        Self::Solr,
        Self::Meilisearch,
        Self::Vespa,
        Self::Quickwit,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Elasticsearch => "elasticsearch",
            Self::Opensearch => "opensearch",
            Self::Typesense => "typesense",
            Self::Solr => "solr",
            Self::Meilisearch => "meilisearch",
            Self::Vespa => "vespa",
            Self::Quickwit => "quickwit",
        }
    }

    /// The engine called `name`.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// How it is written by those who make it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Elasticsearch => "Elasticsearch",
            Self::Opensearch => "OpenSearch",
            Self::Typesense => "Typesense",
            Self::Solr => "Solr",
            Self::Meilisearch => "Meilisearch",
            Self::Vespa => "Vespa",
            Self::Quickwit => "Quickwit",
        }
    }

    /// Whether documents are sent to it. The others answer for a batch as a whole, later, or in their
    /// log alone, so that no account could be given of each document; they get a file.
    pub fn is_fed(self) -> bool {
        matches!(self, Self::Elasticsearch | Self::Opensearch | Self::Typesense)
    }

    /// How a file is brought into an engine that is not fed; none for those that are.
    pub fn way_in(self) -> Option<&'static str> {
        match self {
            Self::Elasticsearch | Self::Opensearch | Self::Typesense => None,
            Self::Solr => Some("POST it to /solr/NAME/update/json/docs?commitWithin=1000 as application/json"),
            Self::Meilisearch => Some("POST it to /indexes/NAME/documents?primaryKey=id as application/x-ndjson"),
            Self::Vespa => Some("vespa feed FILE"),
            Self::Quickwit => {
                Some("POST it to /api/v1/_elastic/NAME/_bulk; feeding it twice gives every document twice")
            }
        }
    }
}
