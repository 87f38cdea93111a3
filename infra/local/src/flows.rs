//! Every flow. (To add one: a line here.)

use domain::ConfigError;
use edge::{Deployment, Function};

type Make = fn(&Deployment) -> Result<Function, ConfigError>;

pub(crate) const FLOWS: &[(&str, Make)] = &[
    ("register", register::function),
    ("verify", verify::function),
    ("login", login::function),
    ("mfa", mfa::function),
    ("authorize", authorize::function),
    ("device", device::function),
    ("passkey", passkey::function),
    ("passwordless", passwordless::function),
    ("factors", factors::function),
    ("recover", recover::function),
    ("token", token::function),
    ("logout", logout::function),
    ("session", session::function),
    ("profile", profile::function),
    ("clients", clients::function),
    ("consent", consent::function),
    ("wellknown", wellknown::function),
    ("mailer", mailer::function),
    ("dispatch", dispatch::function),
    ("rotate", rotate::function),
    ("audit", audit::function),
    ("roots", roots::function),
    ("acts", acts::function),
    ("erase", erase::function),
    ("eraser", eraser::function),
    ("dsar_export", dsar_export::function),
    ("dsar_requests", dsar_requests::function),
    ("dsar_reminders", dsar_reminders::function),
    ("dsar_download", dsar_download::function),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::FLOWS;
    use crate::{stack, template::Place};

    #[test]
    fn every_function_of_the_template_is_a_flow() {
        let functions = stack::template().unwrap().functions(&Place::default()).unwrap();
        let deployed: BTreeSet<_> = functions.into_iter().map(|function| function.flow).collect();
        assert_eq!(deployed, FLOWS.iter().map(|(flow, _)| (*flow).to_owned()).collect());
    }
}
