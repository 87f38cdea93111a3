//! The audit log, verified.

use std::time::Duration;

use domain::{Settings, Timestamp};
use edge::{Deployment, SdkTuning};
use verify_audit::{KeySet, Log, Report, verify};

use crate::App;

/// Verifies the audit log as whoever runs the deployment, by the keys that it publishes.
pub async fn audited(app: &App, bucket: Option<&str>) -> Report {
    let settings = Settings::new([
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", &app.system.aws_url()),
    ]);
    let sdk =
        Deployment::sdk(&settings, SdkTuning { attempt_timeout: Duration::from_secs(20), ..SdkTuning::default() });
    let keys = app.get("/.well-known/permanent-keys.json").await.expect(200).text;
    let keys = KeySet::parse(keys.as_bytes()).unwrap();
    let now = Timestamp::from_second(app.now()).unwrap();
    let log = Log::open(&sdk.unwrap(), &app.system.table("Audit"), bucket, keys, now).unwrap();
    verify(&Log { patience: Duration::ZERO, ..log }).await.unwrap()
}
