//! Where a template is played.

use std::collections::BTreeMap;

/// Where the template is played: what CloudFormation would know of a stack.
#[derive(Clone, Debug)]
pub struct Place {
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::AccountId`.
    pub account: String,
    /// `AWS::StackName`; physical names begin with it.
    pub stack: String,
    /// Parameters that differ from their defaults.
    pub parameters: BTreeMap<String, String>,
    /// What the addresses of functions that have one of their own begin with.
    pub urls: String,
    /// Physical ids by logical id, for what has an id of its own (KMS keys).
    pub ids: BTreeMap<String, String>,
}

impl Default for Place {
    fn default() -> Place {
        Place {
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            stack: "portico".to_owned(),
            parameters: BTreeMap::new(),
            urls: "http://localhost/_local/url".to_owned(),
            ids: BTreeMap::new(),
        }
    }
}

impl Place {
    /// The physical id of a resource: its own, or one made from the stack's name.
    #[must_use]
    pub fn id(&self, logical: &str) -> String {
        self.ids.get(logical).cloned().unwrap_or_else(|| format!("{}-{logical}", self.stack))
    }

    /// An ARN in this region and account.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    pub(super) fn pseudo(&self, name: &str) -> Option<String> {
        Some(match name {
            "AWS::Region" => self.region.clone(),
            "AWS::AccountId" => self.account.clone(),
            "AWS::StackName" => self.stack.clone(),
            "AWS::StackId" => self.arn("cloudformation", &format!("stack/{}/local", self.stack)),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            _ => return None,
        })
    }
}
