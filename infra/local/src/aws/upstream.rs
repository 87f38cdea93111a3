//! Another AWS behind this one: ministack, LocalStack.

use http::{HeaderValue, header::AUTHORIZATION};
use serde_json::Value;

use super::{
    Service,
    ask::Ask,
    reply::{AwsError, Reply},
};

/// An endpoint that requests are passed on to.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    base: String,
    /// The account that this system has there for itself: these endpoints take an access key of
    /// twelve digits for the account's number.
    account: String,
    client: reqwest::Client,
}

/// Hop-by-hop, or no longer true of the request that is passed on.
const DROPPED: [&str; 5] = ["host", "content-length", "connection", "transfer-encoding", "x-local-request"];

impl Upstream {
    pub(crate) fn new(base: &str, account: &str) -> Upstream {
        let base = base.trim_end_matches('/').to_owned();
        Upstream { base, account: account.to_owned(), client: reqwest::Client::new() }
    }

    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// Passes a request on. Signatures are not renewed: these endpoints do not check them.
    pub(crate) async fn pass(&self, ask: &Ask) -> Reply {
        let path = ask.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut headers = ask.headers.clone();
        for name in DROPPED {
            headers.remove(name);
        }
        let signed = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some(signed) = signed.and_then(|signed| self.as_account(signed)) {
            headers.insert(AUTHORIZATION, signed);
        }
        let body = match ask.service {
            // the front may have asked for consumed capacity
            Service::DynamoDb => ask.input.to_string().into(),
            _ => ask.bytes.clone(),
        };
        let request = self.client.request(ask.method.clone(), format!("{}{path}", self.base));
        match Self::read(request.headers(headers).body(body)).await {
            Ok(reply) => reply,
            Err(error) => AwsError::new(503, "ServiceUnavailable", &error.to_string()).reply(ask.service),
        }
    }

    /// The same signature under this system's account.
    fn as_account(&self, signed: &str) -> Option<HeaderValue> {
        let (before, rest) = signed.split_once("Credential=")?;
        let (_, scope) = rest.split_once('/')?;
        format!("{before}Credential={}/{scope}", self.account).parse().ok()
    }

    async fn read(request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
        let response = request.send().await?;
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (status, content_type, error) =
            (response.status().as_u16(), header("content-type"), header("x-amzn-errortype"));
        let body = response.bytes().await?;
        let named = || {
            let body: Value = serde_json::from_slice(&body).ok()?;
            Some(body.get("__type")?.as_str()?.rsplit('#').next()?.to_owned())
        };
        Ok(Reply {
            status,
            content_type: content_type.unwrap_or_default(),
            error: if status < 400 { None } else { error.or_else(named) },
            body,
        })
    }

    /// Sends SES a request of this machine's own.
    pub(crate) async fn email(&self, path: &str, body: &Value) -> Result<(), String> {
        let scope = format!("{}/20260101/us-east-1/ses/aws4_request", self.account);
        let signed = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        let request = self.client.post(format!("{}/v2/email/{path}", self.base));
        let sent = request.header(AUTHORIZATION, signed).json(body).send().await;
        let answered = sent.and_then(reqwest::Response::error_for_status);
        answered.map(drop).map_err(|error| error.to_string())
    }

    /// Reads JSON from an address of its own, such as ministack's mail.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, reqwest::Error> {
        self.client.get(format!("{}{path}", self.base)).send().await?.json().await
    }
}
