//! Cases by COPY in its binary format. A whole dataset is loaded in one transaction on a connection of
//! its own without a statement timeout: memory is bounded whatever the file's size.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::io::Write;

use diesel::Connection as _;
use diesel::pg::CopyFormat;
use diesel::prelude::*;
use evalstone_core::dataset::{NewCase, SlotCounts};
use evalstone_core::error::{Error, Result};
use evalstone_core::id::CaseId;
use evalstone_core::lens::slots::case_slots;

use super::queries::{cases as cases_queries, loads};
use super::{Connection, connect};
use crate::failure::{Failure, Outcome};
use crate::loads::Load;
use crate::records::cases::{NEW_CASE_COLUMNS, NewCaseRecord, new_case_columns};
use crate::schema::cases;
use crate::types::Key;

/// The signature, flags and header extension that every binary COPY begins with.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// The field count that ends it.
const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();
/// How much is gathered before it goes to the server.
const BUFFER: usize = 64 * 1024;

/// Makes a dataset with all the cases that `source` gives, or nothing.
pub fn load(
    url: &str,
    load: &Load,
    source: &mut dyn Iterator<Item = Result<NewCase>>,
) -> Result<()> {
    let mut connection = connect(url)?;
    let loaded: Outcome<()> = connection.transaction(|connection| {
        loads::begin(connection, load)?;
        let organization = load.caller.organization.into();
        let (added, slots) = copy(connection, organization, load.id.into(), source)?;
        loads::reveal(connection, load, added, slots)
    });
    loaded.map_err(Into::into)
}

/// Adds cases that are at hand to a dataset whose lock is held.
pub fn copy_cases(
    connection: &mut Connection,
    organization: Key,
    dataset: Key,
    new: &[NewCase],
) -> Outcome<()> {
    copy(connection, organization, dataset, &mut new.iter().map(Ok)).map(|_| ())
}

/// What a COPY goes through, and why it stopped if it did.
struct Stream<'s, C> {
    source: &'s mut dyn Iterator<Item = Result<C>>,
    added: i64,
    slots: SlotCounts,
    stopped: Option<Failure>,
}

impl<C: Borrow<NewCase>> Stream<'_, C> {
    fn send(&mut self, organization: Key, dataset: Key, out: &mut dyn Write) -> Outcome<()> {
        let mut buffer = Vec::with_capacity(2 * BUFFER);
        buffer.extend_from_slice(HEADER);
        for new in &mut *self.source {
            let new = new?;
            let new = new.borrow();
            self.slots.add(case_slots(&new.case));
            self.added += 1;
            let id = new.id.unwrap_or_else(CaseId::generate);
            write_row(&mut buffer, &NewCaseRecord::of(organization, dataset, id, new))?;
            if buffer.len() >= BUFFER {
                out.write_all(&buffer)?;
                buffer.clear();
            }
        }
        buffer.extend_from_slice(&TRAILER);
        out.write_all(&buffer)?;
        Ok(())
    }
}

fn copy<C: Borrow<NewCase>>(
    connection: &mut Connection,
    organization: Key,
    dataset: Key,
    source: &mut dyn Iterator<Item = Result<C>>,
) -> Outcome<(i64, SlotCounts)> {
    // Diesel wants a callback that it could call more than once, hence the cell.
    let stream =
        RefCell::new(Stream { source, added: 0, slots: SlotCounts::default(), stopped: None });
    let copied = diesel::copy_from(cases::table)
        .from_raw_data(new_case_columns(), |out: &mut dyn Write| -> Outcome<()> {
            let mut stream = stream.borrow_mut();
            stream.send(organization, dataset, out).map_err(|failure| {
                // The server answers a copy that stops with an error of its own, which is the one
                // that Diesel reports: the cause is kept here.
                stream.stopped = Some(failure);
                Failure::Database(diesel::result::Error::RollbackTransaction)
            })
        })
        .with_format(CopyFormat::Binary)
        .execute(connection);
    let Stream { added, slots, stopped, .. } = stream.into_inner();
    match (stopped, copied) {
        (Some(failure), _) => Err(failure),
        (None, Err(failure)) => Err(cases_queries::explain(failure)),
        (None, Ok(_)) => Ok((added, slots)),
    }
}

fn write_row(buffer: &mut Vec<u8>, row: &NewCaseRecord<'_>) -> Outcome<()> {
    let NewCaseRecord {
        organization_id,
        id,
        dataset_id,
        name,
        stage,
        inputs,
        output,
        expected,
        metadata,
        origin,
        source_id,
        facet,
    } = row;
    let columns = i16::try_from(NEW_CASE_COLUMNS).map_err(Error::fault)?;
    buffer.extend_from_slice(&columns.to_be_bytes());
    for key in [organization_id, id, dataset_id] {
        write_field(buffer, Some(key.0.as_bytes()))?;
    }
    let texts = [
        *name,
        *stage,
        Some(*inputs),
        *output,
        *expected,
        *metadata,
        Some(*origin),
        *source_id,
        *facet,
    ];
    for text in texts {
        write_field(buffer, text.map(str::as_bytes))?;
    }
    Ok(())
}

fn write_field(buffer: &mut Vec<u8>, value: Option<&[u8]>) -> Outcome<()> {
    match value {
        None => buffer.extend_from_slice(&(-1_i32).to_be_bytes()),
        Some(value) => {
            let length = i32::try_from(value.len()).map_err(|_| {
                Failure::Domain(Error::new(
                    evalstone_core::error::Kind::TooLarge,
                    "a field has over 2 GiB",
                ))
            })?;
            buffer.extend_from_slice(&length.to_be_bytes());
            buffer.extend_from_slice(value);
        }
    }
    Ok(())
}
