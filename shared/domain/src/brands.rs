//! The registry of brands: which are refused before anybody sees them, and whose pages a client's customers see.

use std::sync::Arc;

use crate::{BrandRefused, Client, Clients, PageBrand, WrittenBrand};

/// The brands of the hosted pages.
#[derive(Clone, Debug, Default)]
pub struct Brands(Vec<Arc<PageBrand>>);

/// The registry of brands can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BrandsError {
    /// Not the JSON of a registry.
    #[error("is not a list of brands: {0}")]
    Malformed(#[from] serde_json::Error),
    /// One that can't be shown.
    #[error("has in the brand {0:?} {1}")]
    Refused(String, BrandRefused),
    /// Clients could not say which they mean.
    #[error("has two brands with the key {0:?}")]
    Ambiguous(String),
    /// A client's customers would see somebody else's pages.
    #[error("has no brand {brand:?}, which the client {client:?} names")]
    Unknown {
        /// The client.
        client: String,
        /// What it names.
        brand: String,
    },
}

impl Brands {
    /// Reads the registry.
    ///
    /// # Errors
    /// When it is malformed, ambiguous, or has a brand that can't be shown.
    pub fn parse(json: &str) -> Result<Self, BrandsError> {
        let written: Vec<WrittenBrand> = serde_json::from_str(json)?;
        let mut brands: Vec<Arc<PageBrand>> = Vec::with_capacity(written.len());
        for brand in written {
            let key = brand.key.clone();
            if brands.iter().any(|other| other.key() == key) {
                return Err(BrandsError::Ambiguous(key));
            }
            brands.push(Arc::new(PageBrand::try_from(brand).map_err(|why| BrandsError::Refused(key, why))?));
        }
        Ok(Self(brands))
    }

    /// Whether every client's brand is one of these.
    ///
    /// # Errors
    /// When a client names another.
    pub fn check(&self, clients: &Clients) -> Result<(), BrandsError> {
        clients.iter().try_for_each(|client| self.check_client(client))
    }

    fn check_client(&self, client: &Client) -> Result<(), BrandsError> {
        match &client.brand {
            Some(brand) if self.find(brand).is_none() => {
                Err(BrandsError::Unknown { client: client.client_id.clone(), brand: brand.clone() })
            }
            _ => Ok(()),
        }
    }

    /// The brand with this key.
    pub fn find(&self, key: &str) -> Option<&Arc<PageBrand>> {
        self.0.iter().find(|brand| brand.key() == key)
    }

    /// Every brand.
    pub fn iter(&self) -> impl Iterator<Item = &PageBrand> {
        self.0.iter().map(Arc::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_has_a_brand_that_there_is() {
        let brands =
            Brands::parse(r#"[{"key": "shop", "name": "S", "methods": ["totp"]}, {"key": "club", "name": "C"}]"#);
        let brands = brands.unwrap();
        let clients = |brand: &str| {
            let client = r#"[{"client_id": "a", "client_name": "A", "grant_types": [], "brand": BRAND}]"#;
            Clients::parse(&client.replace("BRAND", brand)).unwrap()
        };
        brands.check(&clients("\"club\"")).unwrap();
        brands.check(&clients("null")).unwrap();
        let unknown = brands.check(&clients("\"shoq\"")).unwrap_err().to_string();
        assert_eq!(unknown, r#"has no brand "shoq", which the client "a" names"#);
        assert_eq!(brands.find("shop").unwrap().key(), "shop");
    }

    #[test]
    fn a_brand_that_is_refused_is_named() {
        let twice = r#"[{"key": "a", "name": "A"}, {"key": "a", "name": "B"}]"#;
        assert!(matches!(Brands::parse(twice), Err(BrandsError::Ambiguous(_))));
        let grey = r##"[{"key": "a", "name": "A", "colors": {"text": "#777777"}}]"##;
        let grey = Brands::parse(grey).unwrap_err().to_string();
        assert!(grey.starts_with("has in the brand \"a\" a text and a background"), "{grey}");
        assert!(matches!(Brands::parse("{}"), Err(BrandsError::Malformed(_))));
    }
}
