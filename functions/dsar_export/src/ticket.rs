//! The address of a copy.

use domain::{Act, DsarId, Handle, Notice};
use edge::Ctx;
use serde::Serialize;
use signin::notices;
use store::{Customer, ExportTicket, Store};

use crate::{ExportError, Exports};

/// Where the copy is.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Copy {
    /// The address of the copy, a ZIP. A `POST` to it, with no body, fetches the copy, once; a `GET` answers a page
    /// for people whose button does the same, and changes nothing.
    #[schema(
        format = "uri",
        example = "https://f3k2x7.lambda-url.eu-central-1.on.aws/?ticket=txn_hG1b0ZtY7mXq3KcV9nRw2sLp5dJf8aEu"
    )]
    download: String,
    /// For how long, in seconds.
    #[schema(example = 300)]
    expires_in: i64,
}

/// Makes a ticket, and tells the customer.
pub(crate) async fn issue(
    flow: &Exports,
    ctx: &Ctx,
    customer: &Customer,
    epoch: u64,
    cause: &Act,
    request: Option<DsarId>,
) -> Result<Copy, ExportError> {
    let handle = Handle::generate(&ctx.rng);
    let (by, issuer) = (cause.actor.clone(), ctx.issuer.clone());
    let ticket = ExportTicket { customer: customer.id, epoch, request, by, issuer };
    let notice = match request {
        None => notices::security(ctx, &flow.store, customer, Notice::ExportRequested {}, None),
        Some(_) => notices::by_operator(ctx, &flow.store, customer, Notice::ExportMade {}),
    };
    flow.store.export_start(&handle, &ticket, &notice, ctx.now, cause).await?;
    Ok(Copy {
        download: format!("{}?ticket={}", flow.download, handle.reveal()),
        expires_in: Store::TICKET_FOR.as_secs(),
    })
}
