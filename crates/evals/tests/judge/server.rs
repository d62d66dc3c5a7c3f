//! An OpenAI-compatible endpoint that answers by script.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;
use tokio::task::AbortHandle;

/// What the endpoint does with one call.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Answers with that status, these further head lines and that body.
    Http { status: u16, head: String, body: String },
    /// Answers like the last, but only once so many calls wait together, and a while later.
    Together(Arc<Barrier>, Box<Reply>),
    /// Never answers.
    Never,
    /// Closes the connection.
    Close,
}

impl Reply {
    /// The model says this; the call used 100 tokens to read and 10 to write.
    pub fn says(content: &str) -> Self {
        Self::message(&json!({"role": "assistant", "content": content}), "stop")
    }

    /// The model's message and how it finished.
    pub fn message(message: &Value, finish: &str) -> Self {
        let body = json!({
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
        });
        Self::status(200, &body.to_string())
    }

    /// A status and a body.
    pub fn status(status: u16, body: &str) -> Self {
        Self::Http { status, head: String::new(), body: body.to_owned() }
    }

    /// The same with a further head line.
    pub fn with_head(self, line: &str) -> Self {
        match self {
            Self::Http { status, head, body } => {
                Self::Http { status, head: format!("{head}{line}\r\n"), body }
            }
            other => other,
        }
    }
}

/// A call as it came.
#[derive(Clone, Debug)]
pub struct Call {
    /// The request line and the head, in lower case.
    pub head: String,
    /// The body.
    pub body: Value,
}

impl Call {
    /// The text of a message.
    pub fn message(&self, index: usize) -> &str {
        self.body["messages"][index]["content"].as_str().expect("a text")
    }
}

#[derive(Debug)]
struct State {
    script: Mutex<Vec<Reply>>,
    calls: Mutex<Vec<Call>>,
    now: AtomicUsize,
    most: AtomicUsize,
}

/// The running endpoint; it ends when dropped.
#[derive(Debug)]
pub struct Server {
    /// Its base URL.
    pub url: String,
    state: Arc<State>,
    task: AbortHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Starts one that does with each call what the script says next; the last reply is repeated.
    pub async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let mut script: Vec<_> = script.into_iter().collect();
        script.reverse();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            script: Mutex::new(script),
            calls: Mutex::default(),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { url: format!("http://{address}/v1"), state, task: task.abort_handle() }
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.state.calls.lock().expect("a lock").clone()
    }

    /// How many calls were under way at the same time at most.
    pub fn most(&self) -> usize {
        self.state.most.load(Ordering::SeqCst)
    }
}

/// Serves the calls of one connection.
async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let mut bytes = Vec::new();
    while let Some(call) = read(&mut stream, &mut bytes).await {
        let now = state.now.fetch_add(1, Ordering::SeqCst) + 1;
        state.most.fetch_max(now, Ordering::SeqCst);
        state.calls.lock().expect("a lock").push(call);
        let reply = {
            let mut script = state.script.lock().expect("a lock");
            if script.len() > 1 { script.pop() } else { script.last().cloned() }
        };
        let goes_on = answer(&mut stream, reply.unwrap_or(Reply::Close), &state.now).await;
        if !goes_on {
            return;
        }
    }
}

async fn answer(stream: &mut TcpStream, reply: Reply, now: &AtomicUsize) -> bool {
    let mut reply = reply;
    if let Reply::Together(all, then) = reply {
        all.wait().await;
        // Time for a call too many to show itself.
        tokio::time::sleep(Duration::from_millis(20)).await;
        reply = *then;
    }
    // The call is over before the other side can know that it is.
    now.fetch_sub(1, Ordering::SeqCst);
    match reply {
        Reply::Http { status, head, body } => {
            let head = format!(
                "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{head}\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).await.is_ok()
                && stream.write_all(body.as_bytes()).await.is_ok()
        }
        Reply::Never => {
            std::future::pending::<()>().await;
            false
        }
        Reply::Together(..) | Reply::Close => false,
    }
}

/// The next call of a connection; none at its end.
async fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<Call> {
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let lower = head.to_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|text| text.parse().ok()).unwrap_or(0);
            let whole = end + 4 + length;
            if bytes.len() >= whole {
                let body = serde_json::from_slice(&bytes[end + 4..whole]).expect("JSON");
                bytes.drain(..whole);
                return Some(Call { head, body });
            }
        }
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
    }
}
