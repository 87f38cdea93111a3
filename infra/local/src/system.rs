//! Everything together: started, asked, stopped.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use axum::Router;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    Options, StartError,
    aws::{
        Front, Service, Upstream,
        calls::Calls,
        checks::World,
        dynamodb::Dynamo,
        faults::Faults,
        front::Services,
        in_process_client,
        kms::Kms,
        rights::{Right, Rights},
        ses::Ses,
    },
    files,
    functions::{Functions, Shared},
    gateway::{Gateway, Routes},
    outbox::{self, Mail, Outbox},
    random_id,
    stack,
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
        let stack_name = match options.upstream {
            Some(_) => format!("portico-{}", random_id()),
            None => "portico".to_owned(),
        };
        let place = stack::place(&stack_name, &options.parameters);
        let front = front(&options, place.clone(), stopped.clone())?;
        let functions = Arc::new(Functions::new(Shared {
            clock: options.clock.clone(),
            rng: options.rng.clone(),
            log: options.log.clone(),
            http: in_process_client(front.clone()),
            tuning: options.tuning,
        }));
        invokable(&front, &functions);
        let gateway = Arc::new(Gateway {
            functions: functions.clone(),
            routes: RwLock::default(),
            clock: options.clock.clone(),
            domain: format!("localhost:{port}"),
            trust_source_ip: options.trust_source_ip_header,
        });
        let taken = taken(options.data.as_deref())?;
        let pump = Arc::new(Pump::new(front.clone(), functions.clone(), taken));
        let servers = vec![
            serve(gateway_listener, gateway.router(outbox::page::routes(front.clone())), stopped.clone()),
            serve(aws_listener, front.router(), stopped),
        ];
        let place = Mutex::new(place);
        let system = System {
            port,
            aws_port,
            data: options.data,
            front,
            functions,
            gateway,
            pump,
            place,
            stop,
            servers,
        };
        stack::tables(&system.front, &system.tables()).await?;
        system.update(&options.parameters, &options.settings).await?;
        Ok(system)
    }

    /// Deploys again with other parameters and settings, as a stack's update would: new keys
    /// are made, rights and environments change, functions start anew, `rotate` runs.
    ///
    /// # Errors
    ///
    /// When the template does not work with the parameters.
    pub async fn update(
        &self,
        parameters: &[(String, String)],
        settings: &[(String, String)],
    ) -> Result<(), StartError> {
        let template = stack::template()?;
        let mut place = self.place();
        let fresh = stack::place(&place.stack, parameters);
        place.parameters = fresh.parameters;
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
        ];
        all.extend(own.iter().cloned());
        all
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

    /// Performs an action of DynamoDB or KMS as the operator, whom nothing is denied and no
    /// fault concerns.
    ///
    /// # Errors
    ///
    /// The service's error, as JSON text.
    pub async fn operate(
        &self,
        service: Service,
        action: &str,
        input: Value,
    ) -> Result<Value, String> {
        self.front.operate(service, action, input).await
    }

    /// A table's physical name, from its name in the template.
    #[must_use]
    pub fn table(&self, logical: &str) -> String {
        self.place().id(logical)
    }

    /// A key's ARN, from its name in the template.
    #[must_use]
    pub fn key(&self, logical: &str) -> String {
        let place = self.place();
        place.arn("kms", &format!("key/{}", place.id(logical)))
    }

    /// All items of a table, by its name in the template, in DynamoDB's JSON.
    ///
    /// # Errors
    ///
    /// When it can't be read.
    pub async fn dump(&self, table: &str) -> Result<Vec<Value>, String> {
        let mut items = Vec::new();
        let mut start = Value::Null;
        loop {
            let mut scan = json!({ "TableName": self.table(table), "ConsistentRead": true });
            if let (Some(scan), false) = (scan.as_object_mut(), start.is_null()) {
                scan.insert("ExclusiveStartKey".to_owned(), start);
            }
            let page = self.front.operate(Service::DynamoDb, "Scan", scan).await?;
            items.extend(page.get("Items").and_then(Value::as_array).into_iter().flatten().cloned());
            match page.get("LastEvaluatedKey") {
                Some(key) if !key.is_null() => start = key.clone(),
                _ => return Ok(items),
            }
        }
    }

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
        if self.front.services().upstream.is_some() {
            for table in self.tables() {
                let table = json!({ "TableName": table.name });
                let _ = self.front.operate(Service::DynamoDb, "DeleteTable", table).await;
            }
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
const SWEEP: Duration = Duration::from_secs(60);
const BEAT: Duration = Duration::from_millis(75);
const TAKEN: &str = "streams.json";

async fn pumping(pump: Arc<Pump>) {
    loop {
        tokio::time::sleep(BEAT).await;
        // what can't be read now is read at the next beat
        let _ = pump.drain().await;
    }
}

async fn listen(port: u16, flag: &'static str) -> Result<(TcpListener, u16), StartError> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => StartError::PortTaken { port, flag },
        _ => StartError::Listen { port, error },
    })?;
    let address = listener.local_addr().map_err(|error| StartError::Listen { port, error })?;
    Ok((listener, address.port()))
}

fn serve(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) -> JoinHandle<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let stop = async move {
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    tokio::spawn(async move {
        let _ = axum::serve(listener, service).with_graceful_shutdown(stop).await;
    })
}

fn front(
    options: &Options,
    place: Place,
    stopped: watch::Receiver<bool>,
) -> Result<Front, StartError> {
    let folder = options.data.as_deref();
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder).map_err(|error| unusable(folder, error))?;
    }
    let file = |name: &str| folder.map(|folder| folder.join(name));
    let refused = |name: &str, error: &dyn std::fmt::Display| {
        let path = file(name).unwrap_or_default();
        StartError::Data { path, error: error.to_string() }
    };
    let tables = stack::template()?.tables(&place)?;
    let outbox = Outbox::open(file("outbox.json")).map_err(|e| refused("outbox.json", &e))?;
    Ok(Front::new(Services {
        clock: options.clock.clone(),
        dynamo: Dynamo::open(file("dynamodb.sqlite").as_deref())
            .map_err(|error| refused("dynamodb.sqlite", &error))?,
        kms: Kms::open(place.clone(), options.pooled_rsa, file("kms.json"))
            .map_err(|error| refused("kms.json", &error))?,
        ses: Ses::new(outbox.clone()),
        outbox,
        upstream: options.upstream.as_deref().map(Upstream::new),
        faults: Faults::default(),
        calls: Calls::default(),
        rights: RwLock::default(),
        invoke: OnceLock::new(),
        stopped,
        world: World::new(place, tables),
    }))
}

fn unusable(path: &Path, error: impl std::fmt::Display) -> StartError {
    StartError::Data { path: path.to_owned(), error: error.to_string() }
}

/// Where each stream was left, from the last run.
fn taken(data: Option<&Path>) -> Result<HashMap<String, String>, StartError> {
    let Some(path) = data.map(|folder| folder.join(TAKEN)) else { return Ok(HashMap::new()) };
    let text = files::read(&path).map_err(|error| unusable(&path, error))?;
    let Some(text) = text else { return Ok(HashMap::new()) };
    serde_json::from_slice(&text).map_err(|error| unusable(&path, error))
}

/// Lambda's `Invoke`. The endpoint must not keep the functions alive, which keep the endpoint alive.
fn invokable(front: &Front, functions: &Arc<Functions>) {
    let functions = Arc::downgrade(functions);
    let _ = front.services().invoke.set(Arc::new(move |name, event| {
        let functions = functions.upgrade();
        Box::pin(async move {
            match functions {
                Some(functions) => functions.invoke(&name, event).await,
                None => Err("the machine has stopped".to_owned()),
            }
        })
    }));
}
