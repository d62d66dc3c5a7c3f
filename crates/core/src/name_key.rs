//! Keys of names that must be unique (Aegis contract §4.2: for the account or the organization).
//!
//! A key says whose name it is, in [`HOLDER_CHARS`] characters, and then the name. Two rows of one
//! holder never have equal keys; two that are shared with the organization never have equal names
//! behind them. Both are unique indexes, so that nobody has to look before they write.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::caller::Caller;
use crate::id::{OrganizationId, UserId};

/// How many characters of a key say whose name it is: a UUID's.
pub const HOLDER_CHARS: usize = 36;

/// The longest name that stands in its key as it is; an index of keys takes no more than a few
/// kilobytes.
const LONGEST_PLAIN_NAME: usize = 1024;

/// The key of a name that a user holds, or the organization itself where there is no user.
#[must_use]
pub fn name_key(organization: OrganizationId, owner: Option<UserId>, name: &str) -> String {
    let holder = owner.map_or_else(|| organization.uuid(), UserId::uuid);
    key(holder, name)
}

/// The key of a name that the caller holds.
#[must_use]
pub fn own_name_key(caller: &Caller, name: &str) -> String {
    key(caller.user.uuid(), name)
}

/// What stands in a key behind the holder.
#[must_use]
pub fn label(name: &str) -> String {
    if name.len() <= LONGEST_PLAIN_NAME {
        return format!("/{name}");
    }
    let digest = Sha256::digest(name.as_bytes());
    digest.iter().fold("#".to_owned(), |hex, byte| hex + &format!("{byte:02x}"))
}

fn key(holder: Uuid, name: &str) -> String {
    format!("{holder}{}", label(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_holder_and_the_label() {
        let caller = Caller::sample();
        let key = own_name_key(&caller, "n");
        assert_eq!(key, format!("{}/n", caller.user));
        assert_eq!(key, name_key(caller.organization, Some(caller.user), "n"));
        assert_eq!(key[HOLDER_CHARS..], label("n"));
        let common = name_key(caller.organization, None, "n");
        assert_eq!(common, format!("{}/n", caller.organization));
    }

    #[test]
    fn long_names_have_short_keys() {
        let caller = Caller::sample();
        let (one, two) = ("x".repeat(5000), "y".repeat(5000));
        assert_eq!(own_name_key(&caller, &one).len(), HOLDER_CHARS + 1 + 64);
        assert_ne!(own_name_key(&caller, &one), own_name_key(&caller, &two));
        assert_eq!(own_name_key(&caller, &one), own_name_key(&caller, &one));
    }
}
