//! The functions' log, as a person at a terminal reads it: one short line a
//! request, and in full whatever went wrong.

use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;

const BEAT: Duration = Duration::from_millis(100);

/// Prints what is written to the captured log, for as long as the process lives.
pub(crate) async fn follow(log: Arc<Mutex<Vec<String>>>) {
    loop {
        tokio::time::sleep(BEAT).await;
        print(&log);
    }
}

/// Prints what has been written since.
pub(crate) fn print(log: &Mutex<Vec<String>>) {
    let lines = std::mem::take(&mut *log.lock().unwrap_or_else(PoisonError::into_inner));
    let shown: String = lines.iter().filter_map(|line| short(line)).collect();
    // a closed pipe is no reason to stop
    let _ = std::io::stdout().lock().write_all(shown.as_bytes());
}

fn short(line: &str) -> Option<String> {
    let Ok(entry) = serde_json::from_str::<Value>(line) else { return Some(format!("{line}\n")) };
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let (level, status) = (text("level"), entry.get("status").and_then(Value::as_u64));
    let time = text("at").get(11..19).unwrap_or_default();
    match status {
        // schedules and streams that went well
        Some(200) if text("method") == "-" => None,
        Some(status) => {
            let took = entry.get("DurationMs").and_then(Value::as_f64).unwrap_or_default();
            let method = if text("method") == "-" { text("flow") } else { text("method") };
            let route = text("route");
            let why = [text("problem"), text("cause")].join(" ");
            Some(format!("  {time}  {status}  {method} {route}  {took:.0} ms  {}\n", why.trim()))
        }
        None if level == "info" || level == "debug" => None,
        None => Some(format!("  {time}  {level}  {line}\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_request_is_one_short_line() {
        let line = r#"{"at":"2026-11-23T15:15:18.753Z","level":"warn","flow":"login","method":"POST","route":"/v1/login","status":401,"DurationMs":38.1,"problem":"invalid-credentials"}"#;
        assert_eq!(short(line).as_deref(), Some("  15:15:18  401  POST /v1/login  38 ms  invalid-credentials\n"));
        let quiet = r#"{"level":"info","flow":"rotate","method":"-","route":"event","status":200}"#;
        assert_eq!(short(quiet), None);
        assert!(short(r#"{"level":"error","message":"cannot start"}"#).is_some());
    }
}
