//! The rows of a CSV file as cases.

use std::io::Read;

use evalstone_core::dataset::NewCase;
use evalstone_core::error::{Error, Result};
use evalstone_kit::table::cells::Cells;

use crate::columns::Column;
use crate::mapping::new_case;
use crate::wire::record::{Fields, Token};

/// Reads rows as they are asked for. Rows without any value are passed over; a file without any
/// other row ends with an error.
pub struct Rows<R> {
    cells: Cells<R>,
    /// How many cells each row must have.
    width: usize,
    /// The columns to be read, in the order of their places.
    columns: Vec<Column>,
    found: bool,
    over: bool,
}

impl<R: Read> Rows<R> {
    /// The rows that follow the header.
    pub const fn new(cells: Cells<R>, width: usize, columns: Vec<Column>) -> Self {
        Self { cells, width, columns, found: false, over: false }
    }

    fn next_fields(&mut self) -> Result<Option<Fields<'static>>> {
        while self.cells.begin()? {
            let fields = self.read_row()?;
            if fields != Fields::default() {
                self.found = true;
                return Ok(Some(fields));
            }
        }
        if self.found {
            return Ok(None);
        }
        let line = self.cells.line();
        Err(Error::invalid(format!(
            "the file has a header, but up to its end at line {line} no row with a value in one \
             of the columns that are read"
        )))
    }

    fn read_row(&mut self) -> Result<Fields<'static>> {
        let mut fields = Fields::default();
        let mut wanted = self.columns.iter().peekable();
        let (line, mut count) = (self.cells.line(), 0);
        loop {
            let (cell, last) = self.cells.next_cell()?;
            while let Some(column) = wanted.next_if(|column| column.index == count) {
                let token = (!cell.is_empty()).then(|| Token::of_text(cell));
                fields.0[column.field as usize] = token;
            }
            count += 1;
            if last && count == self.width {
                return Ok(fields);
            }
            if last || count == self.width {
                // Of a row with too many cells only the first one too many is known.
                let (cells, width) = (count, self.width);
                let (more, at) = if last { ("only", count) } else { ("more than", count + 1) };
                let why = format!("the row has {more} {cells} of the header's {width} cells");
                return Err(self.cells.refuse_at(line, at, &why).into());
            }
        }
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<NewCase>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let fields = self.next_fields().transpose();
        self.over = !matches!(fields, Some(Ok(_)));
        fields.map(|fields| fields.map(new_case))
    }
}
