//! Hands bytes on between an agency and a service, and breaks connections.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Breaks a connection when so many bytes have gone to the service through it; for as many connections as said.
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    broken: Arc<AtomicU64>,
}

impl Proxy {
    /// It ends with the process.
    pub(super) fn start(to: SocketAddr, bytes: u64, connections: u64) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let broken = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&broken);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(service) = TcpStream::connect(to) else { continue };
                let count = Arc::clone(&count);
                std::thread::spawn(move || {
                    let breaks = count.load(Ordering::SeqCst) < connections;
                    hand_on(client, service, breaks.then_some(bytes), &count);
                });
            }
        });
        Ok(Self { address, broken })
    }

    pub(super) fn broken(&self) -> u64 {
        self.broken.load(Ordering::SeqCst)
    }
}

fn hand_on(mut client: TcpStream, mut service: TcpStream, limit: Option<u64>, broken: &AtomicU64) {
    if let (Ok(mut from), Ok(mut to)) = (service.try_clone(), client.try_clone()) {
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    let mut left = limit.unwrap_or(u64::MAX);
    let mut buffer = [0; 4_096];
    while let Ok(count) = client.read(&mut buffer) {
        let count = count.min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 || service.write_all(&buffer[..count]).is_err() {
            break;
        }
        left -= count as u64;
        if left == 0 {
            broken.fetch_add(1, Ordering::SeqCst);
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = service.shutdown(Shutdown::Both);
}
