//! What wraps every handler of events: context, the line in the log, metrics.

use std::{sync::Arc, time::Instant};

use serde_json::Value;

use crate::{
    BoxError, Ctx, Deployment, Flow, Function,
    log::chain,
    report::{Report, Reporter},
};

/// Wraps a flow's handler of events. An error makes Lambda deliver the event again, and in the end
/// put it into the dead-letter queue; its text goes to the log and names nobody.
pub fn event<H, F>(deployment: &Deployment, flow: &Flow, handler: H) -> Function
where
    H: Fn(Ctx, Value) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Value, BoxError>> + Send + 'static,
{
    let shared = Arc::new((deployment.clone(), Reporter::new(deployment, flow.name), handler));
    Function::Event(Arc::new(move |event| {
        let shared = shared.clone();
        Box::pin(async move {
            let (deployment, reporter, handler) = &*shared;
            let started = Instant::now();
            let ctx = Ctx::event(deployment, reporter.flow);
            let result = handler(ctx.clone(), event).await;
            let (status, cause) = match &result {
                Ok(_) => (200, None),
                Err(error) => (500, Some(chain(error.as_ref()))),
            };
            let route = "event".to_owned();
            let report = Report { route, method: "-", status, cause, problem: None, took: started.elapsed() };
            reporter.write(&ctx, report);
            result
        })
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tests::deployment;

    #[tokio::test]
    async fn an_event_has_its_line_and_its_counters() {
        let (deployment, lines) = deployment(&[]);
        let function = event(&deployment, &Flow { name: "mailer" }, |ctx, event| async move {
            ctx.count("MailParked", 2);
            if event["fail"] == true { Err("SES said Throttling".into()) } else { Ok(json!({"sent": 1})) }
        });
        let Function::Event(handler) = function else { panic!("an event") };
        assert_eq!(handler(json!({})).await.unwrap(), json!({"sent": 1}));
        assert_eq!(handler(json!({"fail": true})).await.unwrap_err().to_string(), "SES said Throttling");
        let lines: Vec<Value> = lines.lock().unwrap().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((&lines[0]["MailParked"], &lines[0]["level"]), (&json!(2), &json!("info")));
        assert_eq!((&lines[1]["cause"], &lines[1]["Errors5xx"]), (&json!("SES said Throttling"), &json!(1)));
    }
}
