//! What a new organization starts with.

use evalstone_core::error::Result;
use evalstone_core::id::OrganizationId;
use evalstone_kit::dialect::Dialect;

/// Lets every dialect give a new organization what its vendor does. The organization is usable
/// without, so that whoever made it only mentions a failure.
///
/// # Errors
/// The first of a dialect's; the others have done theirs all the same.
pub async fn seed(dialects: &[Dialect], organization: OrganizationId) -> Result<()> {
    let mut seeded = Ok(());
    for dialect in dialects {
        seeded = seeded.and((dialect.seed)(organization).await);
    }
    seeded
}
