//! What the tests of this crate share.

use std::sync::{Arc, Mutex, atomic::AtomicI64};

use ::http::Request;
use axum::{Router, body::Body, response::Response};
use domain::{Rng, Settings};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::{Clock, Deployment, Flow, Function, Log, SdkTuning, http};

pub(crate) type Lines = Arc<Mutex<Vec<String>>>;

/// A deployment with these settings, and what it logs.
pub(crate) fn deployment(settings: &[(&str, &str)]) -> (Deployment, Lines) {
    let aws = [("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let settings = Settings::new(aws).with(settings.iter().copied());
    let (log, lines) = Log::capture();
    let sdk = Deployment::sdk(&settings, SdkTuning::default()).unwrap();
    let clock = Clock::Manual(Arc::new(AtomicI64::new(1_700_000_000_000)));
    (Deployment { settings, clock, rng: Rng::seeded([7; 32]), log, sdk, deadline: Deployment::DEADLINE }, lines)
}

/// A flow with this router, wrapped.
pub(crate) fn wrapped(router: Router, deployment: &Deployment) -> Router {
    match http(router, deployment, &Flow { name: "test" }).unwrap() {
        Function::Http(router) | Function::Stream(router) => router,
        Function::Event(_) => panic!("HTTP"),
    }
}

/// What a router answers.
pub(crate) async fn answer(router: &Router, request: Request<Body>) -> Response {
    router.clone().oneshot(request).await.unwrap()
}

/// A response's body as JSON.
pub(crate) async fn json(response: Response) -> Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}
