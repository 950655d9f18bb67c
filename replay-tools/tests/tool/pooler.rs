//! A connection pooler in between that does not pass on what is asked of a connection.

use std::io::{Read, Write, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;

use crate::world::{Ran, World, program};

/// How a pooler meets the parameter that it does not know.
#[derive(Clone, Copy)]
enum Pooler {
    Refuses,
    LeavesItOut,
}

impl Pooler {
    /// Where it listens. Whoever connects is led to the socket of this database server.
    fn start(self, socket: String) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, socket) = (client.unwrap(), socket.clone());
                thread::spawn(move || self.serve(client, &socket));
            }
        });
        port
    }

    fn serve(self, mut client: TcpStream, socket: &str) {
        let mut length = [0; 4];
        client.read_exact(&mut length).unwrap();
        let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
        client.read_exact(&mut startup).unwrap();
        let (protocol, words) = startup.split_at(4);
        let words: Vec<&[u8]> = words.split(|byte| *byte == 0).collect();
        let known: Vec<u8> = words
            .chunks_exact(2)
            .filter(|pair| !pair[0].is_empty() && pair[0] != b"options")
            .flat_map(|pair| [pair[0], &[0], pair[1], &[0]].concat())
            .collect();
        if matches!(self, Self::Refuses) {
            let fields = b"SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: options\0\0";
            let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
            client.write_all(&[b"E", &length[..], fields].concat()).unwrap();
            return;
        }
        let mut server = UnixStream::connect(socket).unwrap();
        let length = u32::try_from(known.len() + 9).unwrap().to_be_bytes();
        server.write_all(&[&length[..], protocol, &known, &[0]].concat()).unwrap();
        let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        let back = thread::spawn(move || {
            let _ = copy(&mut from_server, &mut to_client);
            let _ = to_client.shutdown(Shutdown::Both);
        });
        let _ = copy(&mut client, &mut server);
        let _ = server.shutdown(Shutdown::Both);
        back.join().unwrap();
    }
}

#[tokio::test]
async fn through_a_pooler_that_keeps_nobody_from_writing_nothing_is_read() {
    let world = World::new().await;
    world.start("One").await;
    let options = world.database.connect_options();
    let socket = format!("{}/.s.PGSQL.{}", options.get_socket().unwrap().display(), options.get_port());
    let url = |port: u16| {
        let (user, database) = (options.get_username(), world.database.name());
        format!("postgres://{user}@127.0.0.1:{port}/{database}?sslmode=disable")
    };
    for pooler in [Pooler::Refuses, Pooler::LeavesItOut] {
        let url = url(pooler.start(socket.clone()));
        let refused = Ran::of(program(&["events", "count"]).env("DATABASE_URL", &url).output().unwrap());
        assert_eq!(refused.code, 2, "{}", refused.complained);
        assert!(
            refused.complained.contains("let DATABASE_URL name PostgreSQL itself"),
            "{}",
            refused.complained
        );
    }
    let port = Pooler::LeavesItOut.start(socket);
    let arguments = ["simulate", "--sessions", "1", "--days", "1", "--yes"];
    let changed = Ran::of(world.command(&arguments).env("DATABASE_URL", url(port)).output().unwrap());
    assert_eq!(changed.code, 0, "what is to change something works: {}", changed.complained);
}
