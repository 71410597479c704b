//! What a component or a manifest can tell of its host, probe by probe, with what Spin 4.1 makes of it.
//!
//! The right values are Spin's. With `SPIN_CLI` naming a Spin, it is asked the same, so that they can be checked. What is
//! otherwise here, and why, is in the table of README.md; the last test holds both sides of what a request can tell.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails should say so where it does"
)]

mod support;

use std::{
    fmt::Write as _,
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use support::{Host, Response, Setup, folder, wasm};

/// A Spin that runs until dropped.
struct Spin {
    process: Child,
    address: SocketAddr,
}

impl Spin {
    /// Starts the Spin that `SPIN_CLI` names on the manifest in `folder`; `None` when it refuses it.
    fn start(program: &str, folder: &Path) -> Option<Self> {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut process = Command::new(program)
            .args(["up", "--from"])
            .arg(folder.join("spin.toml"))
            .args(["--listen", &address.to_string()])
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_mins(2);
        while TcpStream::connect(address).is_err() {
            if process.try_wait().unwrap().is_some() {
                return None;
            }
            assert!(Instant::now() < deadline, "Spin does not start");
            thread::sleep(Duration::from_millis(20));
        }
        Some(Self { process, address })
    }
}

impl Drop for Spin {
    fn drop(&mut self) {
        // Its triggers are processes of their own, which it ends when it is asked to end.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

fn spin() -> Option<String> {
    std::env::var("SPIN_CLI").ok().filter(|program| !program.is_empty())
}

/// The host, and Spin where there is one, on the same application.
struct Both {
    host: Host,
    spin: Option<Spin>,
}

impl Both {
    fn start(manifest: &str, files: &[&str]) -> Self {
        let setup = Setup::new(manifest);
        write_files(&setup.folder, files);
        let spin = spin().map(|program| {
            fs::write(setup.folder.join("spin.toml"), manifest).unwrap();
            Spin::start(&program, &setup.folder).unwrap()
        });
        Self { host: setup.start(), spin }
    }

    /// Holds what `request` is answered with against `expected`, as `read` has it.
    #[track_caller]
    fn probe(&self, request: &str, read: impl Fn(&Response) -> Value, expected: &Value) {
        assert_eq!(read(&self.host.send(request)), *expected, "the host, of {request:?}");
        if let Some(spin) = &self.spin {
            let answer = Response::of(TcpStream::connect(spin.address).unwrap(), request);
            assert_eq!(read(&answer), *expected, "Spin, of {request:?}");
        }
    }

    #[track_caller]
    fn probe_get(&self, path: &str, read: impl Fn(&Response) -> Value, expected: &Value) {
        self.probe(&get(path), read, expected);
    }
}

fn write_files(folder: &Path, files: &[&str]) {
    for file in files {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")
}

/// The values of the echoed headers whose names begin with `start`, by what follows; the status when there is no echo.
fn headers(answer: &Response, start: &str) -> Value {
    if answer.status != 200 {
        return json!(answer.status);
    }
    let mut found = serde_json::Map::new();
    for header in answer.json()["headers"].as_array().unwrap() {
        if let Some(name) = header[0].as_str().unwrap().strip_prefix(start) {
            found.insert(name.to_owned(), header[1].clone());
        }
    }
    found.into()
}

fn body(answer: &Response) -> Value {
    if answer.status == 200 { answer.json() } else { json!(answer.status) }
}

const TOP: &str = "spin_manifest_version = 2\n[application]\nname = \"conformance\"\n";

fn http(route: &str, component: &str) -> String {
    format!("[[trigger.http]]\nroute = {route}\ncomponent = {component}\n")
}

fn component(id: &str, more: &str) -> String {
    format!("[component.{id}]\nsource = \"{}\"\n{more}\n", wasm("host-test-web"))
}

/// Routes of all kinds, in one application.
const ROUTES: &[&str] = &[
    "/plain",
    "/slash/",
    "relative",
    "/users/:user_id/posts/:post",
    "/deep/:a/...",
    "/deep/:a/exact",
    "/star/*",
    "/file/:name.:kind",
    "/twice/:x/:x",
    "/Case",
    "/wild/...",
    "/wild/exact",
    "/a%20b",
];

#[test]
fn paths_find_the_routes_that_they_find_on_spin() {
    let mut manifest = TOP.to_owned();
    for route in ROUTES {
        manifest.push_str(&http(&format!("\"{route}\""), "\"web\""));
    }
    manifest.push_str(&component("web", ""));
    let both = Both::start(&manifest, &[]);
    let route = |path: &str, expected: Value| {
        let read = |answer: &Response| match headers(answer, "spin-matched-route").get("") {
            Some(route) => {
                let info = headers(answer, "spin-path-info")[""].clone();
                json!([route, info, headers(answer, "spin-path-match-")])
            }
            None => json!(answer.status),
        };
        both.probe_get(path, read, &expected);
    };
    route("/plain", json!(["/plain", "", {}]));
    route("/plain/", json!(["/plain", "", {}]));
    route("//plain", json!(["/plain", "", {}]));
    route("/plain?a=/b", json!(["/plain", "", {}]));
    route("/PLAIN", json!(404));
    route("/plai%6E", json!(404));
    route("/plain/more", json!(404));
    route("/", json!(404));
    route("//", json!(404));
    route("/slash", json!(["/slash", "", {}]));
    route("/relative", json!(["/relative", "", {}]));
    route("/users/1/posts/2", json!(["/users/:user_id/posts/:post", "", { "user-id": "1", "post": "2" }]));
    route(
        "/users/a%20b/posts/%2f",
        json!(["/users/:user_id/posts/:post", "", { "user-id": "a%20b", "post": "%2f" }]),
    );
    route("/users//posts/2", json!(["/users/:user_id/posts/:post", "", { "user-id": "", "post": "2" }]));
    route("/users/1/posts/", json!(404));
    route("/users/1//posts/2", json!(404));
    route("//users/1/posts/2", json!(["/users/:user_id/posts/:post", "", { "user-id": "1", "post": "2" }]));
    route("/deep/1", json!(["/deep/:a/...", "", { "a": "1" }]));
    route("/deep/1/", json!(["/deep/:a/...", "/", { "a": "1" }]));
    route("/deep/1/b/c/", json!(["/deep/:a/...", "/b/c/", { "a": "1" }]));
    route("/deep/1/exact", json!(["/deep/:a/exact", "", { "a": "1" }]));
    route("/deep//exact", json!(["/deep/:a/exact", "", { "a": "" }]));
    route("/star/a/b", json!(["/star/*", "/a/b", {}]));
    route("/file/a.b.c", json!(["/file/:name.:kind", "", { "name": "a", "kind": "b.c" }]));
    route("/file/ab", json!(404));
    route("/twice/1/2", json!(["/twice/:x/:x", "", { "x": "2" }]));
    route("/Case", json!(["/Case", "", {}]));
    route("/wild", json!(["/wild/...", "", {}]));
    route("/wild//", json!(["/wild/...", "/", {}]));
    route("/wild//a//b", json!(["/wild/...", "//a//b", {}]));
    route("/wild/exact", json!(["/wild/exact", "", {}]));
    route("/wild/exact/more", json!(["/wild/...", "/exact/more", {}]));
    route("/wild/%2e%2e/plain", json!(["/wild/...", "/%2e%2e/plain", {}]));
    route("/wild/../plain", json!(["/wild/...", "/../plain", {}]));
    route("/a%20b", json!(["/a%20b", "", {}]));
}

#[test]
fn components_get_the_headers_that_they_get_on_spin() {
    let manifest = format!("{TOP}{}{}", http("\"/do/...\"", "\"web\""), component("web", ""));
    let both = Both::start(&manifest, &[]);
    let ask = |more: &str, start: &str, expected: Value| {
        let request =
            format!("POST /do/echo?q HTTP/1.1\r\nconnection: close\r\ncontent-length: 0\r\n{more}\r\n\r\n");
        both.probe(&request, |answer| headers(answer, start), &expected);
    };
    ask("host: Test:80", "host", json!({ "": "Test:80" }));
    ask("host: Test:80", "spin-full-url", json!({ "": "http://Test:80/do/echo?q" }));
    ask("host: test", "spin-base-path", json!({ "": "/" }));
    ask("host: test", "spin-raw-component-route", json!({ "": "/do/..." }));
    ask("host: test", "spin-component-route", json!({ "": "/do" }));
    ask("host: test", "connection", json!({}));
    ask(
        "host: test\r\nte: trailers\r\nkeep-alive: 1\r\nproxy-authorization: x",
        "te",
        json!({ "": "trailers" }),
    );
    ask("host: test\r\nkeep-alive: 1", "keep-alive", json!({ "": "1" }));
    ask("host: test\r\nproxy-authorization: x", "proxy-", json!({ "authorization": "x" }));
    ask("host: test\r\nupgrade: x", "upgrade", json!({ "": "x" }));
    ask("host: test\r\nX-Name: caf\u{e9}", "x-name", json!({ "": "caf\u{e9}" }));
    let chunked = "POST /do/echo HTTP/1.1\r\nhost: test\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    both.probe(chunked, |answer| headers(answer, "transfer-encoding"), &json!({ "": "chunked" }));
}

#[test]
fn components_call_each_other_as_on_spin() {
    let manifest = format!(
        "{TOP}{}{}{}{}",
        http("\"/do/...\"", "\"web\""),
        http("{ private = true }", "\"hidden\""),
        component("web", "allowed_outbound_hosts = [\"http://*.spin.internal\", \"http://self\"]"),
        component("hidden", ""),
    );
    let both = Both::start(&manifest, &[]);
    let inner = |answer: &Response| {
        answer.json()["body"].as_str().map(|text| serde_json::from_str::<Value>(text).unwrap())
    };
    let header = |name: &'static str| {
        move |answer: &Response| {
            let inner = inner(answer).unwrap();
            let all = inner["headers"].as_array().unwrap().clone();
            all.iter().find(|header| header[0] == name).map_or(Value::Null, |header| header[1].clone())
        }
    };
    let chained = "/do/get?http://hidden.spin.internal/do/echo?x";
    both.probe_get(chained, header("spin-client-addr"), &json!("0.0.0.0:0"));
    both.probe_get(chained, header("spin-full-url"), &json!("http://localhost/do/echo?x"));
    both.probe_get(chained, header("spin-path-info"), &json!("/do/echo"));
    both.probe_get(chained, header("spin-matched-route"), &json!("/..."));
    both.probe_get(chained, header("spin-component-route"), &json!(""));
    both.probe_get(chained, header("host"), &Value::Null);
    let trapped = "/do/get?http://hidden.spin.internal/do/trap";
    both.probe_get(trapped, body, &json!({ "status": 500, "body": "" }));
    let status = |answer: &Response| answer.json()["status"].clone();
    both.probe_get("/do/get?http://self.alt/do/echo", status, &json!(200));
    both.probe_get("/do/get?http://self.alt/nothing", status, &json!(404));
    both.probe_get("/do/get?http://example.com/", |answer| json!(answer.status), &json!(502));
}

#[test]
fn files_stand_where_they_stand_on_spin() {
    const FILES: &[&str] =
        &["a.txt", "assets/one.txt", "assets/two.md", "assets/in/three.txt", "assets/.dot"];
    // Entries of a component, a path in it, and whether there is a file.
    const PROBES: &[(&str, &str, bool)] = &[
        ("files = [\"a.txt\"]", "a.txt", true),
        ("files = [\"a.txt\"]", "/a.txt", true),
        ("files = [\"a.txt\"]", "assets/one.txt", false),
        ("files = [\"assets/*.txt\"]", "assets/one.txt", true),
        ("files = [\"assets/*.txt\"]", "assets/two.md", false),
        ("files = [\"assets/*.txt\"]", "assets/in/three.txt", false),
        ("files = [\"assets/**/*\"]", "assets/in/three.txt", true),
        ("files = [\"assets/**/*\"]", "assets/.dot", true),
        ("files = [\"**/*.txt\"]", "assets/in/three.txt", true),
        ("files = [\"assets\"]", "assets/assets/one.txt", true),
        ("files = [\"assets\"]", "assets/one.txt", false),
        ("files = [\"assets/nothing*\"]", "assets/one.txt", false),
        ("files = [\"**/*\"]\nexclude_files = [\"assets/*\"]", "assets/in/three.txt", false),
        ("files = [\"**/*\"]\nexclude_files = [\"*.md\"]", "assets/two.md", false),
        ("files = [\"a.txt\"]\nexclude_files = [\"a.txt\"]", "a.txt", true),
        ("files = [{ source = \"assets\", destination = \"/\" }]", "one.txt", true),
        ("files = [{ source = \"assets\", destination = \"/\" }]", "in/three.txt", true),
        ("files = [{ source = \"assets\", destination = \"relative/deep\" }]", "relative/deep/one.txt", true),
        ("files = [{ source = \"assets/one.txt\", destination = \"/here\" }]", "here", true),
        ("files = [{ source = \".\", destination = \"/\" }]", "assets/one.txt", true),
        ("files = [{ source = \".\", destination = \"/all\" }]", "all/spin.toml", true),
    ];
    let mut manifest = format!(
        "{TOP}{}{}",
        http("\"/do/...\"", "\"web\""),
        component("web", "allowed_outbound_hosts = [\"http://*.spin.internal\"]")
    );
    for (number, (files, _, _)) in PROBES.iter().enumerate() {
        let id = format!("files-f{number}");
        manifest.push_str(&http("{ private = true }", &format!("\"{id}\"")));
        manifest.push_str(&component(&id, files));
    }
    let both = Both::start(&manifest, FILES);
    for (number, (_, path, found)) in PROBES.iter().enumerate() {
        let request = format!("/do/get?http://files-f{number}.spin.internal/do/file?{path}");
        let expected = json!(if *found { 200 } else { 502 });
        both.probe_get(&request, |answer| answer.json()["status"].clone(), &expected);
    }
}

/// Whether the host starts on a manifest, and Spin where there is one.
#[track_caller]
fn starts(manifest: &str, expected: bool) {
    let error = problem(manifest);
    assert_eq!(error.is_none(), expected, "the host: {error:?}, of\n{manifest}");
    if let Some(program) = spin() {
        let folder = folder();
        write_files(&folder, &["a.txt", "assets/one.txt"]);
        fs::write(folder.join("spin.toml"), manifest).unwrap();
        assert_eq!(Spin::start(&program, &folder).is_some(), expected, "Spin, of\n{manifest}");
        fs::remove_dir_all(folder).unwrap();
    }
}

/// What the host says of a manifest that it does not start on.
fn problem(manifest: &str) -> Option<String> {
    let setup = Setup::new(manifest).argument("--trigger").argument("http");
    write_files(&setup.folder, &["a.txt", "assets/one.txt"]);
    let mut process = setup.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    let mut output = std::io::BufReader::new(process.stdout.take().unwrap());
    while std::io::BufRead::read_line(&mut output, &mut first).unwrap() > 0 {
        if first.contains("\"listening\"") {
            process.kill().unwrap();
            process.wait().unwrap();
            fs::remove_dir_all(&setup.folder).unwrap();
            return None;
        }
    }
    let output = process.wait_with_output().unwrap();
    fs::remove_dir_all(&setup.folder).unwrap();
    Some(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The smallest application, with `more` in its component.
fn with(more: &str) -> String {
    format!("{TOP}{}{}", http("\"/...\"", "\"web\""), component("web", more))
}

#[test]
fn allow_lists_hold_what_they_hold_on_spin() {
    for entry in [
        "http://a",
        "http://a/",
        "http://a:80/",
        "http://a:8000..9000",
        "*://*:*",
        "http://*",
        "http://*.a.b",
        "http://10.0.0.0/8",
        "http://10.1.2.3/8:99",
        "http://fc00::/7:80",
        "http://[::1]",
        "http://[::1]:80",
        "://h:1",
        "http://LOCALHOST",
        "http://self",
        "https://self.alt",
        "http://a:",
        "foo://h:1",
        "http://web.spin.internal",
        "http://*.spin.internal",
        " http://a ",
    ] {
        starts(&with(&format!("allowed_outbound_hosts = [\"{entry}\"]")), true);
    }
    for entry in [
        "",
        "*",
        "a",
        "a:80",
        "insecure:allow-all",
        "foo://h",
        "://h",
        "http://*.0.0.1",
        "http://user:pw@host",
        "http://user@host",
        "http://{a,b}",
        "{http,https}://a",
        "http://a:{1,2}",
        "http://a/b",
        "http://a:80/b",
        "http://*/",
        "http://a*.b",
        "http://*.*.b",
        "http://a:b",
        "http://a:65536",
        "http://a:1..x",
        "http1://a",
        "http://",
    ] {
        starts(&with(&format!("allowed_outbound_hosts = [\"{entry}\"]")), false);
    }
    let optional = "[variables]\nwhere = { default = \"\" }\n";
    let using = |entry: &str| with(&format!("allowed_outbound_hosts = [\"{entry}\"]"));
    for (entry, expected) in
        [("{{ where }}", true), ("http://{{ where }}", true), ("redis://{{ where }}", false)]
    {
        starts(&using(entry).replacen("[[trigger", &format!("{optional}[[trigger"), 1), expected);
    }
}

#[test]
fn manifests_mean_what_they_mean_on_spin() {
    let inline = |trigger: &str| {
        let source = wasm("host-test-web");
        format!("{TOP}[[trigger.http]]\nroute = \"/...\"\n{}", trigger.replace("SOURCE", &source))
    };
    for manifest in [
        with(""),
        with("files = [\"a.txt\", \"nothing*\"]"),
        with("files = [{ source = \".\", destination = \"/\" }]"),
        with("files = [{ source = \"assets\", destination = \"relative\" }]"),
        with("[component.web.tool.other]\nx = 1"),
        with("").replace("name =", "authors = [\"a\"]\ndescription = \"b\"\nname ="),
        with("").replace("[[trigger", "[application.trigger.http]\nbase = \"/\"\n[[trigger"),
        with("").replace("[[trigger", "[application.trigger.other]\nanything = 1\n[[trigger"),
        inline("component = { source = \"SOURCE\" }"),
        inline("id = \"mine\"\n[trigger.http.component]\nsource = \"SOURCE\"\nfiles = [\"a.txt\"]"),
        with("")
            .replace("[component.web]", "[component.WEB-b1]")
            .replace("component = \"web\"", "component = \"WEB-b1\""),
    ] {
        starts(&manifest, true);
    }
    for manifest in [
        with("").replace("version = 2", "version = 3"),
        with("").replace("[[trigger", "[application.trigger.http]\nbase = \"/v1\"\n[[trigger"),
        with("").replace("[[trigger", "[application.trigger.http]\nother = 1\n[[trigger"),
        with("files = [\"nothing\"]"),
        with("files = [\"/etc/hostname\"]"),
        with("files = [\".\"]"),
        with("files = [\"assets/..\"]"),
        with("files = [{ source = \"nothing\", destination = \"/x\" }]"),
        with("files = [{ source = \"/etc\", destination = \"/x\" }]"),
        with("files = [{ source = \"a.txt\", destination = \"/\" }]"),
        with("files = [{ source = \"a.txt\", destination = \"/x/\" }]"),
        with("unknown = 1"),
        with("key_value_stores = [\"no label\"]"),
        with("description = 1"),
        with("").replace("name =", "authors = 1\nname ="),
        with("").replace("[component.web]", "[component.Web]"),
        with("").replace("component = \"web\"", "component = \"other\""),
        inline("component = { source = \"SOURCE\", unknown = 1 }"),
        format!("{}[[trigger.cron]]\ncomponent = \"web\"\n", with("")),
    ] {
        starts(&manifest, false);
    }
}

#[test]
fn a_component_in_a_trigger_is_called_as_on_spin() {
    let source = wasm("host-test-web");
    let mut manifest = TOP.to_owned();
    for trigger in [
        "route = \"/do/...\"",
        "id = \"mine\"\nroute = { private = true }",
        "id = \"no_id\"\nroute = { private = true }",
    ] {
        let allowed = "allowed_outbound_hosts = [\"http://*.spin.internal\"]";
        let _ = write!(
            manifest,
            "[[trigger.http]]\n{trigger}\n[trigger.http.component]\nsource = \"{source}\"\n{allowed}\n"
        );
    }
    let both = Both::start(&manifest, &[]);
    for id in ["http-trigger1-component", "mine-component", "inline-component1"] {
        let status = |answer: &Response| answer.json()["status"].clone();
        both.probe_get(&format!("/do/get?http://{id}.spin.internal/do/echo"), status, &json!(200));
    }
}

#[test]
fn what_spin_has_and_we_have_not_is_refused_in_a_sentence_that_says_what_to_do() {
    let trigger =
        |more: &str| with("").replace("component = \"web\"\n", &format!("component = \"web\"\n{more}\n"));
    for (manifest, advice) in [
        (with("").replace("version = 2", "version = \"1\""), "spin doctor"),
        (with("sqlite_databases = [\"default\"]"), "keep the data in Postgres"),
        (with("ai_models = [\"x\"]"), "call a model over HTTP"),
        (with("allowed_http_hosts = [\"a\"]"), "write `allowed_outbound_hosts`"),
        (with("[component.web.dependencies]\n\"a:b\" = \"1\""), "compose the component"),
        (
            with("").replace("source = \"", "source = { url = \"http://a\", digest = \"sha256:0\" }\n#"),
            "download it",
        ),
        (trigger("executor = { type = \"wagi\" }"), "component of wasi:http"),
        (trigger("[trigger.http.components]\nx = \"web\""), "compose the components"),
        (trigger("[trigger.http.dependencies]\nx = [{ component = \"web\" }]"), "compose the components"),
        (with("files = [\"../other.txt\"]"), "outside of the manifest's folder"),
        (with("files = [{ source = \"../x\", destination = \"/\" }]"), "outside of the manifest's folder"),
        (with("files = [{ source = \"assets\", destination = \"/../x\" }]"), "without `..`"),
        (with("").replace("\"/...\"", "\"/a/*/b\""), "name a parameter"),
        (with("").replace("host_test_web", "host_test_unprovided"), "default-features = false"),
    ] {
        let problem = problem(&manifest).unwrap_or_else(|| panic!("taken:\n{manifest}"));
        assert!(problem.contains(advice), "{advice:?} is not in {problem:?}");
    }
    let folder = folder();
    let core = folder.join("core.wasm");
    fs::write(&core, b"\0asm\x01\0\0\0").unwrap();
    let manifest = with("").replace(&wasm("host-test-web"), core.to_str().unwrap());
    assert!(problem(&manifest).unwrap().contains("build it for wasm32-wasip2"));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_is_otherwise_here_is_what_the_table_says_of_it_on_spin() {
    let manifest = format!(
        "{TOP}{}{}",
        http("\"/do/...\"", "\"web\""),
        component("web", "allowed_outbound_hosts = [\"http://*:*\"]"),
    );
    let both = Both::start(&manifest, &[]);
    let ask = |head: &[u8]| [b"GET /do/echo HTTP/1.1\r\n", head, b"connection: close\r\n\r\n"].concat();
    // The status here, and on Spin; a connection that ends without an answer has none.
    for (request, here, on_spin) in [
        (ask(b""), 400, 0),
        (ask(b"host:\r\n"), 400, 0),
        (ask(b"host: a b\r\n"), 400, 0),
        (ask(b"host: web.spin.internal\r\n"), 400, 0),
        (ask(b"host: user@test\r\n"), 400, 200),
        (ask(b"host: test\r\nhost: other\r\n"), 400, 200),
        (ask(b"host: test\r\nx: \xff\r\n"), 400, 500),
        (b"GET http://test/do/echo HTTP/1.1\r\nhost: other\r\nconnection: close\r\n\r\n".to_vec(), 400, 0),
        (b"GET /do/echo HTTP/1.0\r\n\r\n".to_vec(), 200, 0),
        (b"CONNECT test:1 HTTP/1.1\r\nhost: test:1\r\nconnection: close\r\n\r\n".to_vec(), 400, 404),
        // On Spin the calling component traps.
        (get("/do/get?http://nobody.spin.internal/").into_bytes(), 502, 500),
    ] {
        let shown = String::from_utf8_lossy(&request);
        assert_eq!(Response::of_bytes(both.host.connect(), &request).status, here, "the host, of {shown:?}");
        if let Some(spin) = &both.spin {
            let answer = Response::of_bytes(TcpStream::connect(spin.address).unwrap(), &request);
            assert_eq!(answer.status, on_spin, "Spin, of {shown:?}");
        }
    }
    let forged =
        "GET /do/echo HTTP/1.1\r\nhost: test\r\nspin-client-addr: 6.6.6.6:1\r\nconnection: close\r\n\r\n";
    let addresses = |answer: &Response| -> Vec<String> {
        let headers = answer.json()["headers"].as_array().unwrap().clone();
        let named = headers.iter().filter(|header| header[0] == "spin-client-addr");
        named.map(|header| header[1].as_str().unwrap().to_owned()).collect()
    };
    let here = addresses(&both.host.send(forged));
    assert!(matches!(&here[..], [own] if own.starts_with("127.0.0.1:")), "{here:?}");
    if let Some(spin) = &both.spin {
        let there = addresses(&Response::of(TcpStream::connect(spin.address).unwrap(), forged));
        // What reads the last one reads Spin's own.
        assert!(
            matches!(&there[..], [theirs, own] if theirs == "6.6.6.6:1" && own.starts_with("127.0.0.1:")),
            "{there:?}"
        );
    }
}
