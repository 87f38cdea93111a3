//! Every flow. (To add one: a line here.)

use domain::ConfigError;
use edge::{Deployment, Function};

type Make = fn(&Deployment) -> Result<Function, ConfigError>;

pub(crate) const FLOWS: &[(&str, Make)] = &[
    ("register", register::function),
    ("login", login::function),
    ("token", token::function),
    ("session", session::function),
    ("wellknown", wellknown::function),
    ("mailer", mailer::function),
    ("rotate", rotate::function),
    ("audit", audit::function),
];
