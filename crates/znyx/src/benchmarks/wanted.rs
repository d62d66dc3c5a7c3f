//! Which policy a benchmark is to be run against (contract §3.13, U5).

use evalstone_core::bundle::Bundle;
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::RawObject;
use evalstone_core::policy::{bundle_hash, policy_hash};

use super::Benchmarks;
use crate::runtime::Sample;
use crate::wire;

/// A policy that a benchmark is to be run against.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The policy; none when it is the configured runtime's own.
    pub policy: Option<RawObject>,
    /// What its version is called.
    pub policy_version: Option<String>,
    /// The bundle that it was taken from.
    pub bundle: Option<String>,
}

impl Wanted {
    fn of(policy: RawObject, version: Option<String>) -> Self {
        let policy_version = version.or_else(|| Some(policy_hash(&policy)));
        Self { policy: Some(policy), policy_version, bundle: None }
    }

    fn of_bundle(bundle: Bundle, version: Option<String>) -> Self {
        let policy_version = version.or(Some(bundle.hash));
        Self { policy: Some(bundle.policies), policy_version, bundle: Some(bundle.id.to_string()) }
    }

    /// The runtime's own, by this name if any was given.
    fn of_runtime(policy_version: Option<String>) -> Self {
        Self { policy: None, policy_version, bundle: None }
    }
}

/// Whether a runtime that calls the version of its policy `version` runs this policy: by the digest
/// of the policy where it comes from a file, else by the bundle's id or digest (contract §5.4).
pub fn names(policy: &RawObject, bundle: Option<&str>, version: &str) -> bool {
    bundle == Some(version)
        || version == policy_hash(policy)
        || version == bundle_hash(policy, &RawObject::empty())
}

impl Benchmarks {
    /// The policy that a request asks for: inline, of a bundle, by its version, else the one that is
    /// active, else the configured runtime's own. None when there is nothing to take.
    ///
    /// # Errors
    /// Not found when the bundle or version that is named is unknown.
    pub async fn wanted(
        &self,
        caller: &Caller,
        asked: wire::benchmark::NewBenchmark,
    ) -> Result<Option<Wanted>> {
        let wire::benchmark::NewBenchmark { dataset_id: _, policy, policy_version, bundle_id } =
            asked;
        if let Some(policy) = policy {
            return Ok(Some(Wanted::of(policy, policy_version)));
        }
        if let Some(id) = bundle_id {
            let found = self.store.bundle(caller, &id).await?;
            let bundle = found.ok_or_else(|| Error::not_found("Bundle"))?;
            return Ok(Some(Wanted::of_bundle(bundle, policy_version)));
        }
        if let Some(version) = policy_version {
            return self.version(caller, version).await.map(Some);
        }
        if let Some(bundle) = self.store.active_bundle(caller).await? {
            return Ok(Some(Wanted::of_bundle(bundle, None)));
        }
        Ok(self.runtime.as_ref().map(|_| Wanted::of_runtime(None)))
    }

    /// The policy whose version is called so: a bundle by its digest or id, a stored policy by its
    /// digest, or what the configured runtime runs. Whether a runtime that is down runs it, comes out
    /// when the benchmark is run.
    async fn version(&self, caller: &Caller, version: String) -> Result<Wanted> {
        let bundle = match self.store.bundle_by_hash(caller, &version).await? {
            Some(bundle) => Some(bundle),
            None => self.store.bundle(caller, &version).await?,
        };
        if let Some(bundle) = bundle {
            return Ok(Wanted::of_bundle(bundle, Some(version)));
        }
        if let Some(found) = self.store.policy_by_hash(caller, &version).await? {
            return Ok(Wanted::of(found.policy, Some(version)));
        }
        if self.may_run(&version).await {
            return Ok(Wanted::of_runtime(Some(version)));
        }
        Err(Error::not_found("Policy version"))
    }

    /// Whether the configured runtime runs this version, or is down, so that nobody can tell.
    async fn may_run(&self, version: &str) -> bool {
        let Some(runtime) = &self.runtime else {
            return false;
        };
        let text = evalstone_core::json::RawJson::from_text("");
        let sample = Sample { id: "policy-version", run: "probe", stage: "input", text: &text };
        match runtime.evaluate(&sample).await {
            Ok(evaluated) => evaluated.policy_version == version,
            Err(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::RawJson;

    use super::*;

    #[test]
    fn a_runtime_names_its_policy_by_digest_or_bundle() {
        let json = RawJson::parse(r#"{"pii": {"enabled": true, "action": "REDACT"}}"#);
        let policy = RawObject::try_from(json.expect("JSON")).expect("an object");
        for version in [policy_hash(&policy), bundle_hash(&policy, &RawObject::empty())] {
            assert!(names(&policy, None, &version), "{version}");
        }
        assert!(names(&policy, Some("b1"), "b1"));
        assert!(!names(&policy, Some("b1"), "b2") && !names(&policy, None, ""));
    }
}
