//! Records of an output with their articles, for commands that look at what was decided of them.

use std::path::Path;

use dateline::internals::error::UserError as _;
use dateline::internals::outputs::{self, Lines};
use dateline::record::{Line, RecordError};
use dateline::verdicts::Opened;

use crate::stop::Stop;

/// Reads each record of the output `path`; the added keys are under the key `under`, or where its
/// manifest says.
pub fn read(
    path: &Path,
    under: Option<&str>,
    mut each: impl FnMut(&Opened<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let under = under.map(str::to_owned).or_else(|| outputs::under_of(path));
    let fields = outputs::fields_of(path);
    let mut lines = Lines::open(path)?;
    while let Some(line) = lines.next_line()? {
        let not_utf8 = |_| RecordError::NotARecord { found: "bytes that are not UTF-8".to_owned() };
        let parsed = std::str::from_utf8(line).map_err(not_utf8);
        let opened = parsed.and_then(|line| match Line::parse(line, under.as_deref())? {
            Line::Record(record) => Opened::new(*record, &fields).map(Some),
            Line::Dead(_) | Line::Blank => Ok(None),
        });
        match opened {
            Ok(Some(opened)) => each(&opened)?,
            Ok(None) => {}
            Err(error) => {
                let hint = error.hint();
                return Err(Stop::fatal(format!("{}:{}: {error}", path.display(), lines.number()), hint));
            }
        }
    }
    Ok(())
}
