//! `GET /?ticket=…`: a page whose button fetches the copy.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::Locale;
use edge::Ctx;
use pages::Words;

use crate::texts::{Page, language};
use crate::{AskedQuery, DownloadError, Downloads, refuse, ticket};

/// Asks for a press of its button. Changes nothing: whoever previews a link opens it too.
pub(crate) async fn page(
    State(flow): State<Arc<Downloads>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: AskedQuery,
) -> Response {
    look(&flow, &ctx, query).await.unwrap_or_else(|error| refuse(&flow, &ctx, &headers, error.into()))
}

#[derive(Template)]
#[template(path = "fetch.html")]
struct FetchBody<'a> {
    words: &'a Words,
    ticket: &'a str,
    button: &'a str,
    caution: &'a str,
}

async fn look(flow: &Downloads, ctx: &Ctx, query: AskedQuery) -> Result<Response, DownloadError> {
    let ticket = ticket(flow, ctx, query).await?;
    let locale: Locale = ctx.locale;
    let words = flow.pages.words(locale, Page::Fetch, "");
    let prompt = &language(locale).fetch;
    let body =
        FetchBody { words: &words, ticket: ticket.handle.reveal(), button: prompt.button, caution: prompt.caution };
    Ok(flow.pages.show(locale, &words.title, &body))
}
