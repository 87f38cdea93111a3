//! Every flow. (To add one: a line here.)

use domain::ConfigError;
use edge::{Deployment, Function};

type Make = fn(&Deployment) -> Result<Function, ConfigError>;

pub(crate) const FLOWS: &[(&str, Make)] = &[];
