//! The vendors' printed curl lines, run by the real curl.

use std::fs;
use std::process::Command;

use super::Answer;

/// Runs a curl command line as a shell would and reads what the gateway answered.
pub fn run(line: &str) -> Result<Answer, String> {
    if !line.trim_start().starts_with("curl ") {
        return Err(format!("not a curl line: {line}"));
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (head, body) = (folder.path().join("head"), folder.path().join("body"));
    // The line itself is run as it is printed; these only say where the answer goes.
    let script = format!(
        "{} --silent --show-error --noproxy '*' --max-time 60 --dump-header '{}' --output '{}'",
        line.trim_end(),
        head.display(),
        body.display(),
    );
    let output =
        Command::new("bash").args(["-c", &script]).output().map_err(|e| format!("bash: {e}"))?;
    if !output.status.success() {
        return Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    let head = fs::read_to_string(&head).map_err(|error| error.to_string())?;
    // An interim answer, such as `100 Continue`, stands before the one that counts.
    let last = head.trim_end().rsplit("\r\n\r\n").next().unwrap_or_default().to_owned();
    // curl writes no file for an answer without a body.
    let body = if body.exists() { fs::read(&body).map_err(|e| e.to_string())? } else { Vec::new() };
    Answer::from_head(&last, body)
}
