//! Sets of pairs of an article and a name, for what has to be true of one name.

use roaring::RoaringBitmap;

/// Pairs, sorted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Pairs(Vec<u64>);

impl Pairs {
    /// Of pairs in any order.
    pub fn of(pairs: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut pairs: Vec<u64> =
            pairs.into_iter().map(|(article, name)| u64::from(article) << 32 | u64::from(name)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        Self(pairs)
    }

    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        self.0.iter().map(|pair| ((pair >> 32) as u32, *pair as u32))
    }

    pub fn contains(&self, article: u32, name: u32) -> bool {
        self.0.binary_search(&(u64::from(article) << 32 | u64::from(name))).is_ok()
    }

    /// Those that are in both.
    pub fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().filter(|pair| other.0.binary_search(pair).is_ok()).copied().collect())
    }

    /// Those that are in one of the two.
    pub fn or(&self, other: &Self) -> Self {
        let mut pairs = [self.0.as_slice(), &other.0].concat();
        pairs.sort_unstable();
        pairs.dedup();
        Self(pairs)
    }

    /// Those that are not in `other`.
    pub fn minus(&self, other: &Self) -> Self {
        Self(self.0.iter().filter(|pair| other.0.binary_search(pair).is_err()).copied().collect())
    }

    pub fn articles(&self) -> RoaringBitmap {
        let mut articles: Vec<u32> = self.iter().map(|(article, _)| article).collect();
        articles.dedup();
        RoaringBitmap::from_sorted_iter(articles).expect("they are sorted and each is once")
    }

    pub fn names(&self) -> RoaringBitmap {
        self.iter().map(|(_, name)| name).collect()
    }

    /// Those of `article`.
    pub fn names_in(&self, article: u32) -> impl Iterator<Item = u32> {
        let start = self.0.partition_point(|&pair| pair < u64::from(article) << 32);
        self.0[start..].iter().take_while(move |&&pair| (pair >> 32) as u32 == article).map(|&pair| pair as u32)
    }
}
