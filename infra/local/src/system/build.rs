//! The parts of a machine, made.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::Path,
    sync::{Arc, OnceLock, RwLock},
};

use axum::Router;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use super::TAKEN;
use crate::{
    Options, StartError,
    aws::{
        Front, Upstream, calls::Calls, checks::World, dynamodb::Dynamo, faults::Faults, front::Services, kms::Kms,
        s3::S3, ses::Ses,
    },
    files,
    functions::Functions,
    outbox::Outbox,
    stack,
    template::Place,
};

pub(super) async fn listen(port: u16, flag: &'static str) -> Result<(TcpListener, u16), StartError> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => StartError::PortTaken { port, flag },
        _ => StartError::Listen { port, error },
    })?;
    let address = listener.local_addr().map_err(|error| StartError::Listen { port, error })?;
    Ok((listener, address.port()))
}

pub(super) fn serve(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) -> JoinHandle<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let stop = async move {
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    tokio::spawn(async move {
        let _ = axum::serve(listener, service).with_graceful_shutdown(stop).await;
    })
}

pub(super) fn front(options: &Options, place: Place, stopped: watch::Receiver<bool>) -> Result<Front, StartError> {
    let folder = options.data.as_deref();
    if let Some(folder) = folder {
        files::folder(folder).map_err(|error| unusable(folder, error))?;
    }
    let file = |name: &str| folder.map(|folder| folder.join(name));
    let refused = |name: &str, error: &dyn std::fmt::Display| {
        let path = file(name).unwrap_or_default();
        StartError::Data { path, error: error.to_string() }
    };
    let tables = stack::template()?.tables(&place)?;
    let outbox = Outbox::open(file("outbox.jsonl")).map_err(|e| refused("outbox.jsonl", &e))?;
    Ok(Front::new(Services {
        clock: options.clock.clone(),
        dynamo: Dynamo::open(file("dynamodb.sqlite").as_deref()).map_err(|error| refused("dynamodb.sqlite", &error))?,
        kms: Kms::open(place.clone(), options.pooled_rsa, file("kms.json"))
            .map_err(|error| refused("kms.json", &error))?,
        ses: Ses::new(outbox.clone()),
        s3: S3::open(file("s3.json")).map_err(|error| refused("s3.json", &error))?,
        outbox,
        upstream: options.upstream.as_deref().map(|base| Upstream::new(base, &place.account)),
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
pub(super) fn taken(data: Option<&Path>) -> Result<HashMap<String, String>, StartError> {
    let Some(path) = data.map(|folder| folder.join(TAKEN)) else { return Ok(HashMap::new()) };
    let text = files::read(&path).map_err(|error| unusable(&path, error))?;
    let Some(text) = text else { return Ok(HashMap::new()) };
    serde_json::from_slice(&text).map_err(|error| unusable(&path, error))
}

/// Lambda's `Invoke`. The endpoint must not keep the functions alive, which keep the endpoint alive.
pub(super) fn invokable(front: &Front, functions: &Arc<Functions>) {
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
