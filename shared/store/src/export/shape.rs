//! What becomes of each attribute of each kind of item. To add one: a line here, and its reason where it
//! is left out.

use std::collections::BTreeSet;

use crate::inventory::{Export, ItemKind};

/// What becomes of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum As {
    /// A text.
    Text(&'static str),
    /// A number.
    Number(&'static str),
    /// Yes, if it is there.
    Flag(&'static str),
    /// Milliseconds since 1970: a moment.
    Moment(&'static str),
    /// A list of them.
    Moments(&'static str),
    /// Seconds since 1970: a moment.
    Second(&'static str),
    /// JSON in a text.
    Json(&'static str),
    /// The act that wrote the item last.
    Act(&'static str),
    /// The act that an entry of the audit log keeps; its members are columns.
    SealedAct,
    /// JSON, sealed under the customer's data key; these members are columns, and there are no others.
    Sealed(&'static [&'static str]),
    /// The same, but for members that are left out, for the reason that their names have in [`LEFT_OUT`].
    SealedBut(&'static [&'static str], &'static [&'static str]),
    /// Their factors, sealed: a record each.
    Factors,
    /// It is left out, and why.
    Left(&'static str),
}

/// What becomes of a kind of item.
pub(super) struct Shape {
    /// What its records are called.
    pub(super) record: &'static str,
    /// The column of what stands behind the prefix of its sort key.
    pub(super) id: Option<&'static str>,
    /// Its attributes.
    pub(super) attributes: &'static [(&'static str, As)],
}

/// Attributes that are in no export though their item is, by the name of its records: with the reason,
/// for the customer to read.
pub const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("account", "held_until", HOLD),
    ("profile", "email_index", PSEUDONYM),
    ("profile", "formers", PSEUDONYM),
    ("password", "hash", SECRET),
    ("session", "current", SECRET),
    ("session", "previous", SECRET),
    ("act", "hold", HOLD),
    ("erasure", "queued_at", HOLD),
    ("erasure", "receipt", SECRET),
    ("erasure", "recipients", PSEUDONYM),
    ("factors", "claims", PASSKEY),
    ("factors", "secret", SECRET),
    ("factors", "recovery_codes", SECRET),
];

const SECRET: &str = "a secret by which you are known; a copy of it would let others in";
const HOLD: &str = "a legal hold, of which is told what may be told where an erasure is asked for";
const PASSKEY: &str = "a pseudonym of the passkey, which is in `factors`";
const PSEUDONYM: &str = "a pseudonym of the address, which is in `profile`";

/// The members of an act, as columns.
pub(super) const ACT: [&str; 5] = ["kind", "at", "actor", "session", "request_id"];

/// What a factor says of itself.
const FACTOR: [&str; 15] = [
    "id",
    "method",
    "name",
    "added_at",
    "added_in",
    "last_used_at",
    "suspect_since",
    "suspended_since",
    "preferred",
    "credential_id",
    "synced",
    "number",
    "country",
    "last_step",
    "credential",
];

/// What is said of recovery.
const RECOVERY: [&str; 2] = ["recovery_codes_left", "recovery_ready_at"];

const ACT_COLUMN: (&str, As) = ("act", As::Act("last_act"));

/// What becomes of a kind. The kinds of which no item is shown have nothing to say.
pub(super) fn shape(kind: ItemKind) -> Option<Shape> {
    let shape = |record, id, attributes| Some(Shape { record, id, attributes });
    match kind {
        ItemKind::Security => shape(
            "account",
            None,
            &[
                ("status", As::Json("status")),
                ("epoch", As::Number("epoch")),
                ("told_until", As::Moment("on_hold_until")),
                ("held_until", As::Left(HOLD)),
                ACT_COLUMN,
            ],
        ),
        ItemKind::Profile => shape(
            "profile",
            None,
            &[
                ("body", As::Sealed(&["email", "email_verified_at", "profile"])),
                ("locale", As::Text("language")),
                ("created_at", As::Moment("created_at")),
                ("changes", As::Moments("address_changes")),
                ("jurisdiction", As::Text("jurisdiction")),
                ("version", As::Number("version")),
                ("email_index", As::Left(PSEUDONYM)),
                ("formers", As::Left(PSEUDONYM)),
                ACT_COLUMN,
            ],
        ),
        ItemKind::Password => shape(
            "password",
            None,
            &[
                ("hash", As::Left(SECRET)),
                ("changed_at", As::Moment("changed_at")),
                ("mailed", As::Flag("set_by_mail")),
                ACT_COLUMN,
            ],
        ),
        ItemKind::Factors => shape(
            "factors",
            None,
            &[("body", As::Factors), ("claims", As::Left(PASSKEY)), ("version", As::Number("version")), ACT_COLUMN],
        ),
        ItemKind::Consent => shape(
            "consent",
            Some("purpose"),
            &[
                ("outcome", As::Text("outcome")),
                ("at", As::Moment("at")),
                ("source", As::Text("source")),
                ("decision", As::Text("decision")),
                ("seq", As::Number("number")),
                ("shown", As::Json("shown")),
                ("mailed_at", As::Moment("mailed_at")),
            ],
        ),
        ItemKind::Decision => shape(
            "decision",
            Some("id"),
            &[
                ("outcome", As::Text("outcome")),
                ("at", As::Moment("at")),
                ("source", As::Text("source")),
                ("purpose", As::Text("purpose")),
                ("version", As::Number("version")),
                ("language", As::Text("language")),
                ("seq", As::Number("number")),
                ("receipt", As::Json("receipt")),
                ACT_COLUMN,
            ],
        ),
        ItemKind::App => shape(
            "app",
            Some("client"),
            &[("client", As::Text("app")), ("scope", As::Text("scope")), ("since", As::Moment("since")), ACT_COLUMN],
        ),
        ItemKind::Preferences => shape(
            "preferences",
            None,
            &[
                ("body", As::Sealed(&["channels", "topics", "frequency", "quiet_hours"])),
                ("version", As::Number("version")),
                ACT_COLUMN,
            ],
        ),
        ItemKind::Activity => shape(
            "activity",
            None,
            &[
                ("seen_at", As::Moment("seen_at")),
                ("told", As::Number("times_told")),
                ("told_at", As::Moment("told_at")),
                ACT_COLUMN,
            ],
        ),
        ItemKind::Erasure => shape(
            "erasure",
            None,
            &[
                ("id", As::Text("id")),
                ("by", As::Json("asked_by")),
                ("requested_at", As::Moment("requested_at")),
                ("due_at", As::Moment("due_at")),
                ("queued_at", As::Left(HOLD)),
                ("before", As::Json("status_before")),
                ("body", As::SealedBut(&["issuer", "reason", "reference"], &["receipt"])),
                ("receipt", As::Left(SECRET)),
                ("recipients", As::Left(PSEUDONYM)),
                ACT_COLUMN,
            ],
        ),
        ItemKind::Request => shape(
            "request",
            Some("id"),
            &[
                (
                    "body",
                    As::Sealed(&[
                        "kind",
                        "law",
                        "received_at",
                        "recorded_at",
                        "identified_by",
                        "extension",
                        "handed_over",
                        "closing",
                    ]),
                ),
                ("due_at", As::Moment("due_at")),
                ("open", As::Flag("open")),
                ("version", As::Number("version")),
                ACT_COLUMN,
            ],
        ),
        ItemKind::Session => shape(
            "session",
            Some("id"),
            &[
                ("client", As::Text("app")),
                ("about", As::Sealed(&["device", "place"])),
                ("auth_time", As::Moment("signed_in_at")),
                ("seen", As::Moment("seen_at")),
                ("proofs", As::Json("proofs")),
                ("grant", As::Json("grant")),
                ("asked", As::Text("second_factor_asked")),
                ("ended_at", As::Moment("ended_at")),
                ("idle_until", As::Moment("ends_unused_at")),
                ("abs_until", As::Moment("ends_at")),
                ("ttl", As::Second("deleted_after")),
                ("rotated_at", As::Moment("continued_at")),
                ("generation", As::Number("continuations")),
                ("epoch", As::Number("epoch")),
                ("current", As::Left(SECRET)),
                ("previous", As::Left(SECRET)),
                ACT_COLUMN,
            ],
        ),
        ItemKind::Device => shape(
            "device",
            Some("id"),
            &[
                ("about", As::Sealed(&["device", "place"])),
                ("since", As::Moment("trusted_since")),
                ("until", As::Moment("trusted_until")),
                ("ttl", As::Second("deleted_after")),
                ("epoch", As::Number("epoch")),
                ACT_COLUMN,
            ],
        ),
        ItemKind::SealedAct => shape(
            "act",
            Some("id"),
            &[
                ("body", As::SealedAct),
                ("sealed_at", As::Moment("sealed_at")),
                ("chain", As::Text("chain")),
                ("seq", As::Number("number")),
                ("previous", As::Text("previous_hash")),
                ("hash", As::Text("hash")),
                ("ttl", As::Second("deleted_after")),
            ],
        ),
        ItemKind::OpenRequest
        | ItemKind::EmailClaim
        | ItemKind::CredentialClaim
        | ItemKind::Suppression
        | ItemKind::SystemAct
        | ItemKind::OneTime
        | ItemKind::Limit
        | ItemKind::Mark
        | ItemKind::Outbox
        | ItemKind::DataKey
        | ItemKind::WrappedKey
        | ItemKind::SigningKey
        | ItemKind::PermanentKey
        | ItemKind::SealedSystemAct
        | ItemKind::ChainHead
        | ItemKind::Hold
        | ItemKind::Due
        | ItemKind::Cursor
        | ItemKind::Erased
        | ItemKind::PurposeVersion
        | ItemKind::Purposes
        | ItemKind::Client
        | ItemKind::ClientListed
        | ItemKind::Brand
        | ItemKind::ClientDocument
        | ItemKind::PassingAct
        | ItemKind::AuditRoot
        | ItemKind::AuditRootHead => None,
    }
}

/// The columns that every record of a kind has, flattened.
pub(super) fn columns(kind: ItemKind) -> Vec<String> {
    let Some(Shape { id, attributes, .. }) = shape(kind) else { return Vec::new() };
    let mut columns: Vec<String> = std::iter::once("record").chain(id).map(str::to_owned).collect();
    for (_, how) in attributes {
        match how {
            As::Text(name)
            | As::Number(name)
            | As::Flag(name)
            | As::Moment(name)
            | As::Moments(name)
            | As::Second(name)
            | As::Json(name) => columns.push((*name).to_owned()),
            As::Act(name) => columns.extend(["id"].iter().chain(&ACT).map(|member| format!("{name}.{member}"))),
            As::SealedAct => columns.extend(ACT.map(str::to_owned)),
            // The members of a kind that there is once are known when it is read.
            As::Sealed(_) | As::SealedBut(..) if kind.is_single() => {}
            As::Sealed(members) | As::SealedBut(members, _) => {
                columns.extend(members.iter().map(|member| (*member).to_owned()))
            }
            As::Factors | As::Left(_) => {}
        }
    }
    columns
}

/// A name that people have to be told the meaning of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExportColumn {
    /// The set that it is in.
    pub set: &'static str,
    /// What the records are called that have it, or the value that it is a member of.
    pub within: &'static str,
    /// The name.
    pub name: &'static str,
}

/// Every name that a record can have, and every member of an act.
pub fn export_columns() -> BTreeSet<ExportColumn> {
    let mut columns = BTreeSet::new();
    for kind in ItemKind::ALL {
        let (Some(Shape { record, id, attributes }), Export::In(set)) = (shape(*kind), kind.export()) else { continue };
        let mut add = |within, name| {
            columns.insert(ExportColumn { set, within, name });
        };
        std::iter::once("record").chain(id).for_each(|name| add(record, name));
        for (_, how) in attributes {
            match how {
                As::Text(name)
                | As::Number(name)
                | As::Flag(name)
                | As::Moment(name)
                | As::Moments(name)
                | As::Second(name)
                | As::Json(name) => add(record, name),
                As::Act(name) => {
                    add(record, name);
                    std::iter::once("id").chain(ACT).for_each(|member| add(name, member));
                }
                As::Sealed(members) | As::SealedBut(members, _) => {
                    members.iter().for_each(|member| add(record, member));
                }
                As::SealedAct => ACT.into_iter().for_each(|member| add(record, member)),
                As::Factors => {
                    FACTOR.into_iter().chain(["record"]).for_each(|name| add("factor", name));
                    RECOVERY.into_iter().chain(["record"]).for_each(|name| add("recovery", name));
                }
                As::Left(_) => {}
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_is_shown_has_a_shape_and_no_other_has() {
        for kind in ItemKind::ALL {
            let is_shown = matches!(kind.export(), Export::In(_));
            assert_eq!(shape(*kind).is_some(), is_shown, "{kind:?}");
        }
    }

    #[test]
    fn what_is_left_out_is_listed() {
        for kind in ItemKind::ALL {
            let Some(Shape { record, attributes, .. }) = shape(*kind) else { continue };
            for (name, how) in attributes {
                let listed = LEFT_OUT.iter().find(|(of, attribute, _)| of == &record && attribute == name);
                match how {
                    As::Left(why) => assert_eq!(listed.map(|(_, _, why)| *why), Some(*why), "{record} {name}"),
                    _ => assert!(listed.is_none(), "{record} {name}"),
                }
            }
        }
    }
}
