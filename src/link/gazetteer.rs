//! Places by their names, in a file that is used as it lies in memory.
//!
//! The built-in one is GeoNames' (CC BY 4.0), packed by models/gazetteer/pack.py. The layout,
//! numbers in little endian: `dlgaz`, two zeros and the version (1); the numbers of names and places; the
//! lengths of six sections, and these one after the other:
//!
//! 1. places of 15 bytes: id (4), latitude and longitude (3 each), 8 · log₂(population + 1) (1),
//!    country (1), first-level region (2, 0 for none), kind (1);
//! 2. blocks of sixteen names each: where the block begins in the next section, and its first
//!    posting in the one after that (4 each);
//! 3. names in the order of their bytes, folded as [`crate::merge::fold`] does: length (1), bytes,
//!    how many places bear it (1);
//! 4. postings: places (3 each), the greatest first;
//! 5. codes of countries, two letters each, a line feed, and a line for each region, `US.CA`;
//! 6. adjectives of countries, each a line: the word and the country's code.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::error::UserError;

/// Why a file is no gazetteer.
#[derive(Debug, Error)]
pub enum GazetteerError {
    /// It cannot be read.
    #[error("{path}: cannot be read")]
    Read {
        /// Of the file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is something else, or damaged.
    #[error("{path}: expected {wanted}, found {found}")]
    Form {
        /// Of the file.
        path: PathBuf,
        /// What is wrong.
        found: String,
        /// What ought to be there.
        wanted: &'static str,
    },
}

impl UserError for GazetteerError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => None,
            Self::Form { .. } => Some("models/gazetteer/pack.py makes gazetteers".to_owned()),
        }
    }
}

/// Places by their names.
pub struct Gazetteer {
    bytes: Cow<'static, [u8]>,
    n_names: usize,
    /// Where each section begins, and the last one ends.
    at: [usize; N_SECTIONS + 1],
    countries: Vec<String>,
    regions: Vec<String>,
    adjectives: HashMap<String, String>,
}

const MAGIC: &[u8; 8] = b"dlgaz\0\0\x01";
const N_SECTIONS: usize = 6;
const PLACE: usize = 15;
const BLOCK: usize = 16;
const HEAD: usize = 16 + 4 * N_SECTIONS;

/// What a place is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PlaceKind {
    /// A city, town or village.
    City,
    /// The capital of a country.
    Capital,
    /// A first-level region: a state, a province.
    Region,
    /// A country, or a territory with a code of its own.
    Country,
    /// A continent.
    Continent,
}

/// A place of the gazetteer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Place<'g> {
    /// `geonames:658225`, or of a region without such a number `geonames-admin1:FI.01`.
    id: u32,
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// How many people live there, to a twelfth.
    pub population: f64,
    /// Code of its country (ISO 3166-1), but of continents.
    pub country: Option<&'g str>,
    /// Code of its first-level region, `US.CA`, if it is in one.
    pub region: Option<&'g str>,
    /// What it is.
    pub kind: PlaceKind,
}

impl Place<'_> {
    /// A name for it that outlives this gazetteer.
    pub fn id(&self) -> String {
        match self.region {
            Some(region) if self.id == 0 => format!("geonames-admin1:{region}"),
            _ => format!("geonames:{}", self.id),
        }
    }

    /// Kilometres to `other` along the surface of the Earth.
    pub fn distance(&self, other: &Place<'_>) -> f64 {
        /// Mean radius in kilometres.
        const EARTH: f64 = 6371.0;
        let [a, b] = [self.lat, other.lat].map(f64::to_radians);
        let (lat, lon) = ((b - a) / 2.0, (other.lon - self.lon).to_radians() / 2.0);
        let chord = lat.sin().powi(2) + a.cos() * b.cos() * lon.sin().powi(2);
        2.0 * EARTH * chord.sqrt().min(1.0).asin()
    }
}

impl Gazetteer {
    /// The one inside this library.
    ///
    /// # Panics
    /// Never: a test opens it.
    pub fn built_in() -> Self {
        static BYTES: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/gazetteer/gazetteer.bin"));
        Self::of(Path::new("the built-in gazetteer"), Cow::Borrowed(BYTES)).expect("a test opens it")
    }

    /// The one in the file `path`.
    ///
    /// # Errors
    /// If it cannot be read, or is none.
    pub fn open(path: &Path) -> Result<Self, GazetteerError> {
        let bytes = std::fs::read(path).map_err(|source| GazetteerError::Read { path: path.to_owned(), source })?;
        Self::of(path, Cow::Owned(bytes))
    }

    /// Checks everything that [`find`](Self::find) relies on.
    fn of(path: &Path, bytes: Cow<'static, [u8]>) -> Result<Self, GazetteerError> {
        let wrong = |found: String, wanted| GazetteerError::Form { path: path.to_owned(), found, wanted };
        if bytes.len() < HEAD || !bytes.starts_with(MAGIC) {
            return Err(wrong(format!("{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(8)])), "a gazetteer"));
        }
        let number = |at: usize| u32_at(&bytes, at) as usize;
        let (n_names, n_places) = (number(8), number(12));
        let mut at = [HEAD; N_SECTIONS + 1];
        for section in 0..N_SECTIONS {
            at[section + 1] = at[section].saturating_add(number(16 + 4 * section));
        }
        if at[N_SECTIONS] != bytes.len() {
            return Err(wrong(format!("{} bytes", bytes.len()), "as many bytes as its head says"));
        }
        let len = |section: usize| at[section + 1] - at[section];
        if len(0) != n_places * PLACE || len(1) != n_names.div_ceil(BLOCK) * 8 || len(3) % 3 != 0 {
            return Err(wrong(
                format!("{n_places} places and {n_names} names"),
                "sections of the lengths that these have",
            ));
        }
        let text = |section: usize| {
            std::str::from_utf8(&bytes[at[section]..at[section + 1]])
                .map_err(|error| wrong(error.to_string(), "UTF-8 in its tables"))
        };
        let (codes, regions) = text(4)?.split_once('\n').unwrap_or_default();
        if !codes.is_ascii() || codes.len() % 2 != 0 {
            return Err(wrong(format!("{codes:?}"), "codes of countries, two letters each"));
        }
        let countries: Vec<String> =
            codes.as_bytes().chunks(2).map(|code| String::from_utf8_lossy(code).into_owned()).collect();
        let regions: Vec<String> = regions.lines().map(str::to_owned).collect();
        let adjectives = text(5)?.lines().filter_map(|line| line.rsplit_once(' '));
        let adjectives = adjectives.map(|(word, code)| (word.to_owned(), code.to_owned())).collect();
        let gazetteer = Self { n_names, at, countries, regions, adjectives, bytes };
        // Names and postings one after the other, so that nothing later can lead out of the file.
        let (mut name_at, mut posting) = (0, 0);
        for name in 0..n_names {
            if name % BLOCK == 0 {
                let block = gazetteer.at[1] + name / BLOCK * 8;
                let said = [block, block + 4].map(|at| u32_at(&gazetteer.bytes, at) as usize);
                if said != [name_at, posting] {
                    return Err(wrong(format!("name {name} at {said:?}"), "blocks that begin where the last one ends"));
                }
            }
            let entry = gazetteer.section(2).get(name_at..).unwrap_or_default();
            let len = entry.first().map_or(usize::MAX, |&len| usize::from(len));
            let Some(&n_bearers) = entry.get(len.saturating_add(1)) else {
                return Err(wrong(format!("{name} names"), "as many names as its head says"));
            };
            name_at += len + 2;
            posting += usize::from(n_bearers);
        }
        let postings = gazetteer.section(3).chunks(3);
        if posting * 3 != len(3) || postings.clone().any(|place| u24(place) >= n_places) {
            return Err(wrong(format!("{posting} postings"), "postings of its places"));
        }
        Ok(gazetteer)
    }

    fn section(&self, section: usize) -> &[u8] {
        &self.bytes[self.at[section]..self.at[section + 1]]
    }

    /// The places that are called `name`, folded, the greatest first.
    pub fn find(&self, name: &str) -> Vec<Place<'_>> {
        // The last block that does not begin after the name.
        let (mut low, mut high) = (0, self.n_names.div_ceil(BLOCK));
        while low < high {
            let middle = usize::midpoint(low, high);
            let (at, _) = self.block(middle);
            if self.name_at(at).0 <= name.as_bytes() { low = middle + 1 } else { high = middle }
        }
        let Some(block) = low.checked_sub(1) else { return Vec::new() };
        let (mut at, mut posting) = self.block(block);
        for _ in 0..BLOCK.min(self.n_names - block * BLOCK) {
            let (found, n_bearers) = self.name_at(at);
            if found == name.as_bytes() {
                let postings = &self.section(3)[3 * posting..3 * (posting + n_bearers)];
                return postings.chunks(3).map(|place| self.place(u24(place))).collect();
            }
            at += found.len() + 2;
            posting += n_bearers;
        }
        Vec::new()
    }

    /// The country whose adjective, or whose people, `word` is: `russian`.
    pub fn country_of(&self, word: &str) -> Option<&str> {
        let one = word.strip_suffix('s').filter(|one| self.adjectives.contains_key(*one));
        self.adjectives.get(one.unwrap_or(word)).map(String::as_str)
    }

    fn block(&self, block: usize) -> (usize, usize) {
        let at = self.at[1] + 8 * block;
        (u32_at(&self.bytes, at) as usize, u32_at(&self.bytes, at + 4) as usize)
    }

    fn name_at(&self, at: usize) -> (&[u8], usize) {
        let entry = &self.section(2)[at..];
        let len = usize::from(entry[0]);
        (&entry[1..=len], usize::from(entry[len + 1]))
    }

    fn place(&self, place: usize) -> Place<'_> {
        /// The largest number in three bytes.
        const MAX: f64 = 0xff_ffff as f64;
        let bytes = &self.section(0)[place * PLACE..][..PLACE];
        let region = usize::from(u16::from_le_bytes([bytes[12], bytes[13]]));
        Place {
            id: u32_at(bytes, 0),
            lat: u24(&bytes[4..7]) as f64 / MAX * 180.0 - 90.0,
            lon: u24(&bytes[7..10]) as f64 / MAX * 360.0 - 180.0,
            population: (f64::from(bytes[10]) / 8.0).exp2() - 1.0,
            country: self.countries.get(usize::from(bytes[11])).map(String::as_str),
            region: region.checked_sub(1).and_then(|region| self.regions.get(region)).map(String::as_str),
            kind: match bytes[14] {
                1 => PlaceKind::Capital,
                2 => PlaceKind::Region,
                3 => PlaceKind::Country,
                4 => PlaceKind::Continent,
                _ => PlaceKind::City,
            },
        }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u24(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) | usize::from(bytes[1]) << 8 | usize::from(bytes[2]) << 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_gazetteer_knows_places_by_all_their_names() {
        let gazetteer = Gazetteer::built_in();
        let first = |name: &str| gazetteer.find(name).first().copied();
        for (name, kind, country, lat, lon) in [
            ("helsinki", PlaceKind::Capital, "FI", 60.17, 24.94),
            ("munich", PlaceKind::City, "DE", 48.14, 11.57),
            ("munchen", PlaceKind::City, "DE", 48.14, 11.57),
            ("california", PlaceKind::Region, "US", 35.7, -119.4),
            ("us", PlaceKind::Country, "US", 37.0, -95.0),
        ] {
            let place = first(name).unwrap_or_else(|| panic!("{name} is there"));
            assert_eq!((place.kind, place.country), (kind, Some(country)), "{name}: {place:?}");
            assert!((place.lat - lat).abs() < 3.0 && (place.lon - lon).abs() < 3.0, "{name}: {place:?}");
        }
        assert_eq!(first("helsinki").map(|place| place.id()).as_deref(), Some("geonames:658225"));
        assert!(gazetteer.find("springfield").len() > 10);
        assert!(gazetteer.find("no such place").is_empty() && gazetteer.find("").is_empty());
        assert_eq!(gazetteer.country_of("russian"), Some("RU"));
        assert_eq!(gazetteer.country_of("finns"), Some("FI"));
        assert_eq!(gazetteer.country_of("martian"), None);
        let place = first("continent").or(first("europe")).expect("a continent");
        assert_eq!((place.kind, place.country), (PlaceKind::Continent, None));
    }

    #[test]
    fn kilometres_along_the_surface() {
        let gazetteer = Gazetteer::built_in();
        let [paris, london] = ["paris", "london"].map(|name| gazetteer.find(name)[0]);
        assert!((paris.distance(&london) - 344.0).abs() < 5.0, "{}", paris.distance(&london));
    }

    #[test]
    fn what_is_no_gazetteer_or_damaged_is_refused() {
        let refused =
            |bytes: Vec<u8>| Gazetteer::of(Path::new("g.bin"), Cow::Owned(bytes)).err().map(|e| e.to_string());
        let whole = Gazetteer::built_in().bytes.into_owned();
        assert!(
            refused(b"id,name\n".to_vec()).is_some_and(|message| message.starts_with("g.bin: expected a gazetteer"))
        );
        assert!(refused(whole[..whole.len() - 1].to_vec()).is_some());
        assert!(refused(Vec::new()).is_some());
        let changed = |at: usize, byte: u8| {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            refused(bytes)
        };
        assert!(changed(8, whole[8] ^ 1).is_some(), "another number of names");
        assert!(changed(19, 0xff).is_some(), "a section beyond the end");
        let names = Gazetteer::built_in().at[2];
        assert!(changed(names, whole[names] + 1).is_some(), "a name that runs into the next");
        let postings = Gazetteer::built_in().at[3];
        assert!(changed(postings + 2, 0xff).is_some(), "a posting of no place");
    }
}
