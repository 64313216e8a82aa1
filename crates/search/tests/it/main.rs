//! The index and its queries from outside, on the records that the checkout has and on a few that
//! are made up.

mod common;

mod building;
mod guide;
mod names;
mod properties;
mod table;
mod vectors;
