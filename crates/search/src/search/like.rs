//! Articles like one: the nearest embeddings, by looking at all of them.

use roaring::RoaringBitmap;
use rusqlite::Connection;

use crate::index::vectors;

/// Articles with the cosine of the angle between their embedding and another.
pub(super) type Near = Vec<(u32, f32)>;

/// How near those of `among` are to `article`, which is not among them; none if it has no embedding.
pub(super) fn all(
    connection: &Connection,
    article: u32,
    among: Option<&RoaringBitmap>,
) -> rusqlite::Result<Option<Near>> {
    let Some(of_one) = vectors::of(connection, article)? else { return Ok(None) };
    let mut near = Near::new();
    vectors::each(connection, of_one.codes.len(), |other, scale, codes| {
        if other != article && among.is_none_or(|among| among.contains(other)) {
            near.push((other, of_one.dot(scale, codes)));
        }
    })?;
    Ok(Some(near))
}

/// The `n` nearest behind the first `from`.
pub(super) fn nearest(near: &Near, from: usize, n: usize) -> Vec<(u32, f64)> {
    let order = |(a, x): &(u32, f32), (b, y): &(u32, f32)| y.total_cmp(x).then(a.cmp(b));
    let mut near = near.clone();
    let end = from.saturating_add(n);
    if near.len() > end {
        near.select_nth_unstable_by(end, order);
        near.truncate(end);
    }
    near.sort_by(order);
    near.into_iter().skip(from).map(|(other, cosine)| (other, f64::from(cosine))).collect()
}
