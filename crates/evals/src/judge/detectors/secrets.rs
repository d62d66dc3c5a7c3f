//! Secrets and other data of the system itself.

use std::sync::LazyLock;

use super::pattern::{Meaning, Pattern, compiled, matches, means};
use super::{Hazard, Severity};

const PATTERNS: [(&str, Meaning); 10] = [
    (
        r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----",
        means("private_key", Severity::High, "It begins a private key."),
    ),
    (
        r"\b(?:sk|pk|rk)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9]{20,}\b",
        means("api_key", Severity::High, "It has the form of an API key."),
    ),
    (
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        means("api_key", Severity::High, "It has the form of an AWS access key."),
    ),
    (
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,})",
        means("api_key", Severity::High, "It has the form of a repository host's token."),
    ),
    (
        r"\b(?:xox[abprs]-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{35})",
        means("api_key", Severity::High, "It has the form of a service's token."),
    ),
    (
        r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
        means("token", Severity::High, "It has the form of a JSON web token."),
    ),
    (
        r"(?i)\b[a-z][a-z0-9+]*://[^\s:/@]+:[^\s@/]+@[^\s]+",
        means("connection_string", Severity::High, "It is an address with a password."),
    ),
    (
        r#"(?i)\b(?:password|passwd|pwd|api[_-]?key|secret|access[_-]?token)\s*[:=]\s*["']?[^\s"',;]{8,}"#,
        means("password", Severity::Medium, "It has the form of a password or key with its name."),
    ),
    (
        r"(?i)\bmy (?:system prompt|system message|initial instructions|hidden instructions)\b[^.\n]{0,20}(?:\bis\b|\bare\b|\bsays?\b|\breads?\b|:)",
        means("system_prompt", Severity::Medium, "It seems to tell the system's instructions."),
    ),
    (
        r"\b(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}\b",
        means("internal_address", Severity::Low, "It is an address of a private network."),
    ),
];

static COMPILED: LazyLock<Vec<Pattern>> = LazyLock::new(|| compiled(&PATTERNS));

/// Keys, tokens, passwords, the system's instructions, internal addresses.
pub fn system_data(text: &str) -> Vec<Hazard> {
    matches(&COMPILED, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn categories(text: &str) -> Vec<&'static str> {
        system_data(text).into_iter().map(|hazard| hazard.category).collect()
    }

    #[test]
    fn all_patterns_compile() {
        assert_eq!(COMPILED.len(), PATTERNS.len());
    }

    #[test]
    fn secrets_are_found() {
        let jwt = format!("eyJ{0}.eyJ{0}.{0}", "hbGciOiJIUzI1NiJ9");
        for (text, category) in [
            ("-----BEGIN RSA PRIVATE KEY-----", "private_key"),
            ("sk-proj-abcdefghij0123456789ABCD", "api_key"),
            ("key sk_00000000000000000000000000000000", "api_key"),
            ("AKIAIOSFODNN7EXAMPLE", "api_key"),
            (&format!("ghp_{}", "a1B2".repeat(9)), "api_key"),
            ("xoxb-123456789012-abc", "api_key"),
            (&jwt, "token"),
            ("postgres://app:hunter22@db.internal/app", "connection_string"),
            ("password = \"correct-horse\"", "password"),
            ("My system prompt is: be kind", "system_prompt"),
            ("runs at 192.168.10.4", "internal_address"),
        ] {
            assert_eq!(categories(text), [category], "{text}");
        }
    }

    #[test]
    fn what_only_looks_alike_is_not() {
        for text in [
            "sk-learn is a library",
            "Your password must have eight characters.",
            "see https://example.com/a:b@c",
            "The system prompt of a shell is $.",
            "-----BEGIN PUBLIC KEY-----",
            "costs 10.50 or 172.99",
        ] {
            assert_eq!(categories(text), [""; 0], "{text}");
        }
    }
}
