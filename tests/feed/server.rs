//! A search engine of our own that answers as Elasticsearch, OpenSearch or Typesense do, and fails
//! wherever it is told to: in a script, or by chance.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};

/// What goes wrong with one batch.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Nothing.
    None,
    /// This status for all of it, with this body and these headers.
    Whole(u16, &'static str, &'static str),
    /// The connection breaks before the batch is read.
    ResetBefore,
    /// The connection breaks after the documents were taken.
    ResetAfter,
    /// The items with these numbers get this status, and this kind of error.
    Items(Vec<usize>, u16, &'static str),
    /// The answer has this body, whatever was done.
    Says(&'static str),
    /// The documents were taken, and the answer speaks of one item less.
    Short,
    /// It takes so long.
    Slow(Duration),
    /// A redirection to this address.
    Redirect(String),
}

/// How often what goes wrong, in hundredths.
#[derive(Clone, Copy, Default)]
pub struct Chances {
    pub whole_429: u64,
    pub whole_503: u64,
    pub reset_before: u64,
    pub reset_after: u64,
    /// Batches in which a tenth of the items get 429.
    pub items_429: u64,
}

/// What kind of engine it is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Is {
    Elasticsearch,
    Opensearch,
    Typesense,
    /// Something that answers, and is no search engine.
    Something,
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// With what stands behind the question mark.
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    /// The ids of the documents in a batch, in their order.
    pub fn ids(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.body);
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("lines are JSON")).collect();
        let ids = lines.iter().filter_map(|line| line["index"]["_id"].as_str().or_else(|| line["id"].as_str()));
        ids.map(str::to_owned).collect()
    }

    pub fn is_batch(&self) -> bool {
        self.path.contains("/_bulk") || self.path.contains("/documents/import")
    }
}

/// Everything that the engine has, and what it is to do.
pub struct Inside {
    pub is: Is,
    /// Documents of each index, by id.
    pub indexes: BTreeMap<String, BTreeMap<String, Value>>,
    pub uuids: BTreeMap<String, String>,
    /// Aliases, each of one index.
    pub aliases: BTreeMap<String, String>,
    pub templates: BTreeMap<String, Value>,
    /// What goes wrong with the next batches, one after another.
    pub script: VecDeque<Fault>,
    /// What goes wrong with everything after these.
    pub always: Fault,
    pub chances: Chances,
    /// Bytes of a body above which the answer is 413, as HTML like that of a proxy.
    pub limit: usize,
    /// Bytes of a body above which the connection is closed without a word.
    pub silent_limit: usize,
    pub requests: Vec<Request>,
    /// What the last answers were, by status of batches.
    pub statuses: BTreeMap<u16, u64>,
    /// Items with status 429, and connections that were broken.
    pub items_429: u64,
    pub resets: u64,
    /// How long every batch takes.
    pub delay: Duration,
    /// With each batch that came, how many were worked on, itself too; and how many are.
    pub at_once: Vec<usize>,
    n_at_work: usize,
    chance: u64,
}

/// Such an engine, which ends with the process.
#[derive(Clone)]
pub struct Server {
    pub url: String,
    inside: Arc<Mutex<Inside>>,
}

impl Server {
    pub fn start(is: Is) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let inside = Inside {
            is,
            indexes: BTreeMap::new(),
            uuids: BTreeMap::new(),
            aliases: BTreeMap::new(),
            templates: BTreeMap::new(),
            script: VecDeque::new(),
            always: Fault::None,
            chances: Chances::default(),
            limit: usize::MAX,
            silent_limit: usize::MAX,
            requests: Vec::new(),
            statuses: BTreeMap::new(),
            items_429: 0,
            resets: 0,
            delay: Duration::ZERO,
            at_once: Vec::new(),
            n_at_work: 0,
            chance: 0x9e37_79b9_7f4a_7c15,
        };
        let server = Self { url, inside: Arc::new(Mutex::new(inside)) };
        let accepting = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = accepting.clone();
                std::thread::spawn(move || while serving.serve(&stream).is_some() {});
            }
        });
        server
    }

    /// With an empty index `news`.
    pub fn with_index(is: Is) -> Self {
        let server = Self::start(is);
        server.inside().make("news");
        server
    }

    /// With this script, and an empty index `news`.
    pub fn scripted(script: impl IntoIterator<Item = Fault>) -> Self {
        let server = Self::with_index(Is::Opensearch);
        server.inside().script.extend(script);
        server
    }

    pub fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("nothing panics while it holds this")
    }

    /// The documents of `index`.
    pub fn documents(&self, index: &str) -> BTreeMap<String, Value> {
        self.inside().indexes.get(index).cloned().unwrap_or_default()
    }

    /// The batches that came, in their order.
    pub fn batches(&self) -> Vec<Request> {
        self.inside().requests.iter().filter(|request| request.is_batch()).cloned().collect()
    }

    /// Answers one request; none if the connection is at its end.
    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut first = String::new();
        reader.read_line(&mut first).ok().filter(|&n| n > 0)?;
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = (words.next()?, words.next()?);
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let is_batch = path.contains("/_bulk") || path.contains("/documents/import");
        let fault = if is_batch { self.inside().fault() } else { Fault::None };
        if is_batch && (length > self.inside().silent_limit || matches!(fault, Fault::ResetBefore)) {
            // Bytes that nobody has read make the system reset the connection.
            self.inside().resets += 1;
            return None;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(&*body).read_to_end(&mut plain).ok()?;
            body = plain;
        }
        let request = Request { method, path, headers, body };
        if is_batch {
            let mut inside = self.inside();
            inside.n_at_work += 1;
            let n_at_work = inside.n_at_work;
            inside.at_once.push(n_at_work);
            let delay = if let Fault::Slow(time) = fault { time } else { inside.delay };
            drop(inside);
            std::thread::sleep(delay);
            self.inside().n_at_work -= 1;
        }
        let answer = self.inside().answer(request, &fault);
        if is_batch {
            *self.inside().statuses.entry(answer.0).or_default() += 1;
        }
        if matches!(fault, Fault::ResetAfter) {
            self.inside().resets += 1;
            return None;
        }
        let (status, kind, body, more) = answer;
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n{more}\r\n", body.len());
        let mut stream = stream;
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).ok()
    }
}

type Answer = (u16, &'static str, String, String);

fn said(status: u16, value: &Value) -> Answer {
    (status, "application/json", value.to_string(), String::new())
}

fn error(status: u16, kind: &str, reason: &str) -> Answer {
    said(status, &json!({ "error": { "type": kind, "reason": reason }, "status": status }))
}

impl Inside {
    /// An empty index.
    pub fn make(&mut self, name: &str) {
        self.indexes.insert(name.to_owned(), BTreeMap::new());
        let uuid = format!("uuid-{}-{}", name, self.uuids.len());
        self.uuids.insert(name.to_owned(), uuid);
    }

    /// A number below 100, the same ones in every run (xorshift64).
    fn roll(&mut self) -> u64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        self.chance % 100
    }

    fn fault(&mut self) -> Fault {
        if let Some(fault) = self.script.pop_front() {
            return fault;
        }
        let Chances { whole_429, whole_503, reset_before, reset_after, items_429 } = self.chances;
        let roll = self.roll();
        let up_to = |chances: &[u64]| roll < chances.iter().sum();
        if up_to(&[whole_429]) {
            return Fault::Whole(429, r#"{"error":"busy","status":429}"#, "");
        }
        if up_to(&[whole_429, whole_503]) {
            return Fault::Whole(503, "<html><h1>503 Service Unavailable</h1></html>", "");
        }
        if up_to(&[whole_429, whole_503, reset_before]) {
            return Fault::ResetBefore;
        }
        if up_to(&[whole_429, whole_503, reset_before, reset_after]) {
            return Fault::ResetAfter;
        }
        if self.roll() < items_429 {
            let items = (0..1000).filter(|_| self.roll() < 10).collect();
            return Fault::Items(items, 429, "es_rejected_execution_exception");
        }
        self.always.clone()
    }

    fn answer(&mut self, request: Request, fault: &Fault) -> Answer {
        self.requests.push(request.clone());
        let path = request.path.split('?').next().unwrap_or_default().to_owned();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match fault {
            Fault::Whole(status, body, headers) => {
                let kind = if body.starts_with('<') { "text/html" } else { "application/json" };
                return (*status, kind, (*body).to_owned(), (*headers).to_owned());
            }
            Fault::Redirect(to) => return (307, "text/plain", String::new(), format!("location: {to}\r\n")),
            _ => {}
        }
        if request.is_batch() && request.body.len() > self.limit {
            let html = "<html><head><title>413 Request Entity Too Large</title></head></html>";
            return (413, "text/html", html.to_owned(), String::new());
        }
        match self.is {
            Is::Something => (404, "text/html", "<html>not here</html>".to_owned(), String::new()),
            Is::Typesense => self.typesense(&request, &parts, fault),
            Is::Elasticsearch | Is::Opensearch => self.elastic(&request, &parts, fault),
        }
    }

    /// The index that is called `name`, itself or by an alias.
    fn index(&self, name: &str) -> Option<String> {
        let name = self.aliases.get(name).map_or(name, |index| index);
        self.indexes.contains_key(name).then(|| name.to_owned())
    }

    fn elastic(&mut self, request: &Request, parts: &[&str], fault: &Fault) -> Answer {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let missing = |name: &str| error(404, "index_not_found_exception", &format!("no such index [{name}]"));
        match (request.method.as_str(), parts) {
            ("GET", [""]) if self.is == Is::Opensearch => {
                said(200, &json!({ "version": { "distribution": "opensearch", "number": "3.8.0" } }))
            }
            ("GET", [""]) => {
                let version = json!({ "number": "9.5.0", "build_flavor": "default" });
                said(200, &json!({ "version": version, "tagline": "You Know, for Search" }))
            }
            ("PUT", ["_index_template", name]) => {
                self.templates.insert((*name).to_owned(), body);
                said(200, &json!({ "acknowledged": true }))
            }
            ("GET", ["_alias", alias]) => match self.aliases.get(*alias) {
                Some(index) => said(200, &json!({ index: { "aliases": { *alias: {} } } })),
                None => said(404, &json!({ "error": format!("alias [{alias}] missing"), "status": 404 })),
            },
            ("POST", ["_aliases"]) => {
                for action in body["actions"].as_array().into_iter().flatten() {
                    if let Some(add) = action["add"].as_object() {
                        let text = |key: &str| add[key].as_str().unwrap_or_default().to_owned();
                        self.aliases.insert(text("alias"), text("index"));
                    }
                }
                said(200, &json!({ "acknowledged": true }))
            }
            ("GET", [name, "_settings"]) => match self.index(name) {
                Some(index) => {
                    said(200, &json!({ &index: { "settings": { "index": { "uuid": self.uuids[&index] } } } }))
                }
                None => missing(name),
            },
            ("POST", [name, "_bulk"]) => match self.index(name) {
                Some(index) => self.bulk(request, &index, fault),
                None => missing(name),
            },
            ("POST", [_, "_refresh"]) => said(200, &json!({ "_shards": { "failed": 0 } })),
            ("GET", [name, "_count"]) => match self.index(name) {
                Some(index) => said(200, &json!({ "count": self.indexes[&index].len() })),
                None => missing(name),
            },
            ("PUT", [name]) => {
                self.make(name);
                said(200, &json!({ "acknowledged": true, "index": name }))
            }
            _ => error(405, "method_not_allowed", "it is not known here"),
        }
    }

    fn bulk(&mut self, request: &Request, index: &str, fault: &Fault) -> Answer {
        if request.headers.get("content-type").is_none_or(|kind| kind != "application/x-ndjson") {
            return error(406, "media_type_header_exception", "Content-Type is not supported");
        }
        let text = String::from_utf8_lossy(&request.body).into_owned();
        if !text.ends_with('\n') {
            return error(400, "illegal_argument_exception", "The bulk request must be terminated by a newline [\\n]");
        }
        // It looks at everything before it takes anything.
        if text.contains(r#""title":"POISON""#) {
            return error(400, "parse_exception", "something in the request is bad");
        }
        let lines: Vec<&str> = text.lines().collect();
        let (mut items, mut errors) = (Vec::new(), false);
        let mut taken = Vec::new();
        for (n, pair) in lines.chunks(2).enumerate() {
            let action: Value = serde_json::from_str(pair[0]).unwrap_or_default();
            let only_id = action["index"].as_object().is_some_and(|index| index.keys().eq(["_id"]));
            let document: Option<Value> = pair.get(1).and_then(|line| serde_json::from_str(line).ok());
            let (Some(id), true, Some(document)) = (action["index"]["_id"].as_str(), only_id, document) else {
                return error(400, "illegal_argument_exception", &format!("Malformed action/metadata line [{n}]"));
            };
            if id.len() > 512 {
                return error(400, "illegal_argument_exception", "id is too long, must be no longer than 512 bytes");
            }
            let mut item = json!({ "_id": id });
            let mut refuse = |status: u16, kind: &str, reason: &str| {
                errors = true;
                item["status"] = json!(status);
                item["error"] = json!({ "type": kind, "reason": reason });
            };
            match fault {
                Fault::Items(which, status, kind) if which.contains(&n) => {
                    refuse(*status, kind, "by the script");
                    self.items_429 += u64::from(*status == 429);
                }
                _ if document["title"] == "REFUSED" => {
                    refuse(400, "mapper_parsing_exception", "failed to parse field [date] of type [date]");
                }
                _ => {
                    let old = self.indexes.get_mut(index).expect("it is there").insert(id.to_owned(), document);
                    item["status"] = json!(if old.is_some() { 200 } else { 201 });
                    taken.push(id.to_owned());
                }
            }
            items.push(json!({ "index": item }));
        }
        match fault {
            Fault::Says(body) => return (200, "application/json", (*body).to_owned(), String::new()),
            Fault::Short => drop(items.pop()),
            _ => {}
        }
        said(200, &json!({ "errors": errors, "items": items }))
    }

    fn typesense(&mut self, request: &Request, parts: &[&str], fault: &Fault) -> Answer {
        let missing = || said(404, &json!({ "message": "Not Found" }));
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        match (request.method.as_str(), parts) {
            ("GET", ["health"]) => said(200, &json!({ "ok": true })),
            ("POST", ["collections"]) => {
                self.make(body["name"].as_str().unwrap_or_default());
                said(201, &body)
            }
            ("GET", ["collections", name]) => match self.index(name) {
                Some(index) => {
                    let n = self.indexes[&index].len();
                    said(200, &json!({ "name": index, "created_at": 1_700_000_000, "num_documents": n }))
                }
                None => missing(),
            },
            ("GET", ["aliases", alias]) => match self.aliases.get(*alias) {
                Some(index) => said(200, &json!({ "name": alias, "collection_name": index })),
                None => missing(),
            },
            ("PUT", ["aliases", alias]) => {
                self.aliases
                    .insert((*alias).to_owned(), body["collection_name"].as_str().unwrap_or_default().to_owned());
                said(200, &body)
            }
            ("POST", ["collections", name, "documents", "import"]) => {
                let Some(index) = self.index(name) else { return missing() };
                let text = String::from_utf8_lossy(&request.body).into_owned();
                let mut answers = Vec::new();
                for (n, line) in text.lines().enumerate() {
                    let document: Value = serde_json::from_str(line).expect("lines are JSON");
                    let id = document["id"].as_str().expect("each has an id").to_owned();
                    answers.push(match fault {
                        Fault::Items(which, status, kind) if which.contains(&n) => {
                            json!({ "success": false, "code": status, "error": kind, "document": line })
                        }
                        _ if document["title"] == "REFUSED" => {
                            json!({ "success": false, "code": 400, "error": "Field `date` must be a string.", "document": line })
                        }
                        _ => {
                            self.indexes.get_mut(&index).expect("it is there").insert(id, document);
                            json!({ "success": true })
                        }
                    });
                }
                let lines: Vec<String> = answers.iter().map(Value::to_string).collect();
                (200, "text/plain", lines.join("\n"), String::new())
            }
            _ => missing(),
        }
    }
}
