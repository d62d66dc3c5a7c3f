//! What is known of vendors that the gateway runs beside.

diesel::table! {
    use diesel::sql_types::{Bool, Nullable, Text, BigInt};
    use crate::types::{Moment, Uid};

    /// Calls that a vendor has carried out and the gateway has not yet.
    misses (organization_id, id) {
        organization_id -> Uid,
        id -> Uid,
        number -> BigInt,
        dialect -> Text,
        key_id -> Uid,
        method -> Text,
        target -> Text,
        route -> Text,
        content_type -> Nullable<Text>,
        content_encoding -> Nullable<Text>,
        made_kind -> Nullable<Text>,
        made_id -> Nullable<Text>,
        bytes -> BigInt,
        failed -> Bool,
        reason -> Text,
        tries -> BigInt,
        due_at -> Moment,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, BigInt};
    use crate::types::Uid;

    /// The bodies of misses.
    miss_pieces (organization_id, miss_id, position) {
        organization_id -> Uid,
        miss_id -> Uid,
        position -> BigInt,
        bytes -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::types::{Moment, Uid};

    /// How a vendor's answers differ from ours, counted.
    differences (organization_id, dialect, route, pointer, kind) {
        organization_id -> Uid,
        dialect -> Text,
        route -> Text,
        pointer -> Text,
        kind -> Text,
        count -> BigInt,
        ours -> Text,
        theirs -> Text,
        first_seen_at -> Moment,
        last_seen_at -> Moment,
    }
}
