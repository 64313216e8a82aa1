//! Embeddings in blocks of sixty-four, so that looking at all of them is not a matter of rows.
//!
//! A block is what the table `vector` has in a row: for each of sixty-four articles a scale and a
//! code a number, all of one length. The writer holds one block back, since articles come in the
//! order of their ids.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::vector::Codes;

/// Articles in a block.
const BLOCK: i64 = 64;
/// Bytes of a scale, a little-endian f32.
const SCALE: usize = 4;

/// Writes vectors, from one commit to the next.
pub(crate) struct Vectors<'c> {
    connection: &'c Connection,
    held: Option<Block>,
}

struct Block {
    number: i64,
    width: usize,
    bytes: Vec<u8>,
}

impl<'c> Vectors<'c> {
    pub fn new(connection: &'c Connection) -> Self {
        Self { connection, held: None }
    }

    /// Puts the vector of an article that has none.
    pub fn put(&mut self, article: i64, vector: &Codes) -> rusqlite::Result<()> {
        let (number, width) = (article.div_euclid(BLOCK), vector.codes.len());
        if self.held.as_ref().is_none_or(|held| (held.number, held.width) != (number, width)) {
            self.flush()?;
            let bytes = self
                .connection
                .prepare_cached("SELECT vectors FROM vector WHERE block = ?1 AND width = ?2")?
                .query_row(params![number, width], |row| row.get(0))
                .optional()?;
            let bytes = bytes.unwrap_or_else(|| vec![0; BLOCK as usize * (SCALE + width)]);
            self.held = Some(Block { number, width, bytes });
        }
        if let Some(held) = &mut self.held {
            let at = article.rem_euclid(BLOCK) as usize * (SCALE + width);
            held.bytes[at..at + SCALE].copy_from_slice(&vector.scale.to_le_bytes());
            held.bytes[at + SCALE..at + SCALE + width].copy_from_slice(&vector.codes);
        }
        Ok(())
    }

    /// Takes the vector of an article out, if it has one.
    pub fn remove(&mut self, article: i64) -> rusqlite::Result<()> {
        self.flush()?;
        self.held = None;
        let number = article.div_euclid(BLOCK);
        let mut blocks = self.connection.prepare_cached("SELECT width, vectors FROM vector WHERE block = ?1")?;
        let blocks = blocks.query_map([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for (width, mut bytes) in blocks.collect::<rusqlite::Result<Vec<(usize, Vec<u8>)>>>()? {
            let at = article.rem_euclid(BLOCK) as usize * (SCALE + width);
            bytes[at..at + SCALE + width].fill(0);
            write(self.connection, &Block { number, width, bytes })?;
        }
        Ok(())
    }

    /// Writes what is held back.
    pub fn flush(&mut self) -> rusqlite::Result<()> {
        self.held.as_ref().map_or(Ok(()), |held| write(self.connection, held))
    }
}

fn write(connection: &Connection, block: &Block) -> rusqlite::Result<()> {
    let Block { number, width, bytes } = block;
    if bytes.iter().all(|byte| *byte == 0) {
        let mut delete = connection.prepare_cached("DELETE FROM vector WHERE block = ?1 AND width = ?2")?;
        return delete.execute(params![number, width]).map(|_| ());
    }
    connection
        .prepare_cached(
            "INSERT INTO vector (block, width, vectors) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET vectors = excluded.vectors",
        )?
        .execute(params![number, width, bytes])
        .map(|_| ())
}

/// The vector of an article.
pub(crate) fn of(connection: &Connection, article: u32) -> rusqlite::Result<Option<Codes>> {
    let (number, at) = (i64::from(article) / BLOCK, (i64::from(article) % BLOCK) as usize);
    let mut blocks = connection.prepare_cached("SELECT width, vectors FROM vector WHERE block = ?1")?;
    let mut rows = blocks.query([number])?;
    while let Some(row) = rows.next()? {
        let found = vectors(row.get(0)?, row.get_ref(1)?.as_blob()?).nth(at);
        if let Some((scale, codes)) = found.filter(|(scale, _)| *scale != 0.0) {
            return Ok(Some(Codes { scale, codes: codes.to_vec() }));
        }
    }
    Ok(None)
}

/// Calls `see` with the article, the scale and the codes of each vector of `width` numbers, in the order of the articles.
pub(crate) fn each(
    connection: &Connection,
    width: usize,
    mut see: impl FnMut(u32, f32, &[u8]),
) -> rusqlite::Result<()> {
    let mut blocks = connection.prepare_cached("SELECT block, vectors FROM vector WHERE width = ?1 ORDER BY block")?;
    let mut rows = blocks.query([width])?;
    while let Some(row) = rows.next()? {
        let first = row.get::<_, i64>(0)? * BLOCK;
        for (article, (scale, codes)) in (first..).zip(vectors(width, row.get_ref(1)?.as_blob()?)) {
            if scale != 0.0 {
                see(article as u32, scale, codes);
            }
        }
    }
    Ok(())
}

/// Vectors of articles in all.
pub(crate) fn count(connection: &Connection) -> rusqlite::Result<u64> {
    let mut blocks = connection.prepare_cached("SELECT width, vectors FROM vector")?;
    let mut rows = blocks.query([])?;
    let mut n = 0;
    while let Some(row) = rows.next()? {
        n += vectors(row.get(0)?, row.get_ref(1)?.as_blob()?).filter(|(scale, _)| *scale != 0.0).count() as u64;
    }
    Ok(n)
}

/// Scales and codes of a block, one an article; a scale of 0 where it has no vector.
fn vectors(width: usize, block: &[u8]) -> impl Iterator<Item = (f32, &[u8])> {
    block.chunks_exact(SCALE + width).map(|vector| {
        let (scale, codes) = vector.split_at(SCALE);
        (f32::from_le_bytes([scale[0], scale[1], scale[2], scale[3]]), codes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_come_back_by_article_and_in_all() -> rusqlite::Result<()> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(include_str!("../schema.sql"))?;
        let mut vectors = Vectors::new(&connection);
        let codes =
            |seed: u32, width: u32| Codes::of(&(0..width).map(|i| ((i + seed) as f32).sin()).collect::<Vec<_>>());
        // Ids in any order, a block that is left and met again, and vectors of two lengths in one.
        for (article, width) in [(1, 3), (64, 3), (63, 3), (2, 5), (130, 3), (65, 3)] {
            vectors.put(article, &codes(article as u32, width))?;
        }
        vectors.flush()?;
        assert_eq!(count(&connection)?, 6);
        for (article, width) in [(1, 3), (63, 3), (2, 5), (65, 3)] {
            assert_eq!(of(&connection, article)?, Some(codes(article, width)), "{article}");
        }
        assert_eq!(of(&connection, 3)?, None);
        let all = || -> rusqlite::Result<Vec<u32>> {
            let mut found = Vec::new();
            each(&connection, 3, |article, scale, of_it| {
                let wanted = codes(article, 3);
                assert_eq!((scale, of_it), (wanted.scale, wanted.codes.as_slice()));
                found.push(article);
            })?;
            Ok(found)
        };
        assert_eq!(all()?, [1, 63, 64, 65, 130]);
        for article in [2, 63, 130, 7] {
            vectors.remove(article)?;
        }
        assert_eq!(all()?, [1, 64, 65]);
        let blocks: u64 = connection.query_row("SELECT count(*) FROM vector", [], |row| row.get(0))?;
        assert_eq!(blocks, 2, "blocks without any vector are gone");
        Ok(())
    }
}
