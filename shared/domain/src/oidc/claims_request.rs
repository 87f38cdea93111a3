//! Claims that are asked for one by one (OpenID Connect Core §5.5).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Acr;

/// What is asked about one claim (OpenID Connect Core §5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimRequest {
    /// Whether the client can't do without.
    pub essential: bool,
    /// The one value that it wants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The values that it wants, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

/// The claims that are asked for one by one (OpenID Connect Core §5.5). `null` asks for a claim with nothing
/// to say about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    /// In the ID token.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "claims")]
    pub id_token: BTreeMap<String, ClaimRequest>,
    /// At userinfo.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "claims")]
    pub userinfo: BTreeMap<String, ClaimRequest>,
}

fn claims<'de, D: serde::Deserializer<'de>>(d: D) -> Result<BTreeMap<String, ClaimRequest>, D::Error> {
    let all = Option::<BTreeMap<String, Option<ClaimRequest>>>::deserialize(d)?.unwrap_or_default();
    Ok(all.into_iter().map(|(name, asked)| (name, asked.unwrap_or_default())).collect())
}

impl ClaimsRequest {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.id_token.is_empty() && self.userinfo.is_empty()
    }

    /// The `acr` values of which the ID token must have one (OpenID Connect Core §5.5.1.1); none: any will do.
    pub fn essential_acr(&self) -> Vec<&str> {
        let acr = self.id_token.get("acr").filter(|asked| asked.essential);
        acr.into_iter().flat_map(|asked| asked.value.iter().chain(&asked.values)).filter_map(Value::as_str).collect()
    }

    /// The least level of ours that would do where `acr` is essential: what a sign-in for the request has to reach.
    pub fn demanded_acr(&self) -> Option<Acr> {
        self.essential_acr().into_iter().filter_map(Acr::parse).min()
    }

    /// The subject that the answer must be about (OpenID Connect Core §5.5.1).
    pub fn subject(&self) -> Option<&str> {
        self.id_token.get("sub").and_then(|asked| asked.value.as_ref()).and_then(Value::as_str)
    }
}
