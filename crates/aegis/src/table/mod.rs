//! CSV files, read row by row in bounded memory (contract §4.3).
//!
//! The kit splits a file into cells and knows where each stands; `rows` makes cases of them.

mod rows;

#[cfg(test)]
mod tests;

use std::io::Read;

use evalstone_core::error::{Error, Result};
use evalstone_kit::limits::Cap;
use evalstone_kit::table::cells::Cells;

use crate::columns::{ColumnMappings, Header};
use crate::wire::record::Field;

pub use rows::Rows;

/// Reads a file's header and gives the fields that the file has, in their order, and its rows.
/// Blocks. `cap` limits a single record.
///
/// # Errors
/// Invalid, naming the place, when the header cannot be read or used.
pub fn open<R: Read>(
    file: R,
    mappings: &ColumnMappings,
    cap: Cap,
) -> Result<(Vec<Field>, Rows<R>)> {
    let mut cells = Cells::new(file, cap)?;
    let mut header = Header::new(mappings);
    read_header(&mut cells, &mut header)?;
    let columns = header
        .columns()
        .map_err(|error| Error::invalid(format!("line {}: {}", cells.line(), error.message())))?;
    let has = |field: &Field| columns.iter().any(|column| column.field == *field);
    let structure = Field::ALL.into_iter().filter(has).collect();
    Ok((structure, Rows::new(cells, header.width(), columns)))
}

fn read_header<R: Read>(cells: &mut Cells<R>, header: &mut Header<'_>) -> Result<()> {
    if !cells.begin()? {
        return Err(Error::invalid("the file is empty: line 1 must name its columns"));
    }
    loop {
        let (name, last) = cells.next_cell()?;
        header.add(name);
        if last {
            return Ok(());
        }
    }
}
