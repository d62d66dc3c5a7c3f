//! The tables as both backends have them (`migrations/`). Joins name the organization themselves,
//! because Diesel's `joinable!` cannot name a composite key.

pub mod guardrails;
mod results;
mod upstreams;

pub use results::{evaluations, judgements, run_rows, spans, spendings};
pub use upstreams::{differences, miss_pieces, misses};

diesel::table! {
    use diesel::sql_types::{Bool, Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// Tenants.
    organizations (id) {
        id -> Uid,
        number -> BigInt,
        slug -> Text,
        name -> Text,
        personal -> Bool,
        default_pipeline_id -> Uid,
        created_at -> Moment,
        updated_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// People and services of an organization.
    users (organization_id, id) {
        organization_id -> Uid,
        id -> Uid,
        number -> BigInt,
        email -> Text,
        role -> Text,
        service -> Bool,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// API keys, by their hash.
    api_keys (organization_id, id) {
        organization_id -> Uid,
        id -> Uid,
        number -> BigInt,
        user_id -> Uid,
        kind -> Text,
        hash -> Binary,
        prefix -> Text,
        expires_at -> Nullable<Moment>,
        last_used_at -> Nullable<Moment>,
        revoked_at -> Nullable<Moment>,
        created_at -> Moment,
        project_id -> Nullable<Uid>,
        environment_id -> Nullable<Uid>,
        rotated_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{Text, BigInt};
    use crate::types::{Moment, Uid};

    /// What policies are published for.
    projects (organization_id, id) {
        organization_id -> Uid,
        id -> Uid,
        number -> BigInt,
        name -> Text,
        slug -> Text,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// Where a project's policies take effect.
    environments (organization_id, id) {
        organization_id -> Uid,
        id -> Uid,
        number -> BigInt,
        project_id -> Uid,
        name -> Text,
        bundles -> BigInt,
        active_version -> Nullable<BigInt>,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Text, BigInt};
    use crate::types::Uid;

    /// Scopes of policies, with the latest version of each.
    policy_scopes (organization_id, tenant, app, agent, env) {
        organization_id -> Uid,
        tenant -> Text,
        app -> Text,
        agent -> Text,
        env -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// Every version of every policy.
    policies (organization_id, tenant, app, agent, env, version) {
        organization_id -> Uid,
        tenant -> Text,
        app -> Text,
        agent -> Text,
        env -> Text,
        version -> BigInt,
        policy -> Text,
        hash -> Text,
        change_reason -> Nullable<Text>,
        created_by -> Nullable<Text>,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// Policies as they are published to an environment.
    bundles (organization_id, id) {
        organization_id -> Uid,
        id -> Uid,
        environment_id -> Uid,
        version -> BigInt,
        policies -> Text,
        scope_policies -> Text,
        hash -> Text,
        published_by -> Nullable<Text>,
        published_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// Systems under test.
    pipelines (organization_id, id) {
        organization_id -> Uid,
        id -> Uid,
        number -> BigInt,
        slug -> Text,
        display_name -> Nullable<Text>,
        folder_id -> Nullable<Uid>,
        golden_dataset_id -> Nullable<Uid>,
        archived_at -> Nullable<Moment>,
        created_at -> Moment,
        updated_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// Datasets; those with `hidden_at` are deleted or not yet complete.
    datasets (organization_id, id) {
        organization_id -> Uid,
        id -> Uid,
        number -> BigInt,
        pipeline_id -> Uid,
        owner_id -> Nullable<Uid>,
        author_email -> Text,
        shared -> Bool,
        name -> Text,
        name_key -> Nullable<Text>,
        description -> Nullable<Text>,
        category -> Nullable<Text>,
        creator -> Nullable<Text>,
        source -> Text,
        public -> Bool,
        origin -> Text,
        case_count -> BigInt,
        prompts -> BigInt,
        inputs -> BigInt,
        contexts -> BigInt,
        outputs -> BigInt,
        golden_answers -> BigInt,
        version -> BigInt,
        loading -> Bool,
        hidden_at -> Nullable<Moment>,
        archived_at -> Nullable<Moment>,
        created_at -> Moment,
        updated_at -> Nullable<Moment>,
        collection_id -> Nullable<Uid>,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// Collections of datasets and runs.
    collections (organization_id, id) {
        organization_id -> Uid,
        id -> Uid,
        number -> BigInt,
        owner_id -> Nullable<Uid>,
        author_email -> Text,
        shared -> Bool,
        name -> Text,
        name_key -> Nullable<Text>,
        origin -> Text,
        created_at -> Moment,
        updated_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::types::Uid;

    /// What one dialect alone knows of a dataset.
    dataset_facets (organization_id, dataset_id, dialect) {
        organization_id -> Uid,
        dataset_id -> Uid,
        dialect -> Text,
        body -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::BigInt;
    use crate::types::Uid;

    /// Versions of what is listed of organizations' datasets.
    dataset_lists (organization_id) {
        organization_id -> Uid,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// Cases.
    cases (organization_id, id) {
        organization_id -> Uid,
        id -> Uid,
        number -> BigInt,
        dataset_id -> Uid,
        name -> Nullable<Text>,
        stage -> Nullable<Text>,
        inputs -> Text,
        output -> Nullable<Text>,
        expected -> Nullable<Text>,
        metadata -> Nullable<Text>,
        origin -> Text,
        source_id -> Nullable<Text>,
        facet -> Nullable<Text>,
        created_at -> Moment,
        deleted_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::types::Uid;

    /// Which of our rows an imported thing became.
    source_ids (organization_id, dialect, kind, source_id) {
        organization_id -> Uid,
        dialect -> Text,
        kind -> Text,
        source_id -> Text,
        id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Text, BigInt};

    /// The catalogue of metrics.
    metrics (id) {
        id -> BigInt,
        short_name -> Text,
        category -> Text,
        default_threshold -> BigInt,
        arguments -> Text,
        active -> Bool,
        name -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// Runs.
    runs (organization_id, id) {
        organization_id -> Uid,
        id -> Uid,
        number -> BigInt,
        kind -> Text,
        pipeline_id -> Uid,
        owner_id -> Nullable<Uid>,
        shared -> Bool,
        name -> Nullable<Text>,
        status -> Text,
        metadata -> Nullable<Text>,
        origin -> Text,
        finished_at -> Nullable<Moment>,
        created_at -> Moment,
        updated_at -> Nullable<Moment>,
        dataset_id -> Nullable<Uid>,
        runner -> Nullable<Text>,
        policy -> Nullable<Text>,
        policy_version -> Nullable<Text>,
        bundle_id -> Nullable<Text>,
        until_number -> Nullable<BigInt>,
        total -> BigInt,
        completed -> BigInt,
        attempts -> BigInt,
        summary -> Nullable<Text>,
        failure -> Nullable<Text>,
        worker -> Nullable<Uid>,
        lease_until -> Nullable<Moment>,
        started_at -> Nullable<Moment>,
        collection_id -> Nullable<Uid>,
        name_key -> Nullable<Text>,
        threshold -> Nullable<BigInt>,
        settings -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::types::{Moment, Uid};

    /// What writes came to that may be repeated.
    attempts (organization_id, fingerprint, id) {
        organization_id -> Uid,
        fingerprint -> Uid,
        id -> Uid,
        named -> Bool,
        content -> Nullable<Uid>,
        tries -> Integer,
        note -> Text,
        expires_at -> Moment,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    api_keys,
    bundles,
    cases,
    collections,
    dataset_facets,
    dataset_lists,
    datasets,
    environments,
    evaluations,
    organizations,
    projects,
    pipelines,
    policies,
    policy_scopes,
    run_rows,
    runs,
    source_ids,
    users
);
