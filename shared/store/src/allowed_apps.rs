//! What customers allow apps of others.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::{Act, CustomerId, Timestamp};

use crate::client::{Store, Updated};
use crate::item::{Item, Read as _, act, at, s};
use crate::{StoreError, keymap};

/// What stands in place of the scopes where all was taken back.
pub(crate) const TAKEN_BACK: &str = " ";

/// What a customer allows an app of somebody else's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedApp {
    /// The client.
    pub client_id: String,
    /// The scopes.
    pub scope: Vec<String>,
    /// Since when.
    pub since: Timestamp,
}

impl AllowedApp {
    /// None where all of it was taken back: that is kept, so that who has done so may say so again.
    pub(crate) fn read(item: &Item) -> Result<Option<Self>, StoreError> {
        let scope = item.text("scope")?;
        if scope == TAKEN_BACK {
            return Ok(None);
        }
        let scope = scope.split(' ').map(str::to_owned).collect();
        Ok(Some(Self { client_id: item.text("client")?.to_owned(), scope, since: item.moment("since")? }))
    }

    /// Whether all of these scopes are allowed.
    pub fn covers(&self, scope: &[String]) -> bool {
        scope.iter().all(|asked| self.scope.contains(asked))
    }
}

/// What a customer has just allowed an app of somebody else's, in place of what was read.
#[derive(Clone, Debug)]
pub struct Allows {
    /// What was read.
    seen: Option<AllowedApp>,
    /// What it is allowed from now on.
    now: AllowedApp,
}

impl Allows {
    /// These scopes, and what was allowed before, which stays so.
    pub fn more(seen: Option<&AllowedApp>, client_id: &str, scope: &[String], since: Timestamp) -> Self {
        let before = seen.iter().flat_map(|seen| &seen.scope).filter(|known| !scope.contains(known));
        let scope = scope.iter().chain(before).cloned().collect();
        Self { seen: seen.cloned(), now: AllowedApp { client_id: client_id.to_owned(), scope, since } }
    }
}

impl Store {
    /// Every app of somebody else's that a customer allows something.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn allowed_apps(&self, customer: CustomerId) -> Result<Vec<AllowedApp>, StoreError> {
        let items = self.read_prefix(&self.tables.directory, keymap::customer(customer), keymap::APP_PREFIX).await?;
        items.iter().filter_map(|item| AllowedApp::read(item).transpose()).collect()
    }

    /// The clients that a customer allows something, or did before they took all of it back.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn apps_once_allowed(&self, customer: CustomerId) -> Result<Vec<String>, StoreError> {
        let items = self.read_prefix(&self.tables.directory, keymap::customer(customer), keymap::APP_PREFIX).await?;
        items.iter().map(|item| item.text("client").map(str::to_owned)).collect()
    }

    /// The write by which a customer allows an app more: over what was read, so that of two at once none is lost.
    pub(crate) fn allowed_put(
        &self,
        customer: CustomerId,
        allows: &Allows,
        cause: &Act,
    ) -> Result<TransactWriteItem, StoreError> {
        let AllowedApp { client_id, scope, since } = &allows.now;
        let mut item = keymap::app(customer, client_id).item();
        item.extend([
            ("client".to_owned(), s(client_id)),
            ("scope".to_owned(), s(scope.join(" "))),
            ("since".to_owned(), at(*since)),
            ("act".to_owned(), act(cause)),
        ]);
        let put = Put::builder().table_name(&self.tables.directory).set_item(Some(item));
        let put = put.expression_attribute_names("#scope", "scope");
        let put = match &allows.seen {
            None => put
                .condition_expression("attribute_not_exists(pk) OR #scope = :none")
                .expression_attribute_values(":none", s(TAKEN_BACK)),
            Some(seen) => {
                put.condition_expression("#scope = :seen").expression_attribute_values(":seen", s(seen.scope.join(" ")))
            }
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(|_| StoreError::Corrupt("put"))?).build())
    }

    /// Takes back what a customer allows an app. True again for who has done so before; false if they have never
    /// allowed it anything.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn allowed_app_delete(
        &self,
        customer: CustomerId,
        client_id: &str,
        cause: &Act,
    ) -> Result<bool, StoreError> {
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.tables.directory)
            .set_key(Some(keymap::app(customer, client_id).item()))
            .update_expression("SET #scope = :none, act = :act")
            .condition_expression("attribute_exists(pk) AND #scope <> :none")
            .expression_attribute_names("#scope", "scope")
            .expression_attribute_values(":none", s(TAKEN_BACK))
            .expression_attribute_values(":act", act(cause));
        Ok(!matches!(self.update(update).await?, Updated::Refused(None)))
    }
}
