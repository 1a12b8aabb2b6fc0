//! Hands bytes on between callers and the service, and kills the service when enough have gone through.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// When the service is killed: after so many bytes in either direction, and then some idle turns of the processor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instant {
    pub(super) bytes: u64,
    pub(super) spins: u64,
}

pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    state: Arc<State>,
}

struct State {
    to: SocketAddr,
    at: Instant,
    gone: AtomicU64,
    is_killed: AtomicBool,
    victim: Mutex<Child>,
}

impl Proxy {
    pub(super) fn start(to: SocketAddr, at: Instant, victim: Child) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (gone, is_killed) = (AtomicU64::new(0), AtomicBool::new(false));
        let state = Arc::new(State { to, at, gone, is_killed, victim: Mutex::new(victim) });
        let accepting = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.is_killed.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(service) = TcpStream::connect(accepting.to) else { continue };
                let [Ok(to_client), Ok(to_service)] = [client.try_clone(), service.try_clone()]
                else {
                    continue;
                };
                let (one, other) = (Arc::clone(&accepting), Arc::clone(&accepting));
                std::thread::spawn(move || one.hand_on(client, to_service));
                std::thread::spawn(move || other.hand_on(service, to_client));
            }
        });
        Ok(Self { address, state })
    }

    /// To be called when nobody gets an answer any more: whether that is because it was killed here.
    pub(super) fn is_killed(&self) -> bool {
        let is_killed = self.state.is_killed.load(Ordering::SeqCst);
        if let Ok(mut victim) = self.state.victim.lock() {
            let _ = victim.kill();
            let _ = victim.wait();
        }
        // The thread that accepts wakes up and ends.
        self.state.is_killed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        is_killed
    }
}

impl State {
    fn hand_on(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; 8_192];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
            let before = self.gone.fetch_add(count as u64, Ordering::SeqCst);
            if before <= self.at.bytes && self.at.bytes < before + count as u64 {
                self.kill();
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }

    fn kill(&self) {
        spin(self.at.spins);
        self.is_killed.store(true, Ordering::SeqCst);
        if let Ok(mut victim) = self.victim.lock() {
            let _ = victim.kill();
        }
    }
}

pub(super) fn spin(count: u64) {
    for _ in 0..count {
        std::hint::spin_loop();
    }
}
