//! Everything together: started, asked, stopped.

mod build;
mod inspect;
mod live;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use domain::ConfigError;
use edge::Function;
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinHandle};

use self::build::{front, invokable, listen, serve, taken};
use crate::{
    Options, StartError,
    aws::{
        Front,
        calls::Calls,
        faults::Faults,
        in_process_client,
        rights::{Right, Rights},
    },
    demo::Demo,
    files,
    functions::{Functions, Instance, Shared},
    gateway::{self, Gateway, Routes},
    outbox::{self, Mail},
    settings, stack,
    streams::{DeadLetter, Pump},
    template::Place,
};

/// A running system. Dropping it stops it too, without waiting.
pub struct System {
    port: u16,
    aws_port: u16,
    data: Option<PathBuf>,
    front: Front,
    functions: Arc<Functions>,
    gateway: Arc<Gateway>,
    pump: Arc<Pump>,
    place: Mutex<Place>,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
}

impl System {
    /// Starts everything, and has `rotate` make the first keys.
    ///
    /// # Errors
    ///
    /// When a port is taken, the data can't be used, or a setting is unusable.
    pub async fn start(options: Options) -> Result<System, StartError> {
        let (gateway_listener, port) = listen(options.port, "--port").await?;
        let (aws_listener, aws_port) = listen(options.aws_port, "--aws-port").await?;
        let (stop, stopped) = watch::channel(false);
        let mut place = stack::place(&options.parameters);
        place.urls = format!("http://localhost:{port}{}", gateway::URLS);
        if options.upstream.is_some() {
            place.account = stack::account();
        }
        let front = front(&options, place.clone(), stopped.clone())?;
        let functions = Arc::new(Functions::new(Shared {
            clock: options.clock.clone(),
            rng: options.rng.clone(),
            log: options.log.clone(),
            http: in_process_client(front.clone()),
            tuning: options.tuning,
            deadline: options.deadline,
            timeouts: options.timeouts,
        }));
        invokable(&front, &functions);
        let gateway = Arc::new(Gateway {
            functions: functions.clone(),
            routes: RwLock::default(),
            clock: options.clock.clone(),
            domain: format!("localhost:{port}"),
            trust_source_ip: options.trust_source_ip_header,
            timeouts: options.timeouts,
        });
        let taken = taken(options.data.as_deref())?;
        let pump = Arc::new(Pump::new(front.clone(), functions.clone(), taken));
        let servers = vec![
            serve(
                gateway_listener,
                gateway.router(outbox::page::routes(front.clone()), Demo::new(&format!("http://localhost:{port}"))),
                stopped.clone(),
            ),
            serve(aws_listener, front.router(), stopped),
        ];
        let place = Mutex::new(place);
        let system =
            System { port, aws_port, data: options.data, front, functions, gateway, pump, place, stop, servers };
        stack::tables(&system.front, &system.tables()).await?;
        stack::identity(&system.front, &system.place()).await?;
        system.update(&options.parameters, &options.settings).await?;
        Ok(system)
    }

    /// Deploys again with other parameters and settings, as a stack's update would: new keys
    /// are made, rights and environments change, functions start anew, `rotate` runs.
    ///
    /// # Errors
    ///
    /// When the template does not work with the parameters, or there is no such setting.
    pub async fn update(
        &self,
        parameters: &[(String, String)],
        settings: &[(String, String)],
    ) -> Result<(), StartError> {
        let template = stack::template()?;
        let mut place = self.place();
        let fresh = stack::place(parameters);
        place.parameters = fresh.parameters;
        settings::check(&template.functions(&place)?, settings)?;
        let keys = template.keys(&place)?;
        stack::keys(&self.front, &mut place, &keys).await?;
        let deployed = stack::deployed(template, &place, keys)?;
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
        let rights = &self.front.services().rights;
        *rights.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(deployed.rights);
        let routes = Routes::new(&deployed.functions);
        *self.gateway.routes.write().unwrap_or_else(PoisonError::into_inner) = routes;
        self.pump.deploy(&deployed.functions);
        self.functions.deploy(deployed.functions, &self.settings(settings));
        self.invoke("rotate", json!({ "portico": "rotate" })).await.map_err(StartError::SetUp)?;
        Ok(())
    }

    fn settings(&self, own: &[(String, String)]) -> Vec<(String, String)> {
        let place = self.place();
        let mut all = vec![
            ("AWS_REGION".to_owned(), place.region),
            ("AWS_ENDPOINT_URL".to_owned(), self.aws_url()),
            ("ISSUER".to_owned(), self.gateway_url()),
            // Its apps run beside it.
            ("DISPATCH_LOOPBACK".to_owned(), "on".to_owned()),
        ];
        all.extend(own.iter().cloned());
        all
    }

    /// Every function's environment, by its name in the template: what one of them needs to run
    /// outside of this process and find this machine's AWS.
    #[must_use]
    pub fn environments(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        self.functions.environments()
    }

    /// Where the gateway is; also the issuer, unless a setting says otherwise.
    #[must_use]
    pub fn gateway_url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Where AWS is, for its CLI and SDKs.
    #[must_use]
    pub fn aws_url(&self) -> String {
        format!("http://localhost:{}", self.aws_port)
    }

    /// The failures that functions' calls meet.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.front.services().faults.clone()
    }

    /// The calls that functions made.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.front.services().calls.clone()
    }

    /// Everything that was sent, the newest last.
    ///
    /// # Errors
    ///
    /// When it is kept by another AWS that does not answer.
    pub async fn outbox(&self) -> Result<Vec<Mail>, String> {
        outbox::page::mails(&self.front).await
    }

    /// The rights that no call has needed so far.
    #[must_use]
    pub fn unused_rights(&self) -> Vec<Right> {
        self.rights().unused()
    }

    fn rights(&self) -> Arc<Rights> {
        self.front.services().rights.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stream records and notices that no function took.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.pump.dead()
    }

    /// Delivers stream records and notices, and what they cause, until all is quiet.
    /// Says how many were delivered.
    ///
    /// # Errors
    ///
    /// When the streams can't be read.
    pub async fn pump(&self) -> Result<usize, String> {
        self.pump.drain().await
    }

    /// Sends an event to a function.
    ///
    /// # Errors
    ///
    /// When it fails; the text is the function's.
    pub async fn invoke(&self, flow: &str, event: Value) -> Result<Value, String> {
        self.functions.invoke(flow, event).await
    }

    /// Ends all instances: the next event of each function is a cold start.
    pub fn restart_functions(&self) {
        self.functions.restart();
    }

    /// Ends the instance of one function: its next event is a cold start.
    pub fn restart_function(&self, flow: &str) {
        self.functions.end(flow);
    }

    /// What Lambda would start an instance of a flow's function with: for whoever runs its binary.
    ///
    /// # Errors
    ///
    /// When there is no such flow.
    pub fn instance(&self, flow: &str) -> Result<Instance, ConfigError> {
        self.functions.instance(flow)
    }

    /// Puts another instance in place of a flow's own, until the next update or restart.
    pub fn substitute(&self, flow: &str, function: Function) {
        self.functions.substitute(flow, function);
    }

    /// Stops: no new requests, those under way end, what hangs is freed, what is kept is written.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        for server in self.servers.drain(..) {
            let abort = server.abort_handle();
            if tokio::time::timeout(GRACE, server).await.is_err() {
                abort.abort();
            }
        }
        if let Some(folder) = &self.data {
            let taken = self.pump.taken().await;
            let text = serde_json::to_vec(&taken).unwrap_or_default();
            // without it the streams are delivered again, which functions bear
            let _ = files::write(&folder.join(TAKEN), &text);
        }
    }

    fn place(&self) -> Place {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn tables(&self) -> Vec<crate::template::TableSpec> {
        self.front.services().world.tables().cloned().collect()
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

/// How long requests under way may take at the end.
const GRACE: Duration = Duration::from_secs(2);
const TAKEN: &str = "streams.json";

#[cfg(test)]
mod tests;
