//! `POST /?ticket=…`: spends the ticket, and sends the copy while it is made.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::http::{
    HeaderMap, HeaderValue,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use axum::response::{IntoResponse, Response};
use domain::{ActKind, Actor, DsarId, HandedOver, Registry, Timestamp};
use edge::{Ctx, Level, chain};
use serde_json::{Value, json};
use store::{Customer, LEFT_OUT, Page, Part, Record, Resume, Spent, Survey};

use crate::archive::{Archive, Broken, Out, Rest, channel};
use crate::{AskedQuery, DownloadError, Downloads, csv, index, refuse, ticket};

/// How long it may take to look at all that there is, before the copy begins.
pub const BEGINS_WITHIN: Duration = Duration::from_secs(4 * 60);

/// How long the copy itself may take. `Timeout` of the function is longer than both, so that what takes too
/// long is said in the log.
pub const LONGEST: Duration = Duration::from_secs(10 * 60);

/// The schema of `data.json`.
const SCHEMA: &str = include_str!("data.schema.json");

/// A copy that is to be made.
pub(crate) struct Export {
    pub(crate) customer: Customer,
    pub(crate) survey: Survey,
    pub(crate) registry: Arc<Registry>,
    pub(crate) issuer: String,
    pub(crate) now: Timestamp,
    request: Option<DsarId>,
    by: Actor,
}

/// Spends the ticket and answers the copy.
pub(crate) async fn fetch(
    State(flow): State<Arc<Downloads>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: AskedQuery,
) -> Response {
    match begin(&flow, &ctx, query).await {
        Ok(export) => answer(flow, ctx, export),
        Err(error) => refuse(&flow, &ctx, &headers, error.into()),
    }
}

/// Looks at all that there is, and spends the ticket when all of it can be shown.
async fn begin(flow: &Downloads, ctx: &Ctx, query: AskedQuery) -> Result<Export, DownloadError> {
    let ticket = ticket(flow, ctx, query).await?;
    let customer = ticket.customer;
    let mut survey = flow.store.export_survey(customer.id, &customer.data_key).await?;
    // Nothing was said of most, who have the deployment's.
    survey.say_default("profile", "jurisdiction", flow.transfers.default_jurisdiction().as_str());
    let registry = flow.store.registry(&flow.purposes, ctx.now).await?;
    let (by, request, issuer) = (ticket.ticket.by.clone(), ticket.ticket.request, ticket.ticket.issuer.clone());
    let cause = ctx.act(ActKind::ExportDownloaded, by.clone()).to(customer.id);
    match flow.store.export_spend(&ticket.thing, &ticket.ticket, ctx.now, &cause).await? {
        Spent::Done => Ok(Export { customer, survey, registry, issuer, now: ctx.now, request, by }),
        Spent::Gone | Spent::Taken | Spent::Changed => Err(DownloadError::Gone),
    }
}

fn answer(flow: Arc<Downloads>, ctx: Ctx, export: Export) -> Response {
    let name = format!("attachment; filename=\"my-data-{}.zip\"", export.now.strftime("%Y-%m-%d"));
    let name = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
    let (out, pieces) = channel();
    tokio::spawn(async move { watch(&flow, &ctx, &export, out).await });
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("application/zip")), (CONTENT_DISPOSITION, name)];
    (headers, Body::from_stream(Box::pin(pieces))).into_response()
}

/// Makes the copy, and says in the log what came of it: the request's own line was written when it began.
async fn watch(flow: &Downloads, ctx: &Ctx, export: &Export, out: Out) {
    let started = Instant::now();
    let outcome = tokio::time::timeout(LONGEST, whole(flow, ctx, export, out)).await;
    let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    match outcome.unwrap_or(Err(Broken::Late)) {
        Ok(bytes) => ctx.log(Level::Info, "export sent", json!({"bytes": bytes, "ms": took})),
        Err(error @ Broken::Unheard) => {
            ctx.log(Level::Warn, "export cut off", json!({"cause": chain(&error), "ms": took}));
        }
        Err(error) => ctx.log(Level::Error, "export broken", json!({"cause": chain(&error), "ms": took})),
    }
}

async fn whole(flow: &Downloads, ctx: &Ctx, export: &Export, out: Out) -> Result<u64, Broken> {
    let rest = make(flow, export, Archive::new(out, export.now)).await?;
    // Nobody has a whole copy that is not on record.
    if let Some(request) = export.request {
        hand_over(flow, ctx, export, request, &rest).await?;
    }
    let bytes = rest.bytes;
    rest.send().await?;
    Ok(bytes)
}

async fn hand_over(flow: &Downloads, ctx: &Ctx, export: &Export, request: DsarId, rest: &Rest) -> Result<(), Broken> {
    let copy = HandedOver { at: export.now, bytes: rest.bytes, sha256: rest.sha256.clone() };
    let cause = ctx.act(ActKind::RequestHandedOver, export.by.clone()).to(export.customer.id);
    flow.store.dsar_handed_over(request, &copy, &cause).await?;
    Ok(())
}

/// All of the ZIP but its end.
async fn make(flow: &Downloads, export: &Export, mut zip: Archive) -> Result<Rest, Broken> {
    zip.file("index.html")?;
    index::write(flow, export, &mut zip).await?;
    zip.file("data.json")?;
    data(flow, export, &mut zip).await?;
    zip.file("data.schema.json")?;
    zip.write_all(SCHEMA.as_bytes())?;
    for set in Survey::sets() {
        let columns = export.survey.columns(set);
        if columns.is_empty() {
            continue;
        }
        zip.file(&format!("csv/{set}.csv"))?;
        zip.write_all(csv::MARK.as_bytes())?;
        zip.write_all(csv::header(&columns).as_bytes())?;
        let mut records = Records::of(flow, export, set);
        while let Some(page) = records.next().await? {
            for record in &page {
                zip.write_all(csv::row(&columns, record).as_bytes())?;
            }
            zip.send().await?;
        }
    }
    zip.finish()
}

/// `data.json`: for programs.
async fn data(flow: &Downloads, export: &Export, zip: &mut Archive) -> Result<(), Broken> {
    let left_out: Vec<Value> = LEFT_OUT
        .iter()
        .map(|(record, attribute, why)| json!({"record": record, "attribute": attribute, "why": why}))
        .collect();
    let about = [
        ("format", json!("urn:portico:export:1")),
        ("issuer", json!(export.issuer)),
        ("customer", json!(export.customer.id)),
        ("made_at", json!(export.now.to_string())),
        ("language", json!(export.customer.locale.tag())),
        ("left_out", Value::Array(left_out)),
    ];
    zip.write_all(b"{\n")?;
    for (name, value) in about {
        writeln!(zip, "  \"{name}\": {value},")?;
    }
    zip.write_all(b"  \"sets\": {")?;
    for (n, set) in Survey::sets().into_iter().enumerate() {
        write!(zip, "{}\n    \"{set}\": [", if n == 0 { "" } else { "," })?;
        let (mut records, mut is_first) = (Records::of(flow, export, set), true);
        while let Some(page) = records.next().await? {
            for record in &page {
                zip.write_all(if is_first { b"\n      " } else { b",\n      " })?;
                serde_json::to_writer(&mut *zip, record)?;
                is_first = false;
            }
            zip.send().await?;
        }
        zip.write_all(if is_first { b"]" } else { b"\n    ]" })?;
    }
    zip.write_all(b"\n  }\n}\n")?;
    Ok(())
}

/// The records of a set, page by page.
pub(crate) struct Records<'a> {
    flow: &'a Downloads,
    export: &'a Export,
    parts: std::slice::Iter<'a, Part>,
    now: Option<(&'a Part, Option<Resume>)>,
}

impl<'a> Records<'a> {
    pub(crate) fn of(flow: &'a Downloads, export: &'a Export, set: &str) -> Self {
        let mut parts = export.survey.parts(set).iter();
        let now = parts.next().map(|part| (part, None));
        Self { flow, export, parts, now }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Record>>, Broken> {
        let Some((part, from)) = self.now.take() else { return Ok(None) };
        let customer = &self.export.customer;
        let page = self.flow.store.export_page(customer.id, part, &customer.data_key, from).await?;
        let Page { records, next } = page;
        self.now = match next {
            Some(cursor) => Some((part, Some(cursor))),
            None => self.parts.next().map(|part| (part, None)),
        };
        Ok(Some(records))
    }
}
