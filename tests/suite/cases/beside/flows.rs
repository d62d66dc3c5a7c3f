//! What scripts of all three vendors do with datasets.

use super::{Client, items, text};

/// What is left of it all: the ids that whoever answered has told.
#[derive(Clone, Debug, Default)]
pub struct Left {
    /// Paths that can be read, with what was read there last.
    pub paths: Vec<String>,
    /// Paths of lists with rows that other dialects have made: a copy has their names, but may have ids of
    /// its own.
    pub names: Vec<String>,
    /// Datasets by UUID, with the number of cases that they must have.
    pub datasets: Vec<(String, usize)>,
    /// Datasets by number.
    pub numbers: Vec<String>,
    /// Paths of what was deleted.
    pub gone: Vec<String>,
}

/// Does everything.
pub fn all(client: Client<'_>, organization: &str) -> Left {
    let mut left = Left::default();
    gentrace(client, &mut left);
    znyx(client, organization, &mut left);
    aegis(client, &mut left);
    left
}

/// Pipelines, datasets, test cases and experiments.
pub fn gentrace(client: Client<'_>, left: &mut Left) {
    let post = |path: &str, body: &str| client.call("POST", &format!("/api/v4{path}"), body);
    let pipeline = text(&post("/pipelines", r#"{"slug":"desk","displayName":"Desk"}"#), "/id");
    let body = format!(
        r#"{{"name":"first","description":null,"pipelineId":"{pipeline}","isGolden":true}}"#
    );
    let first = text(&post("/datasets", &body), "/id");
    let second = post("/datasets", r#"{"pipelineId":"default","name":"second","description":"d"}"#);
    let default = text(&second, "/pipelineId");
    let second = text(&second, "/id");
    let mut cases = Vec::new();
    for n in 0..3 {
        let body = format!(
            r#"{{"datasetId":"{first}","name":"case {n}","inputs":{{"q" : {n}.0,"id":"x"}},"expectedOutputs":{{"a":"\u0062"}}}}"#
        );
        cases.push(text(&post("/test-cases", &body), "/id"));
    }
    client.call("DELETE", &format!("/api/v4/test-cases/{}", cases[1]), "");
    post(&format!("/datasets/{second}"), r#"{"name":"second, renamed","isArchived":true}"#);
    post(&format!("/pipelines/{pipeline}"), r#"{"displayName":"Help desk"}"#);
    // The vendor's own id of a pipeline that nobody has made.
    let third = post(
        "/datasets",
        &format!(r#"{{"name":"third","description":null,"pipelineId":"{default}"}}"#),
    );
    let third = text(&third, "/id");
    let body = format!(r#"{{"pipelineId":"{pipeline}","name":"run","metadata":{{"k":1}}}}"#);
    let experiment = text(&post("/experiments", &body), "/id");
    post(&format!("/experiments/{experiment}"), r#"{"status":"EVALUATING"}"#);
    for path in [
        format!("/pipelines/{pipeline}"),
        format!("/datasets/{first}"),
        format!("/datasets/{second}"),
        format!("/datasets/{third}"),
        format!("/datasets?pipelineId={pipeline}"),
        format!("/test-cases?datasetId={first}"),
        format!("/test-cases/{}", cases[2]),
        format!("/experiments/{experiment}"),
        format!("/experiments?pipelineId={pipeline}"),
    ] {
        left.paths.push(format!("/api/v4{path}"));
    }
    left.names.push(format!("/api/v4/datasets?pipelineId={default}"));
    left.gone.push(format!("/api/v4/test-cases/{}", cases[1]));
    left.datasets.extend([(first, 2), (second, 0), (third, 0)]);
}

/// Datasets and samples.
pub fn znyx(client: Client<'_>, organization: &str, left: &mut Left) {
    let base = format!("/v1/orgs/{organization}/datasets");
    let make = |name: &str| {
        let body = format!(r#"{{"name":"{name}","category":"pii","created_by":"ann"}}"#);
        text(&client.call("POST", &base, &body), "/id")
    };
    let (kept, dropped) = (make("kept"), make("dropped"));
    let samples = r#"{"samples":[
        {"input_text":"one","expected_decision":"BLOCK","expected_rule_hits":["a","b"],"metadata":{"id":1.50}},
        {"input_text":"two","context":"output"},{"input_text":"three"}]}"#;
    client.call("POST", &format!("{base}/{kept}/samples"), samples);
    let import =
        r#"{"format":"csv","content":"input_text,expected_decision\nfour,ALLOW\nfive,BLOCK\n"}"#;
    client.call("POST", &format!("{base}/{kept}/import"), import);
    let listed = client.get(&format!("{base}/{kept}/samples"));
    let second = text(&items(&listed, "/samples")[1], "/id");
    client.call("DELETE", &format!("{base}/{kept}/samples/{second}"), "");
    client.call("PATCH", &format!("{base}/{kept}"), r#"{"description":"d","is_public":true}"#);
    client.call("DELETE", &format!("{base}/{dropped}"), "");
    left.paths.extend([
        format!("{base}/{kept}"),
        format!("{base}/{kept}/samples"),
        format!("{base}?category=pii"),
    ]);
    left.gone.push(format!("{base}/{dropped}"));
    left.datasets.push((kept, 4));
}

/// Uploads and collections.
pub fn aegis(client: Client<'_>, left: &mut Left) {
    let small = client.upload("small", "output,input,golden_answer\nx,é,z\n\"a\nb\",,d\n");
    let small = text(&small, "/id");
    // Over what is held in memory, on the way there and back.
    let rows: String = (0..6_000).map(|n| format!("answer {n:0200},question {n}\n")).collect();
    let large = text(&client.upload("large", &format!("output,input\n{rows}")), "/id");
    let dropped = text(&client.upload("dropped", "output\nx\n"), "/id");
    client.call("PUT", &format!("/api/v1/datasets/{small}"), r#"{"name":"small, renamed"}"#);
    let body = format!(r#"{{"name":"both","dataset_ids":[{small} , {large}]}}"#);
    let collection = text(&client.call("POST", "/api/v1/data-collections", &body), "/id");
    let body = format!(r#"{{"name":"one","dataset_ids":[{small}]}}"#);
    client.call("PUT", &format!("/api/v1/data-collections/{collection}"), &body);
    let emptied = client.call("POST", "/api/v1/data-collections", r#"{"name":"emptied"}"#);
    let emptied = text(&emptied, "/id");
    client.call("DELETE", &format!("/api/v1/data-collections/{emptied}"), "");
    client.call("DELETE", &format!("/api/v1/datasets/{dropped}"), "");
    let within = text(&client.upload_into("within", "output\nw\n", Some(&collection)), "/id");
    left.paths.extend([
        "/api/v1/datasets?page=1&page_size=5".to_owned(),
        "/api/v1/datasets/all-partial".to_owned(),
        format!("/api/v1/datasets/{small}"),
        format!("/api/v1/data-collections/{collection}"),
        "/api/v1/data-collections".to_owned(),
    ]);
    left.gone.push(format!("/api/v1/datasets/{dropped}"));
    left.gone.push(format!("/api/v1/data-collections/{emptied}"));
    left.numbers.extend([small, large, within]);
}
