//! Plain data as JSON.

use serde::Serialize;

/// Appends `value` to `out`.
pub(super) fn write_json(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).expect("plain data has a JSON form, and a Vec takes every byte");
}
