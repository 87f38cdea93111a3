//! AWS over TLS, one address for each service, as it is when deployed: each costs a handshake.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivatePkcs8KeyDer},
};

use crate::Outcome;

/// Doors that end TLS and pass everything on.
pub(crate) struct Tls {
    folder: TempDir,
    ports: Vec<(&'static str, u16)>,
    handshakes: Vec<Arc<AtomicUsize>>,
    doors: Vec<JoinHandle<()>>,
}

/// The SDK's name of each service that has a door.
const SERVICES: [&str; 4] = ["DYNAMODB", "KMS", "SESV2", "SNS"];
/// Where systems keep the certificates that they trust. An instance reads all of them, so ours
/// stands among them.
const BUNDLES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

impl Tls {
    /// Opens the doors to this port.
    pub(crate) async fn open(to: u16) -> Outcome<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec!["localhost".to_owned()])?.signed_by(&key, &issuer)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone(), issuer.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )?;
        let acceptor = TlsAcceptor::from(Arc::new(config));

        let folder = TempDir::new()?;
        let system = BUNDLES.iter().find_map(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        std::fs::write(folder.path().join("roots.pem"), format!("{system}\n{}", issuer.pem()))?;
        let (mut ports, mut doors, mut handshakes) = (Vec::new(), Vec::new(), Vec::new());
        for service in SERVICES {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
            ports.push((service, listener.local_addr()?.port()));
            let count = Arc::<AtomicUsize>::default();
            handshakes.push(count.clone());
            doors.push(tokio::spawn(door(listener, acceptor.clone(), to, count)));
        }
        Ok(Self { folder, ports, handshakes, doors })
    }

    /// What a process needs to come in by them.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let roots: PathBuf = self.folder.path().join("roots.pem");
        let address = |(service, port): &(&str, u16)| {
            (format!("AWS_ENDPOINT_URL_{service}"), format!("https://localhost:{port}"))
        };
        let roots = ("SSL_CERT_FILE".to_owned(), roots.display().to_string());
        self.ports.iter().map(address).chain([roots]).collect()
    }

    /// How many connections have been made to DynamoDB, KMS and the others since the last time.
    pub(crate) fn take_handshakes(&self) -> Vec<usize> {
        self.handshakes.iter().map(|count| count.swap(0, Ordering::Relaxed)).collect()
    }

    /// How many certificates a process reads before its first connection.
    pub(crate) fn roots(&self) -> usize {
        let bundle = std::fs::read_to_string(self.folder.path().join("roots.pem"));
        bundle.unwrap_or_default().matches("BEGIN CERTIFICATE").count()
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        self.doors.iter().for_each(JoinHandle::abort);
    }
}

async fn door(listener: TcpListener, acceptor: TlsAcceptor, to: u16, handshakes: Arc<AtomicUsize>) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        handshakes.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            // whoever is refused here says so on the other side
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let Ok(mut aws) = TcpStream::connect(("127.0.0.1", to)).await else { return };
            let _ = aws.set_nodelay(true);
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut aws).await;
        });
    }
}
