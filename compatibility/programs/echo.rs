// Rust's standard library: a thread for each client.
use std::io::{copy, Write};
use std::net::TcpListener;

fn main() {
    let port = std::env::args().nth(1).expect("echo PORT");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).expect("bind");
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        std::thread::spawn(move || {
            let (mut reader, mut writer) = (&stream, &stream);
            let _ = copy(&mut reader, &mut writer);
            let _ = writer.flush();
        });
    }
}
