//! The registry of clients beyond the deployment's file: clients register themselves with an initial access token
//! (RFC 7591) and manage themselves with one of their own (RFC 7592); administrators see and change all of them, and
//! the brands of their pages.
//!
//! Powers: counts limits, reads and writes registered clients and brands, checks tokens. It signs nothing, opens no
//! customer's data key, and reads of customers whether a session is alive.

mod admin_brands;
mod admin_change;
mod admin_list;
mod admin_remove;
mod admin_secrets;
mod admin_see;
mod credentials;
mod information;
mod manage;
mod register;
mod shown;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post};
use domain::{ClientsError, ConfigError, FieldError, KeyPurpose, Settings, SignedDuration};
use edge::openapi::describe;
use edge::{Ctx, Deployment, Flow, Function, Gate, Kind, OAuthError, Problem, limits};
use keys::Keys;
use signin::KnownClients;
use store::{Limit, Store, StoreError};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What the flow needs.
struct Registrar {
    store: Store,
    gate: Gate,
    known: KnownClients,
    per_client: Limit,
}

impl AsRef<Gate> for Registrar {
    fn as_ref(&self) -> &Gate {
        &self.gate
    }
}

impl Registrar {
    /// Counts what comes from this address.
    async fn count(&self, ctx: &Ctx) -> Result<(), OAuthError> {
        let addr = limits::client_addr(ctx, &self.store).await?;
        limits::count_oauth(ctx, &self.store, &[(self.per_client, addr.as_str().to_owned())]).await
    }
}

/// Reads `LIMIT_CLIENTS_PER_CLIENT` (100), in a quarter of an hour.
fn per_client(settings: &Settings) -> Result<Limit, ConfigError> {
    let most = settings.number("LIMIT_CLIENTS_PER_CLIENT", 100)?;
    Ok(Limit::new("clients-client", most, SignedDuration::from_mins(15)))
}

/// The function.
///
/// # Errors
/// When a setting is missing or can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let settings = &deployment.settings;
    let keys = Keys::new(&deployment.sdk, settings)?;
    let store =
        Store::open(&deployment.sdk, settings, &deployment.rng)?.with_keys(keys, &[KeyPurpose::Index, KeyPurpose::Mac]);
    let state = Registrar {
        gate: Gate::new(&store, settings)?,
        known: KnownClients::with_brands(&store, settings)?,
        per_client: per_client(settings)?,
        store,
    };
    let router = Router::new()
        .route("/oauth2/register", post(register::register))
        .route("/oauth2/register/{client_id}", get(manage::read).put(manage::change).delete(manage::remove))
        .route("/v1/admin/clients", get(admin_list::list))
        .route("/v1/admin/clients/{id}", get(admin_see::see).put(admin_change::change).delete(admin_remove::remove))
        .route("/v1/admin/clients/{id}/secrets", post(admin_secrets::add))
        .route("/v1/admin/clients/{id}/secrets/{secret}", delete(admin_secrets::remove))
        .route("/v1/admin/brands", get(admin_brands::list))
        .route("/v1/admin/brands/{key}", get(admin_brands::see).put(admin_brands::change).delete(admin_brands::remove))
        .with_state(Arc::new(state));
    edge::http(router, deployment, &Flow { name: "clients" })
}

/// The flow's part of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(
        register::register,
        manage::read,
        manage::change,
        manage::remove,
        admin_list::list,
        admin_see::see,
        admin_change::change,
        admin_remove::remove,
        admin_secrets::add,
        admin_secrets::remove,
        admin_brands::list,
        admin_brands::see,
        admin_brands::change,
        admin_brands::remove
    ))]
    struct Api;
    let changed = [Kind::NotFound, Kind::Conflict];
    describe(Api::openapi())
        .problems(HttpMethod::Get, "/v1/admin/clients/{id}", &[Kind::NotFound])
        .problems(HttpMethod::Put, "/v1/admin/clients/{id}", &[Kind::Conflict])
        .problems(HttpMethod::Delete, "/v1/admin/clients/{id}", &changed)
        .problems(HttpMethod::Post, "/v1/admin/clients/{id}/secrets", &changed)
        .problems(HttpMethod::Delete, "/v1/admin/clients/{id}/secrets/{secret}", &changed)
        .problems(HttpMethod::Get, "/v1/admin/brands/{key}", &[Kind::NotFound])
        .problems(HttpMethod::Put, "/v1/admin/brands/{key}", &[Kind::Conflict])
        .problems(HttpMethod::Delete, "/v1/admin/brands/{key}", &changed)
        .build()
}

/// Why nothing was changed, or nothing is shown, for administrators.
#[derive(Debug, thiserror::Error)]
enum ClientsFlowError {
    /// There is no such client or secret, or no longer.
    #[error("no such client")]
    NotFound,
    /// The client stands in the deployment's file.
    #[error("a client of the file")]
    Filed,
    /// The brand stands in the deployment's file.
    #[error("a brand of the file")]
    FiledBrand,
    /// There are as many brands as there can be.
    #[error("too many brands")]
    ManyBrands,
    /// The client names a brand that there is not.
    #[error("no such brand")]
    NoBrand,
    /// The id was another client's, which was removed.
    #[error("the id was another's")]
    Former,
    /// It has changed since it was read.
    #[error("changed in the meantime")]
    Changed,
    /// It has as many secrets as a client can have.
    #[error("too many secrets")]
    ManySecrets,
    /// It has no secret, and shows who it is in another way.
    #[error("has no use for a secret")]
    NoSecrets,
    /// It would have no secret left.
    #[error("the last secret")]
    LastSecret,
    /// The body says another id than the address.
    #[error("another id")]
    OtherId,
    /// Secrets are made, and not given.
    #[error("a digest was given")]
    GivenSecret,
    /// It registered itself, and stays somebody else's.
    #[error("registered itself")]
    NotOurs,
    /// A rule of the registry is against it.
    #[error(transparent)]
    Refused(#[from] ClientsError),
    /// The `limit` or `cursor` of a list can't be used.
    #[error("invalid query")]
    Query(&'static str),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ClientsFlowError> for Problem {
    fn from(error: ClientsFlowError) -> Self {
        let conflict = |why: &'static str| Self::new(Kind::Conflict).detail(why);
        match error {
            ClientsFlowError::NotFound => Self::new(Kind::NotFound),
            ClientsFlowError::Filed => conflict("The client stands in the deployment's file, and is changed there."),
            ClientsFlowError::FiledBrand => {
                conflict("The brand stands in the deployment's file, and is changed there.")
            }
            ClientsFlowError::ManyBrands => conflict("There are fifty brands beside the file: remove one first."),
            ClientsFlowError::NoBrand => Self::field("/brand", "client", "there is no such brand"),
            ClientsFlowError::Former => conflict("A client with this id was removed: nobody else gets it."),
            ClientsFlowError::Changed => Self::new(Kind::Conflict),
            ClientsFlowError::ManySecrets => conflict("The client has five secrets: remove one first."),
            ClientsFlowError::NoSecrets => conflict("The client does not show who it is by a secret."),
            ClientsFlowError::LastSecret => conflict("The client's only secret: add another one first."),
            ClientsFlowError::OtherId => Self::field("/client_id", "value", "is not the one in the address"),
            ClientsFlowError::GivenSecret => {
                Self::field("/secret_sha256", "client", "secrets are made here, and not given")
            }
            ClientsFlowError::NotOurs => {
                Self::field("/third_party", "client", "the client registered itself, and stays somebody else's")
            }
            ClientsFlowError::Refused(error) => {
                let (name, why) = error.about();
                Self::fields(vec![FieldError::new(format!("/{name}"), "client", why)])
            }
            ClientsFlowError::Query(detail) => Self::new(Kind::InvalidRequest).detail(detail),
            ClientsFlowError::Store(error) => error.into(),
        }
    }
}
