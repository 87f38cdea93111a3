//! The clients of this deployment: those of its file, those that were registered since, and those that describe
//! themselves; with the brand that each one's customers see.

use std::ops::Deref;
use std::sync::Arc;

use domain::oidc::DocumentHosts;
use domain::{Brands, Client, Clients, ConfigError, Method, PageBrand, Settings};
use edge::Ctx;
use store::{Store, StoreError};

/// Where clients are found. One of the file costs no read; a registered one costs one, and is kept for as long as
/// [`Store::CLIENT_FOR`] says. The same holds of brands.
pub struct KnownClients {
    file: Clients,
    /// None for a flow without pages.
    brands: Option<Brands>,
    /// Whose documents are believed. They are fetched by `authorize` alone.
    hosts: DocumentHosts,
    store: Store,
}

/// A client, and whose pages its customers see.
#[derive(Clone, Debug)]
pub struct KnownClient {
    client: Arc<Client>,
    brand: Option<Arc<PageBrand>>,
}

impl Deref for KnownClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl From<KnownClient> for Arc<Client> {
    fn from(known: KnownClient) -> Self {
        known.client
    }
}

impl KnownClient {
    /// Its brand; the deployment's own pages are nobody's.
    pub fn brand(&self) -> Option<&PageBrand> {
        self.brand.as_deref()
    }

    /// Whether its customers are asked for this on pages.
    pub fn asks_for(&self, method: Method) -> bool {
        self.brand().is_none_or(|brand| brand.allows(method))
    }
}

impl KnownClients {
    /// Reads the deployment's file, for a flow without pages: its clients have no brand.
    ///
    /// # Errors
    /// When it can't be used.
    pub fn read(store: &Store, settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            file: crate::clients(settings)?,
            brands: None,
            hosts: DocumentHosts::read(settings)?,
            store: store.clone(),
        })
    }

    /// Reads the files of clients and of brands.
    ///
    /// # Errors
    /// When one can't be used, or a client of the file names a brand that the file has not.
    pub fn with_brands(store: &Store, settings: &Settings) -> Result<Self, ConfigError> {
        let known = Self::read(store, settings)?;
        Ok(Self { brands: Some(crate::config::brands(settings, &known.file)?), ..known })
    }

    /// The client with this id. The file comes first: nobody registers what has its place there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(&self, ctx: &Ctx, id: &str) -> Result<Option<KnownClient>, StoreError> {
        let client = match self.file.find(id) {
            Some(client) => Some(client.clone()),
            None if self.hosts.admit(id) => self.store.client_described(id, ctx.now).await?,
            None => self.store.client(id, ctx.now).await?,
        };
        let Some(client) = client else { return Ok(None) };
        let brand = match &client.brand {
            Some(key) => self.brand(ctx, key).await?,
            None => None,
        };
        Ok(Some(KnownClient { client, brand }))
    }

    /// The brand with this key, for a flow with pages. The file comes first here, too.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn brand(&self, ctx: &Ctx, key: &str) -> Result<Option<Arc<PageBrand>>, StoreError> {
        let Some(brands) = &self.brands else { return Ok(None) };
        match brands.find(key) {
            Some(brand) => Ok(Some(brand.clone())),
            None => self.store.brand(key, ctx.now).await,
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

    /// The brand of the file with this key.
    pub fn filed_brand(&self, key: &str) -> Option<&PageBrand> {
        self.brands.as_ref().and_then(|brands| brands.find(key)).map(Arc::as_ref)
    }

    /// The brands of the file.
    pub fn filed_brands(&self) -> impl Iterator<Item = &PageBrand> {
        self.brands.iter().flat_map(Brands::iter)
    }
}
