//! Where a place is, by its name alone: a small gazetteer, until records say so themselves.

use std::collections::HashMap;
use std::sync::OnceLock;

use dateline_search::fold::fold;

/// A place on the map.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Place {
    /// Degrees north.
    pub latitude: f32,
    /// Degrees east.
    pub longitude: f32,
    /// How many places are called so, of which this is the largest.
    pub alike: u32,
}

/// The place that is called `name`; none if the gazetteer has none.
pub fn place(name: &str) -> Option<Place> {
    static PLACES: OnceLock<HashMap<&'static str, Place>> = OnceLock::new();
    let places = PLACES.get_or_init(|| include_str!("places.tsv").lines().filter_map(row).collect());
    places.get(fold(name).as_str()).copied()
}

fn row(line: &'static str) -> Option<(&'static str, Place)> {
    let mut cells = line.split('\t');
    let name = cells.next()?;
    let (latitude, longitude) = (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
    Some((name, Place { latitude, longitude, alike: cells.next()?.parse().ok()? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towns_and_countries_stand_where_they_are() {
        for (name, latitude, longitude) in [
            ("Helsinki", 60.2, 24.9),
            ("UNITED STATES", 44.7, -103.6),
            ("U.S.", 44.7, -103.6),
            ("Washington", 38.9, -77.0),
            ("Łódź", 51.8, 19.5),
            ("São Paulo", -23.5, -46.6),
        ] {
            let found = place(name).unwrap_or_else(|| panic!("{name}"));
            assert!(
                (found.latitude - latitude).abs() < 0.1 && (found.longitude - longitude).abs() < 0.1,
                "{name}: {found:?}"
            );
        }
        assert_eq!(place("Kestrel & Vale"), None);
        assert!(place("Paris").expect("a town").alike > 1);
    }

    #[test]
    fn every_row_can_be_read() {
        let rows = include_str!("places.tsv").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(rows.clone().filter_map(row).count(), rows.count());
    }
}
