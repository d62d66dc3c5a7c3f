//! The keys and organizations that cases speak as, made through the command line.

use super::{ADMIN_KEY, Gateway};
use crate::json::Json;

/// An organization with its keys.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The organization's UUID.
    pub org: String,
    /// The organization's slug.
    pub slug: String,
    /// An admin key of its service user.
    pub admin: String,
}

/// Everybody who may knock.
#[derive(Clone, Debug)]
pub struct Identities {
    /// The `default` organization.
    pub home: Tenant,
    /// Another organization.
    pub other: Tenant,
    /// A key that writes.
    pub ci: String,
    /// A key that reads.
    pub runtime: String,
    /// A key of another user of the `default` organization; it writes.
    pub member: String,
    /// A key that the gateway never saw.
    pub unknown: String,
    /// A key that was revoked.
    pub revoked: String,
    /// A key whose time is over.
    pub expired: String,
    /// A key that was made elsewhere and imported; it writes.
    pub imported: String,
}

impl Identities {
    /// Makes them on a gateway.
    pub fn make(gateway: &Gateway) -> Self {
        let expired = key(gateway, &["--org", "default", "--kind", "admin", "--expires-in", "0s"]);
        let home = default_organization(gateway);
        gateway.cli_json(&["orgs", "create", "other", "--json"]);
        let other_key = key(gateway, &["--org", "other", "--kind", "admin"]);
        let other = Tenant { admin: other_key, ..organization(gateway, "other") };
        let email = "member@example.com";
        gateway.cli_json(&["users", "create", email, "--org", "default", "--json"]);
        let revoked = key(gateway, &["--org", "default", "--kind", "admin"]);
        revoke(gateway, &revoked);
        Self {
            ci: key(gateway, &["--org", "default", "--kind", "ci"]),
            runtime: key(gateway, &["--org", "default", "--kind", "runtime"]),
            member: key(gateway, &["--org", "default", "--kind", "ci", "--user", email]),
            unknown: "evs_never_made".to_owned(),
            imported: import(gateway, "My API Key"),
            home,
            other,
            revoked,
            expired,
        }
    }

    /// The key of that name; `none` is no name of a key.
    pub fn key(&self, name: &str) -> Option<&str> {
        Some(match name {
            "admin" => &self.home.admin,
            "ci" => &self.ci,
            "runtime" => &self.runtime,
            "member" => &self.member,
            "other" => &self.other.admin,
            "unknown" => &self.unknown,
            "revoked" => &self.revoked,
            "expired" => &self.expired,
            "imported" => &self.imported,
            _ => return None,
        })
    }
}

fn default_organization(gateway: &Gateway) -> Tenant {
    Tenant { admin: ADMIN_KEY.to_owned(), ..organization(gateway, "default") }
}

fn organization(gateway: &Gateway, slug: &str) -> Tenant {
    let list = gateway.cli_json(&["orgs", "list", "--json"]);
    let found = rows(&list).iter().find(|row| text(row, "/slug") == slug);
    let row = found.unwrap_or_else(|| panic!("no organization {slug} in {list:?}"));
    Tenant { org: text(row, "/id"), slug: slug.to_owned(), admin: String::new() }
}

fn key(gateway: &Gateway, options: &[&str]) -> String {
    let mut args = vec!["keys", "create", "--json"];
    args.extend(options);
    text(&gateway.cli_json(&args), "/key")
}

fn import(gateway: &Gateway, raw: &str) -> String {
    let args = ["keys", "import", "--org", "default", "--kind", "ci"];
    let output = gateway.cli_with_input(&args, &format!("{raw}\n"));
    assert!(output.status.success(), "{args:?}: {output:?}");
    raw.to_owned()
}

fn revoke(gateway: &Gateway, raw: &str) {
    let list = gateway.cli_json(&["keys", "list", "--org", "default", "--json"]);
    let prefix = |row: &Json| text(row, "/prefix");
    let found = rows(&list).iter().find(|row| raw.starts_with(&prefix(row)));
    let row = found.unwrap_or_else(|| panic!("the key is not listed: {list:?}"));
    let output = gateway.cli(&["keys", "revoke", &text(row, "/id"), "--org", "default"]);
    assert!(output.status.success(), "keys revoke: {output:?}");
}

fn rows(list: &Json) -> &[Json] {
    list.items().unwrap_or_else(|error| panic!("{error}"))
}

fn text(row: &Json, pointer: &str) -> String {
    row.at(pointer).and_then(Json::plain).unwrap_or_else(|error| panic!("{error}: {row:?}"))
}
