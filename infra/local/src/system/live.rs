//! What a machine does by itself: streams, schedules, expiry.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinHandle;

use super::System;
use crate::{stack, streams::Pump};

const SWEEP: Duration = Duration::from_secs(60);
const BEAT: Duration = Duration::from_millis(75);

impl System {
    /// Lets the system live by itself: streams, schedules and expiry, until it is stopped.
    pub fn live(&self) {
        let mut tasks = vec![tokio::spawn(pumping(self.pump.clone()))];
        let dynamo = self.front.services().dynamo.clone();
        tasks.push(tokio::spawn(async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                let dynamo = dynamo.clone();
                let _ = tokio::task::spawn_blocking(move || dynamo.sweep()).await;
            }
        }));
        let functions = stack::template().ok().and_then(|of| of.functions(&self.place()).ok());
        for function in functions.into_iter().flatten() {
            for schedule in function.schedules {
                let (functions, flow) = (self.functions.clone(), function.flow.clone());
                tasks.push(tokio::spawn(async move {
                    loop {
                        tokio::time::sleep(schedule.every).await;
                        // it fails in the function's own log
                        let _ = functions.invoke(&flow, schedule.input.clone()).await;
                    }
                }));
            }
        }
        let mut stopped = self.stop.subscribe();
        tokio::spawn(async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
            tasks.iter().for_each(JoinHandle::abort);
        });
    }
}

async fn pumping(pump: Arc<Pump>) {
    loop {
        tokio::time::sleep(BEAT).await;
        // what can't be read now is read at the next beat
        let _ = pump.drain().await;
    }
}
