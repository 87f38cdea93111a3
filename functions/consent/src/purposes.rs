//! `GET /v1/purposes`: what data is used for, for frontends to show.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::{DataRecipient, LegalBasis, Locale, Purpose, Registry, SignedDuration};
use edge::document::{self, Keep};
use edge::{Ctx, Problem, Query};
use serde::{Deserialize, Serialize};

use crate::Consent;

/// As long as an instance keeps the registry.
const KEEP: Keep = Keep { time: SignedDuration::from_secs(60), vary: Some("Accept-Language") };

/// In which language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    #[serde(default)]
    language: Option<Locale>,
}

/// Purposes and topics, in one language.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PurposeList {
    /// What data is used for.
    purposes: Vec<ShownPurpose>,
    /// What people can ask to be written about.
    topics: Vec<ShownTopic>,
}

/// A purpose, as people are shown it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ShownPurpose {
    /// Its name for programs.
    #[schema(example = "newsletter")]
    key: String,
    /// The version that this is: who agrees, agrees to it.
    #[schema(example = 1)]
    version: u32,
    /// The language of its texts: the one asked for, if there are texts in it.
    #[schema(example = "en")]
    language: Locale,
    /// Its name.
    #[schema(example = "Newsletter")]
    title: String,
    /// What is done, with what, and what for.
    #[schema(example = "We write to you about what is new.")]
    description: String,
    /// On what ground.
    legal_basis: LegalBasis,
    /// Which kinds of data.
    #[schema(example = json!(["email address"]))]
    data_categories: Vec<String>,
    /// Whom they are given to.
    recipients: Vec<DataRecipient>,
    /// How long they are kept afterwards: an ISO 8601 period.
    #[schema(example = "P30D")]
    retention: String,
    /// Whether it comes with the account: it is shown, and nobody is asked.
    #[schema(example = false)]
    required: bool,
    /// Whether it is on unless somebody says no: never.
    #[schema(example = false)]
    default: bool,
    /// Who is younger can't agree to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 16)]
    minimum_age: Option<u8>,
    /// Whether a mail has to be confirmed before it counts.
    #[schema(example = true)]
    double_opt_in: bool,
    /// Whether `Sec-GPC` opts out of it.
    #[schema(example = false)]
    sale_or_sharing: bool,
    /// Where all of it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri", example = "https://shop.example/privacy")]
    policy_url: Option<String>,
}

/// A topic, as people are shown it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Topic)]
pub(crate) struct ShownTopic {
    /// Its name for programs.
    #[schema(example = "offers")]
    key: String,
    /// Its name.
    #[schema(example = "Offers")]
    title: String,
}

/// List what data is used for
///
/// In the language of `language` or `Accept-Language`. Its `ETag` changes with any purpose: an app that
/// keeps it knows when to ask `/v1/me/consents` again.
#[utoipa::path(get, path = "/v1/purposes", operation_id = "purposes_list", tag = "discovery",
    params(("language" = Option<Locale>, Query, nullable = false, description = "In which language.")),
    responses((status = 200, description = "Every purpose in its current version.", body = PurposeList,
        headers(("ETag" = String, description = "For `If-None-Match`."))),
        (status = 304, description = "As the caller has it.")))]
pub(crate) async fn purposes(
    State(flow): State<Arc<Consent>>,
    ctx: Ctx,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let registry = flow.registry(&ctx).await?;
    let list = PurposeList::of(&registry, asked.language.unwrap_or(ctx.locale));
    document::public(&headers, &list, KEEP)
}

impl PurposeList {
    fn of(registry: &Registry, locale: Locale) -> Self {
        let topic =
            |topic: &domain::Topic| ShownTopic { key: topic.key.clone(), title: topic.title(locale).to_owned() };
        Self {
            purposes: registry.all().map(|standing| ShownPurpose::of(&standing.purpose, locale)).collect(),
            topics: registry.topics().iter().map(topic).collect(),
        }
    }
}

impl ShownPurpose {
    pub(crate) fn of(purpose: &Purpose, locale: Locale) -> Self {
        let text = purpose.text(locale);
        let Purpose { key, version, legal_basis, data_categories, recipients, retention, required, .. } =
            purpose.clone();
        Self {
            key,
            version,
            language: text.map_or(locale, |(language, _)| language),
            title: text.map(|(_, text)| text.title.clone()).unwrap_or_default(),
            description: text.map(|(_, text)| text.description.clone()).unwrap_or_default(),
            legal_basis,
            data_categories,
            recipients,
            retention,
            required,
            default: false,
            minimum_age: purpose.minimum_age,
            double_opt_in: purpose.double_opt_in,
            sale_or_sharing: purpose.sale_or_sharing,
            policy_url: purpose.policy_url.clone(),
        }
    }
}
