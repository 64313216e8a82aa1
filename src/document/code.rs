//! The codes of articles that were not tagged. They are stable: scripts may rely on them.

/// Not JSON.
pub const INVALID_JSON: &str = "invalid_json";
/// The input ends inside the record.
pub const TRUNCATED_JSON: &str = "truncated_json";
/// Not UTF-8.
pub const INVALID_UTF8: &str = "invalid_utf8";
/// Not in the encoding that the file is said to be in.
pub const INVALID_ENCODING: &str = "invalid_encoding";
/// JSON, and not an object.
pub const NOT_OBJECT: &str = "not_object";
/// A text or id key stands twice.
pub const DUPLICATE_KEY: &str = "duplicate_key";
/// None of the text fields is there.
pub const MISSING_TEXT: &str = "missing_text";
/// A text field is not a string.
pub const WRONG_TYPE: &str = "wrong_type";
/// Arrays and objects nested beyond the limit.
pub const TOO_DEEP: &str = "too_deep";
/// The record has a key that the output would add.
pub const RESERVED_KEY: &str = "reserved_key";
/// Longer than the limit.
pub const RECORD_TOO_LARGE: &str = "record_too_large";
/// A row that does not fit its header, or a quote without its end.
pub const INVALID_CSV: &str = "invalid_csv";
/// A line without the keys of a dead letter in a file of dead letters.
pub const INVALID_DEAD_LETTER: &str = "invalid_dead_letter";
/// The model's scores are not finite numbers.
pub const MODEL_NONFINITE: &str = "model_nonfinite";
/// The program has a mistake that this article brings out.
pub const INTERNAL_PANIC: &str = "internal_panic";

/// All of them.
pub const ALL: [&str; 15] = [
    INVALID_JSON,
    TRUNCATED_JSON,
    INVALID_UTF8,
    INVALID_ENCODING,
    NOT_OBJECT,
    DUPLICATE_KEY,
    MISSING_TEXT,
    WRONG_TYPE,
    TOO_DEEP,
    RESERVED_KEY,
    RECORD_TOO_LARGE,
    INVALID_CSV,
    INVALID_DEAD_LETTER,
    MODEL_NONFINITE,
    INTERNAL_PANIC,
];

/// What was being done when it came out: `decode` bytes to characters, `split` the input into records, `parse` one of
/// them, pick its `fields`, `infer`, or `tag` in general.
pub fn stage(code: &str) -> &'static str {
    match code {
        INVALID_UTF8 | INVALID_ENCODING => "decode",
        RECORD_TOO_LARGE => "split",
        DUPLICATE_KEY | MISSING_TEXT | WRONG_TYPE | RESERVED_KEY => "fields",
        MODEL_NONFINITE => "infer",
        INTERNAL_PANIC => "tag",
        _ => "parse",
    }
}
