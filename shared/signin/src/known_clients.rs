//! The clients of this deployment: those of its file, those that were registered since, and those that describe
//! themselves.

use std::sync::Arc;

use domain::oidc::DocumentHosts;
use domain::{Client, Clients, ConfigError, Settings};
use edge::Ctx;
use store::{Store, StoreError};

/// Where clients are found. One of the file costs no read; a registered one costs one, and is kept for as long as
/// [`Store::CLIENT_FOR`] says.
pub struct KnownClients {
    file: Clients,
    /// Whose documents are believed. They are fetched by `authorize` alone.
    hosts: DocumentHosts,
    store: Store,
}

impl KnownClients {
    /// Reads the deployment's file.
    ///
    /// # Errors
    /// When it can't be used.
    pub fn read(store: &Store, settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self { file: crate::clients(settings)?, hosts: DocumentHosts::read(settings)?, store: store.clone() })
    }

    /// The client with this id. The file comes first: nobody registers what has its place there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(&self, ctx: &Ctx, id: &str) -> Result<Option<Arc<Client>>, StoreError> {
        match self.file.find(id) {
            Some(client) => Ok(Some(client.clone())),
            None if self.hosts.admit(id) => self.store.client_described(id, ctx.now).await,
            None => self.store.client(id, ctx.now).await,
        }
    }

    /// The client that a customer's app names, or the default one, if it may act for customers: one of the file.
    pub fn direct(&self, id: Option<&str>) -> Option<&Arc<Client>> {
        self.file.direct(id)
    }

    /// Whether this is the id of a client that may describe itself: an address that is believed, and of nobody else.
    pub fn describes_itself(&self, id: &str) -> bool {
        self.hosts.admit(id) && self.file.find(id).is_none()
    }

    /// The clients of the file.
    pub fn filed(&self) -> &Clients {
        &self.file
    }
}
