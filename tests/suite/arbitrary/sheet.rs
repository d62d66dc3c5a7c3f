//! CSV files for Aegis: legal by the contract's §4.3, and awkward.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::canonical;
use super::record::{FIELDS, Record, cell};

/// A file of records.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Which fields have a column.
    present: [bool; 5],
    /// In which order the columns stand: the fields and, as the sixth, one that is none.
    order: Vec<usize>,
    /// Whether columns have names of their own and a mapping says whose they are.
    mapped: bool,
    encoding: Encoding,
    /// Whether the last line ends like the others.
    ended: bool,
    header: Look,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    /// A cell for each of the six columns, whether the file has it or not.
    cells: [String; 6],
    look: Look,
}

/// How a line is written.
#[derive(Clone, Debug)]
struct Look {
    /// Which cells stand in quotes though they need not.
    quoted: [bool; 6],
    end: &'static str,
    /// How many blank lines follow.
    blank_lines: usize,
}

#[derive(Clone, Copy, Debug)]
enum Encoding {
    Utf8,
    Utf8WithMark,
    Utf16Little,
    Utf16Big,
}

/// What columns may be called where a mapping says whose they are.
const OWN_NAMES: [&str; 6] = ["Q, 1", "a \"b\"", "é\nz", "漢 字", "input", " note"];

impl Sheet {
    /// The file's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let Self { present: _, order: _, mapped: _, encoding, ended, header, rows } = self;
        let mut text = self.line(&self.names(), header);
        for Row { cells, look } in rows {
            text.push_str(&self.line(cells, look));
        }
        if !ended {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        match encoding {
            Encoding::Utf8 => text.into_bytes(),
            Encoding::Utf8WithMark => format!("\u{feff}{text}").into_bytes(),
            Encoding::Utf16Little => {
                format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
            }
            Encoding::Utf16Big => {
                format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect()
            }
        }
    }

    /// The JSON of the mapping that the upload needs, if it needs one.
    pub fn mapping(&self) -> Option<String> {
        let names = self.names();
        let pairs: Vec<String> = (0..5)
            .filter(|at| self.present[*at])
            .map(|at| format!("\"{}\":{}", FIELDS[at], canonical::text(names[at].trim())))
            .collect();
        self.mapped.then(|| format!("{{{}}}", pairs.join(",")))
    }

    /// The records that the file holds.
    pub fn records(&self) -> Vec<Record> {
        let text = |row: &Row, at: usize| {
            if self.present[at] { row.cells[at].clone() } else { String::new() }
        };
        let record = |row: &Row| Record(std::array::from_fn(|at| text(row, at)));
        self.rows.iter().map(record).filter(|record| !record.is_blank()).collect()
    }

    /// The columns' names.
    fn names(&self) -> [String; 6] {
        let [prompt, input, context, output, golden_answer] = FIELDS;
        let fields = [prompt, input, context, output, golden_answer, "note"];
        if self.mapped { OWN_NAMES } else { fields }.map(str::to_owned)
    }

    fn line(&self, cells: &[String; 6], look: &Look) -> String {
        let Look { quoted, end, blank_lines } = look;
        let there =
            self.order.iter().filter(|at| self.present.get(**at).is_none_or(|there| *there));
        let spelled: Vec<String> = there.map(|at| spelled(&cells[*at], quoted[*at])).collect();
        format!("{}{}", spelled.join(","), end.repeat(1 + blank_lines))
    }
}

fn spelled(cell: &str, quoted: bool) -> String {
    if quoted || cell.contains(['"', ',', '\r', '\n']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell.to_owned()
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { encoding, .. } = self;
        let bytes = self.bytes();
        let shown = match encoding {
            Encoding::Utf8 | Encoding::Utf8WithMark => {
                format!("{:?}", String::from_utf8_lossy(&bytes))
            }
            Encoding::Utf16Little | Encoding::Utf16Big => format!("{bytes:02x?}"),
        };
        write!(f, "{encoding:?} {shown} with the mapping {:?}", self.mapping())
    }
}

/// Any file of a few rows.
pub fn sheet() -> impl Strategy<Value = Sheet> {
    let present = proptest::array::uniform5(prop::bool::weighted(0.8))
        .prop_filter("a file has a known column", |present| present.contains(&true));
    let order = Just((0..6).collect::<Vec<_>>()).prop_shuffle();
    let encoding = select(vec![
        Encoding::Utf8,
        Encoding::Utf8WithMark,
        Encoding::Utf16Little,
        Encoding::Utf16Big,
    ]);
    let row =
        (proptest::array::uniform6(cell()), look()).prop_map(|(cells, look)| Row { cells, look });
    let file = (present, order, any::<bool>(), encoding, any::<bool>(), look(), vec(row, 1..6));
    file.prop_map(|(present, order, mapped, encoding, ended, header, rows)| Sheet {
        present,
        order,
        mapped,
        encoding,
        ended,
        header,
        rows,
    })
}

fn look() -> impl Strategy<Value = Look> {
    let quoted = proptest::array::uniform6(any::<bool>());
    let end = select(vec!["\n", "\r\n", "\r"]);
    let blank_lines = prop_oneof![4 => Just(0), 1 => 1..3_usize];
    (quoted, end, blank_lines).prop_map(|(quoted, end, blank_lines)| Look {
        quoted,
        end,
        blank_lines,
    })
}
