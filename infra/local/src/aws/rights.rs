//! IAM's decision: what a function's policy grants, and what it does not.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
};

use super::reply::AwsError;
use crate::template::{Condition, Statement, Test};

/// What one request needs one right for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Check {
    /// The action, such as `dynamodb:PutItem`.
    pub(crate) action: String,
    /// ARNs of which one must be granted; none where the request names no resource.
    pub(crate) resources: Vec<String>,
    /// The request's context: keys in lower case, each with its values.
    pub(crate) context: BTreeMap<String, Vec<String>>,
}

impl Check {
    pub(crate) fn new(action: impl Into<String>, resource: impl Into<String>) -> Check {
        Check { action: action.into(), resources: vec![resource.into()], context: BTreeMap::new() }
    }

    #[must_use]
    pub(crate) fn with(mut self, key: &str, values: Vec<String>) -> Check {
        self.context.insert(key.to_lowercase(), values);
        self
    }
}

/// The rights of all functions, and which of them have been used.
#[derive(Debug, Default)]
pub(crate) struct Rights {
    functions: HashMap<String, Vec<Statement>>,
    /// What key policies deny, by the key's ARN.
    keys: HashMap<String, Vec<Statement>>,
    used: Mutex<BTreeSet<Right>>,
}

/// One right: a flow, an action and a resource, as its policy words them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// The flow.
    pub function: String,
    /// The action of its statement.
    pub action: String,
    /// The resource of its statement.
    pub resource: String,
}

impl Rights {
    pub(crate) fn new(functions: HashMap<String, Vec<Statement>>, keys: HashMap<String, Vec<Statement>>) -> Rights {
        Rights { functions, keys, used: Mutex::default() }
    }

    /// The rights that no request has needed so far.
    pub(crate) fn unused(&self) -> Vec<Right> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let granted = self.functions.iter().flat_map(|(function, statements)| {
            statements.iter().filter(|statement| statement.allow).flat_map(move |statement| {
                statement.actions.iter().flat_map(move |action| {
                    statement.resources.iter().map(move |resource| Right {
                        function: function.clone(),
                        action: action.clone(),
                        resource: resource.clone(),
                    })
                })
            })
        });
        granted.filter(|right| !used.contains(right)).collect()
    }

    pub(crate) fn demand(&self, function: &str, check: &Check) -> Result<(), AwsError> {
        let none = Vec::new();
        let statements = self.functions.get(function).unwrap_or(&none);
        let keys = check.resources.iter().filter_map(|arn| self.keys.get(arn)).flatten();
        let denied = statements
            .iter()
            .chain(keys)
            .filter(|statement| !statement.allow)
            .any(|statement| grant(statement, check).is_some());
        if denied {
            return Err(refusal(function, check, "with an explicit deny"));
        }
        let (action, resource) = statements
            .iter()
            .filter(|statement| statement.allow)
            .find_map(|statement| grant(statement, check))
            .ok_or_else(|| {
                refusal(
                    function,
                    check,
                    &format!("because no identity-based policy allows the {} action", check.action),
                )
            })?;
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(Right {
            function: function.to_owned(),
            action: action.to_owned(),
            resource: resource.to_owned(),
        });
        Ok(())
    }
}

/// The action and resource by which a statement concerns a request.
fn grant<'s>(statement: &'s Statement, check: &Check) -> Option<(&'s str, &'s str)> {
    let action =
        statement.actions.iter().find(|pattern| matches(&pattern.to_lowercase(), &check.action.to_lowercase()))?;
    let resource = statement
        .resources
        .iter()
        .find(|pattern| check.resources.is_empty() || check.resources.iter().any(|arn| matches(pattern, arn)))?;
    let holds = statement.conditions.iter().all(|condition| holds(condition, &check.context));
    holds.then_some((action, resource))
}

fn holds(condition: &Condition, context: &BTreeMap<String, Vec<String>>) -> bool {
    let none = Vec::new();
    let present = context.get(&condition.key);
    let values = present.unwrap_or(&none);
    let listed = |value: &String| condition.values.contains(value);
    let alike = |value: &String| condition.values.iter().any(|pattern| matches(pattern, value));
    match condition.test {
        Test::Null => condition.values.iter().any(|wanted| (wanted == "true") == present.is_none()),
        // AWS's own trap: "for all values" holds when there are none
        Test::AllEqual => values.iter().all(listed),
        Test::AllLike => values.iter().all(alike),
        Test::NotEquals => !values.iter().any(listed),
        Test::NotLike => !values.iter().any(alike),
        _ if present.is_none() => condition.if_exists,
        Test::Equals | Test::AnyEquals => values.iter().any(listed),
        Test::Like | Test::AnyLike => values.iter().any(alike),
    }
}

fn refusal(function: &str, check: &Check, why: &str) -> AwsError {
    AwsError::caller(
        "AccessDeniedException",
        &format!(
            "User: arn:aws:sts::000000000000:assumed-role/portico-{function}/{function} is not \
             authorized to perform: {} on resource: {} {why}",
            check.action,
            check.resources.first().map_or("*", String::as_str),
        ),
    )
}

/// Whether a text matches a pattern with `*` and `?`.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = pattern.get(1..).unwrap_or_default();
            matches(rest, text)
                || text
                    .char_indices()
                    .any(|(at, letter)| matches(rest, text.get(at + letter.len_utf8()..).unwrap_or_default()))
        }
        Some(wanted) => text.chars().next().is_some_and(|letter| {
            (wanted == '?' || wanted == letter)
                && matches(
                    pattern.get(wanted.len_utf8()..).unwrap_or_default(),
                    text.get(letter.len_utf8()..).unwrap_or_default(),
                )
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/portico-Vault";
    const KEY: &str = "arn:aws:kms:us-east-1:000000000000:key/1";

    fn statement(allow: bool, action: &str, resource: &str) -> Statement {
        Statement {
            allow,
            actions: vec![action.to_owned()],
            resources: vec![resource.to_owned()],
            conditions: Vec::new(),
        }
    }

    fn when(mut statement: Statement, test: Test, key: &str, values: &[&str]) -> Statement {
        statement.conditions.push(Condition {
            test,
            if_exists: false,
            key: key.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        });
        statement
    }

    fn rights(statements: Vec<Statement>) -> Rights {
        Rights::new(HashMap::from([("login".to_owned(), statements)]), HashMap::new())
    }

    fn allowed(rights: &Rights, check: &Check) -> bool {
        rights.demand("login", check).is_ok()
    }

    #[test]
    fn only_what_is_granted_is_allowed() {
        let rights = rights(vec![statement(true, "dynamodb:GetItem", TABLE)]);
        assert!(allowed(&rights, &Check::new("dynamodb:GetItem", TABLE)));
        assert!(!allowed(&rights, &Check::new("dynamodb:PutItem", TABLE)));
        assert!(!allowed(&rights, &Check::new("dynamodb:GetItem", format!("{TABLE}/index/due"))));
        assert!(rights.demand("token", &Check::new("dynamodb:GetItem", TABLE)).is_err());
    }

    #[test]
    fn a_denial_wins_and_names_action_and_resource() {
        let rights = rights(vec![statement(true, "kms:*", "*"), statement(false, "kms:Decrypt", "*")]);
        assert!(allowed(&rights, &Check::new("kms:Sign", KEY)));
        let error = rights.demand("login", &Check::new("kms:Decrypt", KEY)).unwrap_err();
        assert_eq!(error.code, "AccessDeniedException");
        assert!(error.message.contains(&format!("kms:Decrypt on resource: {KEY}")));
    }

    #[test]
    fn a_purpose_is_a_condition() {
        let purpose = "kms:encryptioncontext:portico:purpose";
        let rights = rights(vec![when(statement(true, "kms:Decrypt", KEY), Test::Equals, purpose, &["index", "mac"])]);
        let asked = |value: &str| Check::new("kms:Decrypt", KEY).with(purpose, vec![value.into()]);
        assert!(allowed(&rights, &asked("mac")));
        assert!(!allowed(&rights, &asked("pepper")));
        assert!(!allowed(&rights, &Check::new("kms:Decrypt", KEY)));
    }

    #[test]
    fn leading_keys_must_all_be_listed() {
        let rights = rights(vec![when(
            statement(true, "dynamodb:GetItem", TABLE),
            Test::AllLike,
            "dynamodb:leadingkeys",
            &["KEY#*"],
        )]);
        let asked = |keys: &[&str]| {
            let keys = keys.iter().map(|key| (*key).to_owned()).collect();
            Check::new("dynamodb:GetItem", TABLE).with("dynamodb:LeadingKeys", keys)
        };
        assert!(allowed(&rights, &asked(&["KEY#index"])));
        assert!(!allowed(&rights, &asked(&["KEY#index", "CUS#1"])));
    }

    #[test]
    fn a_key_policy_denies_whatever_the_function_may() {
        let purpose = "kms:encryptioncontext:portico:purpose";
        let denial = when(statement(false, "kms:Decrypt", "*"), Test::Null, purpose, &["true"]);
        let rights = Rights::new(
            HashMap::from([("login".to_owned(), vec![statement(true, "kms:*", "*")])]),
            HashMap::from([(KEY.to_owned(), vec![denial])]),
        );
        let check = Check::new("kms:Decrypt", KEY);
        assert!(!allowed(&rights, &check));
        assert!(allowed(&rights, &check.with(purpose, vec!["mac".to_owned()])));
    }

    #[test]
    fn a_right_that_nobody_needs_shows() {
        let rights =
            rights(vec![statement(true, "dynamodb:GetItem", TABLE), statement(true, "dynamodb:PutItem", TABLE)]);
        assert!(allowed(&rights, &Check::new("dynamodb:GetItem", TABLE)));
        let unused = rights.unused();
        assert_eq!(unused.len(), 1);
        assert_eq!(unused[0].action, "dynamodb:PutItem");
    }

    #[test]
    fn wildcards_match_any_text() {
        assert!(matches("arn:*:table/x-?ault*", "arn:aws:dynamodb:table/x-Vault"));
        assert!(!matches("arn:*:table/x", "arn:aws:table/xy"));
        assert!(matches("*", ""));
    }
}
