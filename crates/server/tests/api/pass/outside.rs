//! Apple's or Google's server, played by one of the test's own.

use super::*;

/// Somebody outside: what was asked of them, and what they answer.
pub(super) struct Outside {
    pub(super) url: String,
    pub(super) state: Arc<Asked>,
    pub(super) task: tokio::task::JoinHandle<()>,
}

/// What somebody outside answers.
pub(super) type Answer = Box<dyn Fn(&Heard) -> (StatusCode, Value) + Send + Sync>;

pub(super) struct Asked {
    requests: Mutex<Vec<Heard>>,
    count: watch::Sender<usize>,
    /// How many requests are answered yet.
    answers: Semaphore,
    /// The answer to each request, by method and path.
    answer: Answer,
}

#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub(super) line: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Heard {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Outside {
    pub(super) async fn start(answer: impl Fn(&Heard) -> (StatusCode, Value) + Send + Sync + 'static) -> Self {
        let state = Arc::new(Asked {
            requests: Mutex::default(),
            count: watch::Sender::new(0),
            answers: Semaphore::new(1_000),
            answer: Box::new(answer),
        });
        let router = Router::new().fallback(any(hear)).with_state(Arc::clone(&state));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, state, task }
    }

    /// From now on they hear, and do not answer.
    pub(super) fn hold(&self) {
        self.state.answers.forget_permits(1_000);
    }

    /// They answer so many requests.
    pub(super) fn answer(&self, requests: usize) {
        self.state.answers.add_permits(requests);
    }

    /// The requests with these words in their first line, once there are as many.
    pub(super) async fn heard(&self, words: &str, wanted: usize) -> Vec<Heard> {
        let mut count = self.state.count.subscribe();
        soon(async {
            loop {
                let requests = self.state.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let fitting: Vec<Heard> = requests.into_iter().filter(|heard| heard.line.contains(words)).collect();
                if fitting.len() >= wanted {
                    return fitting;
                }
                count.changed().await.unwrap();
            }
        })
        .await
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn hear(State(asked): State<Arc<Asked>>, request: Request) -> axum::response::Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let heard = Heard { line: format!("{} {}", parts.method, parts.uri), headers: parts.headers, body: body.to_vec() };
    let (status, answer) = (asked.answer)(&heard);
    asked.requests.lock().unwrap_or_else(PoisonError::into_inner).push(heard);
    asked.count.send_modify(|count| *count += 1);
    asked.answers.acquire().await.unwrap().forget();
    (status, Json(answer)).into_response()
}
