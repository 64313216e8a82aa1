//! Articles like one: the nearest embeddings, by looking at all of them.

use roaring::RoaringBitmap;
use rusqlite::{Connection, OptionalExtension as _};

use crate::vector::Codes;

/// The `n` articles of `among`, or of all, whose embeddings are nearest to that of `article`, behind
/// the first `from`, each with the cosine of the angle between the two; none if it has no embedding.
pub(super) fn nearest(
    connection: &Connection,
    article: u32,
    among: Option<&RoaringBitmap>,
    from: usize,
    n: usize,
) -> rusqlite::Result<Option<Vec<(u32, f64)>>> {
    let mut of_one = connection.prepare_cached("SELECT scale, codes FROM vector WHERE article = ?1")?;
    let of_one = of_one.query_row([article], |row| Ok(Codes { scale: row.get(0)?, codes: row.get(1)? })).optional()?;
    let Some(of_one) = of_one else { return Ok(None) };
    let mut near: Vec<(f32, u32)> = Vec::new();
    let mut all = connection.prepare_cached("SELECT article, scale, codes FROM vector")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let other = row.get(0)?;
        let codes = row.get_ref(2)?.as_blob()?;
        let is_other = other != article && codes.len() == of_one.codes.len();
        if is_other && among.is_none_or(|among| among.contains(other)) {
            near.push((of_one.dot(row.get(1)?, codes), other));
        }
    }
    let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    let end = from.saturating_add(n);
    if near.len() > end {
        near.select_nth_unstable_by(end, order);
        near.truncate(end);
    }
    near.sort_by(order);
    Ok(Some(near.into_iter().skip(from).map(|(cosine, other)| (other, f64::from(cosine))).collect()))
}
