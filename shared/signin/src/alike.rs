//! What several flows read and answer alike.

use domain::{FieldError, Locale};
use edge::{Ctx, Kind, Problem};

/// The language of what is sent: the one that was asked for, or that of the request.
///
/// # Errors
/// When what was asked for is no language tag.
pub fn locale(ctx: &Ctx, asked: Option<&str>) -> Result<Locale, FieldError> {
    match asked {
        None => Ok(ctx.locale),
        Some(tag) if Locale::is_tag(tag) => Ok(Locale::parse(tag).unwrap_or(ctx.locale)),
        Some(_) => Err(FieldError::new("/locale", "locale", "is no language tag")),
    }
}

/// The answer to a wrong code; so many tries are left.
pub fn wrong_code(left: u32) -> Problem {
    Problem::new(Kind::InvalidCode).detail(match left {
        0 => "No tries are left. Begin again, or have a new code sent.".to_owned(),
        1 => "1 try is left.".to_owned(),
        left => format!("{left} tries are left."),
    })
}
