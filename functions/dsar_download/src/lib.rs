//! The copy of all that is held on a customer, at a function URL: an HTTP API would buffer it, and
//! Lambda's buffered answer ends at 6 MB. It accepts nothing but a ticket.
//!
//! A `GET` shows a page with a button and changes nothing, for whoever previews a link does that too;
//! a `POST` spends the ticket, and the ZIP is made while it is sent. Nothing is kept on the side. Before
//! the ticket is spent, all that there is was seen once, so that what can't be exported fails before
//! anything is lost; a copy that is cut off has no end, which no program takes for whole.
//!
//! Powers: spends tickets, reads one customer's partitions and the registry of purposes, opens their data
//! key, notes in a request that a copy was handed over. It mails nothing and signs nothing.

mod archive;
mod csv;
mod fetch;
mod index;
mod page;
mod readable;
mod texts;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, header::ACCEPT};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::{Brand, ConfigError, Handle, KeyPurpose, Registry, Transfers};
use edge::{Ctx, Deployment, Flow, Function, Kind, Problem, Query};
use keys::Keys;
use pages::Pages;
use serde::Deserialize;
use store::{Customer, ExportTicket, OneTime, Store, StoreError};

pub use fetch::{BEGINS_WITHIN, LONGEST};

use crate::texts::Page;

/// What the flow needs.
struct Downloads {
    store: Store,
    pages: Pages,
    brand: Brand,
    /// What purposes and topics are called.
    purposes: Registry,
    /// Whose law protects a customer of whom nothing was said.
    transfers: Transfers,
}

/// The function.
///
/// # Errors
/// When a setting is missing or can't be used.
pub fn function(deployment: &Deployment) -> Result<Function, ConfigError> {
    let settings = &deployment.settings;
    let keys = Keys::new(&deployment.sdk, settings)?;
    let purposes = [KeyPurpose::Branch, KeyPurpose::Outbox];
    let store = Store::open(&deployment.sdk, settings, &deployment.rng)?.with_keys(keys, &purposes);
    let state = Downloads {
        store,
        pages: Pages::read(settings)?,
        brand: Brand::new(settings)?,
        purposes: signin::purposes(settings)?,
        transfers: Transfers::read(settings)?,
    };
    let router = Router::new().route("/", get(page::page).post(fetch::fetch)).with_state(Arc::new(state));
    edge::streaming(router, deployment, &Flow { name: "dsar_download" }, BEGINS_WITHIN)
}

/// The query of a copy's address.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    ticket: String,
}

/// A query, or why it can't be read.
type AskedQuery = Result<Query<Asked>, Problem>;

/// A ticket that can be spent.
struct Ticket {
    handle: Handle,
    thing: OneTime,
    ticket: ExportTicket,
    customer: Customer,
}

/// The ticket in a query, if it is alive, and so is all that it is bound to.
async fn ticket(flow: &Downloads, ctx: &Ctx, query: AskedQuery) -> Result<Ticket, DownloadError> {
    let Query(asked) = query.map_err(|_| DownloadError::Broken)?;
    let handle = Handle::parse(&asked.ticket).ok_or(DownloadError::Broken)?;
    let (thing, ticket) = flow.store.export_ticket(&handle, ctx.now).await?.ok_or(DownloadError::Gone)?;
    let security = flow.store.security(ticket.customer).await?.ok_or(DownloadError::Gone)?;
    // An administrator may hand over the copy of an account that is closed; its owner could not ask.
    let is_usable = ticket.request.is_some() || security.status.usable(ctx.now).is_ok();
    if security.epoch != ticket.epoch || !is_usable {
        return Err(DownloadError::Gone);
    }
    let customer = flow.store.customer(ticket.customer).await?.ok_or(DownloadError::Gone)?;
    Ok(Ticket { handle, thing, ticket, customer })
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
enum DownloadError {
    /// The address was cut off or altered.
    #[error("no ticket")]
    Broken,
    /// Unknown, used, over, or of sessions that have ended.
    #[error("gone")]
    Gone,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DownloadError> for Problem {
    fn from(error: DownloadError) -> Self {
        match error {
            DownloadError::Broken => Self::new(Kind::InvalidLink),
            DownloadError::Gone => Self::new(Kind::TransactionExpired),
            DownloadError::Store(error) => error.into(),
        }
    }
}

/// A refusal: a page for browsers, a problem for programs.
fn refuse(flow: &Downloads, ctx: &Ctx, headers: &HeaderMap, problem: Problem) -> Response {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/html") {
        flow.pages.refuse_link(ctx.locale, problem, [Page::Over, Page::Broken])
    } else {
        problem.into_response()
    }
}
