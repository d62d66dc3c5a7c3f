//! Files good and bad.

use evalstone_core::dataset::NewCase;
use evalstone_core::error::Result;
use evalstone_kit::limits::Cap;
use proptest::collection::vec;
use proptest::prelude::*;

use super::open;
use crate::columns::ColumnMappings;
use crate::mapping::read;
use crate::wire::record::{Field, Token};

const CAP: Cap = Cap { bytes: 1 << 20, setting: "limits.record" };

/// The structure and, for each case, the texts of its fields.
type Table = (Vec<&'static str>, Vec<[Option<String>; 5]>);

fn read_with(bytes: &[u8], cap: Cap, mappings: &ColumnMappings) -> Result<Table> {
    let (structure, rows) = open(bytes, mappings, cap)?;
    let rows: Result<Vec<NewCase>> = rows.collect();
    let text = |token: Token<'_>| serde_json::from_str(token.as_str()).expect("a string token");
    let fields = |new: NewCase| read(&new.case).0.map(|token| token.map(text));
    Ok((
        structure.into_iter().map(Field::as_str).collect(),
        rows?.into_iter().map(fields).collect(),
    ))
}

fn table(bytes: impl AsRef<[u8]>) -> Result<Table> {
    read_with(bytes.as_ref(), CAP, &ColumnMappings::default())
}

/// The outputs of a table that has them.
fn outputs(bytes: impl AsRef<[u8]>) -> Vec<String> {
    let (_, rows) = table(bytes).expect("a good table");
    rows.into_iter().filter_map(|[_, _, _, output, _]| output).collect()
}

fn refusal(bytes: impl AsRef<[u8]>) -> String {
    table(bytes).expect_err("refused").message().to_owned()
}

fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes_of).collect()
}

#[test]
fn the_fields_are_in_the_vendors_order() {
    let (structure, rows) = table("golden_answer,x,prompt\na,b,c\n,b,d\n").expect("good");
    assert_eq!(structure, ["prompt", "golden_answer"]);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(rows[0], [some("c"), None, None, None, some("a")]);
    assert_eq!(rows[1], [some("d"), None, None, None, None]);
}

#[test]
fn line_breaks_and_quotes() {
    assert_eq!(outputs("output\na\nb"), ["a", "b"]);
    assert_eq!(outputs("output\r\na\r\nb\r\n"), ["a", "b"]);
    assert_eq!(outputs("output\ra\rb\r"), ["a", "b"]);
    assert_eq!(outputs("\n\r\noutput\n\n\na\n\r\n\nb\n\n"), ["a", "b"]);
    assert_eq!(outputs("output\n\"a\r\nb\"\n\"c\nd\"\n\"e\rf\""), ["a\r\nb", "c\nd", "e\rf"]);
    assert_eq!(outputs("\"output\"\n\"say \"\"hi\"\"\"\na\"b\n"), ["say \"hi\"", "a\"b"]);
    assert_eq!(outputs(" output ,x\n a ,\n"), [" a "]);
    assert_eq!(outputs("output\na\0b\n"), ["a\0b"]);
    assert_eq!(outputs("x,output\n1,\n,2\n,\n"), ["2"]);
    assert_eq!(outputs("output\n\"\"\na"), ["a"]);
}

#[test]
fn a_file_is_read_alike_after_one_that_breaks_off_anywhere() {
    // One thread reads its files with one parser.
    let before = "output,x\n\"a\"\"b\",\"c\nd\"\r\n\"e\",f\n";
    for end in 0..=before.len() {
        // Most of them are refused, or end inside of something.
        drop(table(&before[..end]));
        assert_eq!(outputs("output\na\n\"b\"\n"), ["a", "b"], "after {end} bytes");
    }
}

#[test]
fn a_file_of_any_length_is_read_whole() {
    // Around the ends of the first pieces that are read of a file, of which UTF-16 has twice the bytes.
    for length in
        [2_040, 4_080, 32_750, 65_520, 69_616, 135_150].into_iter().flat_map(|n| n..n + 24)
    {
        let text = "ä".repeat(length / 2);
        assert_eq!(outputs(format!("output\n{text}")), [text.as_str()], "{length}");
        let wide = utf16(&format!("\u{feff}output\n{text}"), u16::to_le_bytes);
        assert_eq!(outputs(wide), [text.as_str()], "{length}");
    }
}

#[test]
fn encodings() {
    assert_eq!(outputs("\u{feff}output\nä"), ["ä"]);
    assert_eq!(outputs("\u{feff}\"output\"\n\u{feff}ä"), ["\u{feff}ä"]);
    let text = "\u{feff}output\r\n\"ä😀\r\n\"\r\n";
    assert_eq!(outputs(utf16(text, u16::to_le_bytes)), ["ä😀\r\n"]);
    assert_eq!(outputs(utf16(text, u16::to_be_bytes)), ["ä😀\r\n"]);
}

#[test]
fn broken_encodings_name_the_place() {
    assert_eq!(
        refusal(b"output,x\na,b\nc,d\xffe\n"),
        "row 2 (line 3), column 2: the file is not valid UTF-8 at byte offset 16"
    );
    assert_eq!(
        refusal(b"output\n\xe2\x82"),
        "row 1 (line 2), column 1: the file is not valid UTF-8 at byte offset 7"
    );
    assert_eq!(
        refusal(b"out\xc3put\n"),
        "the header (line 1), column 1: the file is not valid UTF-8 at byte offset 3"
    );
    assert_eq!(
        refusal(b"output\n\xed\xa0\x80"),
        "row 1 (line 2), column 1: the file is not valid UTF-8 at byte offset 7"
    );
    let mut odd = utf16("\u{feff}output\nab\n", u16::to_le_bytes);
    odd.push(0x41);
    assert_eq!(
        refusal(&odd),
        "row 2 (line 3), column 1: the file is not valid UTF-16LE at byte offset 22"
    );
    let mut lone = utf16("\u{feff}output\na", u16::to_be_bytes);
    lone.extend([0xD8, 0x00, 0x00, 0x62]);
    assert_eq!(
        refusal(&lone),
        "row 1 (line 2), column 1: the file is not valid UTF-16BE at byte offset 18"
    );
}

#[test]
fn a_bad_byte_far_behind_does_not_move_the_place() {
    let mut bytes = b"output\n".to_vec();
    bytes.extend(b"good line\n".repeat(100_000));
    bytes.extend(b"bad\xffline\n");
    assert_eq!(
        refusal(&bytes),
        "row 100001 (line 100002), column 1: the file is not valid UTF-8 at byte offset 1000010"
    );
}

#[test]
fn ragged_rows() {
    assert_eq!(
        refusal("prompt,output\na,b\n\n\"c\nc\",d\ne\n"),
        "row 3 (line 6), column 1: the row has only 1 of the header's 2 cells"
    );
    assert_eq!(
        refusal("output,input\r\r\n\n\r\"1\r2\r\n3\",\"\r\"\r4\r"),
        "row 2 (line 9), column 1: the row has only 1 of the header's 2 cells"
    );
    assert_eq!(
        refusal("prompt,output\r\na,b\r\nc,d,e,f\r\n"),
        "row 2 (line 3), column 3: the row has more than 2 of the header's 2 cells"
    );
    assert_eq!(
        refusal("prompt,output\na,b\nc,\"d\nd\",\n"),
        "row 2 (line 3), column 3: the row has more than 2 of the header's 2 cells"
    );
}

#[test]
fn open_quotes() {
    let why = "the quote that opens here is never closed";
    assert_eq!(
        refusal("prompt,output\n\"a\nb\",c\nd,\"e\nf,g\n"),
        format!("row 2 (line 4), column 2: {why}")
    );
    assert_eq!(refusal("output\n\""), format!("row 1 (line 2), column 1: {why}"));
    assert_eq!(refusal("output\n\"a\"\"\n"), format!("row 1 (line 2), column 1: {why}"));
    assert_eq!(refusal("\"output\na\n"), format!("the header (line 1), column 1: {why}"));
    assert_eq!(outputs("output\n\"a\"\"\""), ["a\""]);
}

#[test]
fn files_without_anything() {
    let empty = "the file is empty: line 1 must name its columns";
    for bytes in ["", "\u{feff}", "\n\n\r\n"] {
        assert_eq!(refusal(bytes), empty);
    }
    for bytes in ["output", "output\n", "output,x\n,\n,y\n\n"] {
        let found = refusal(bytes);
        assert!(found.starts_with("the file has a header, but up to its end at line"), "{found}");
    }
    assert!(refusal("a,b\n1,2\n").starts_with("line 1: the header names none of the columns"));
    assert!(refusal("\n\noutput,output\n").starts_with("line 3: the header has the column"));
}

#[test]
fn records_are_limited_and_files_are_not() {
    let cap = Cap { bytes: 20, setting: "limits.record" };
    let read = |text: &str| read_with(text.as_bytes(), cap, &ColumnMappings::default());
    assert_eq!(read("output\n0123456789abcdef\n").expect("fits").1.len(), 1);
    let many = format!("output\n{}", "0123456789\n".repeat(1000));
    assert_eq!(read(&many).expect("fits").1.len(), 1000);
    let error = read("x,output\na,b\nc,\"0123456789\n0123456789\"\n").expect_err("too large");
    assert_eq!(
        error.message(),
        "row 2 (line 3), column 2: the record is over 20 bytes (setting limits.record)"
    );
}

#[test]
fn a_header_of_100_000_columns() {
    let names: Vec<String> = (0..100_000).map(|index| format!("c{index}")).collect();
    let cells = vec!["v"; 100_000].join(",");
    let text = format!("{},output\n{cells},last\n", names.join(","));
    let cap = Cap { bytes: 16 << 20, setting: "limits.record" };
    let (structure, rows) =
        read_with(text.as_bytes(), cap, &ColumnMappings::default()).expect("good");
    assert_eq!(structure, ["output"]);
    assert_eq!(rows[0][3].as_deref(), Some("last"));
}

#[test]
fn pieces_of_the_file_can_end_anywhere() {
    // Characters of every length, a CRLF and escaped quotes lie across the borders of pieces.
    let cell = "aä漢😀\"\r\n".repeat(20_000);
    for shift in 0..9 {
        let quoted = format!("{}{}", "x".repeat(shift), cell);
        let text = format!("output\n\"{}\"\r\n", quoted.replace('"', "\"\""));
        assert_eq!(outputs(&text), [quoted], "shift {shift}");
    }
}

fn cell() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        3 => prop::char::range(' ', '~'),
        2 => prop::sample::select(vec!['"', ',', '\n', '\r', '\0', '\u{feff}', 'ä', '漢', '😀']),
        1 => any::<char>(),
    ];
    let text = vec(character, 0..12).prop_map(|text| text.into_iter().collect());
    prop_oneof![1 => Just("\r\n".to_owned()), 9 => text]
}

fn written(rows: &[[String; 6]], crlf: bool, bom: bool) -> String {
    let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
    let header = ["prompt", "note", "input", "context", "output", "golden_answer"];
    writer.write_record(header).expect("in memory");
    for row in rows {
        writer.write_record(row).expect("in memory");
    }
    let text = String::from_utf8(writer.into_inner().expect("in memory")).expect("UTF-8");
    format!("{}{text}", if bom { "\u{feff}" } else { "" })
}

proptest! {
    #[test]
    fn what_was_written_comes_back_to_the_byte(
        rows in vec(proptest::array::uniform6(cell()), 0..8),
        crlf in any::<bool>(),
        bom in any::<bool>(),
        encoding in 0..3,
    ) {
        let expected: Vec<[Option<String>; 5]> = rows
            .iter()
            .map(|[prompt, _, input, context, output, answer]| {
                [prompt, input, context, output, answer]
                    .map(|text| (!text.is_empty()).then(|| text.clone()))
            })
            .filter(|row| row.iter().any(Option::is_some))
            .collect();
        let bytes = match encoding {
            0 => written(&rows, crlf, bom).into_bytes(),
            1 => utf16(&written(&rows, crlf, true), u16::to_le_bytes),
            _ => utf16(&written(&rows, crlf, true), u16::to_be_bytes),
        };
        match table(&bytes) {
            Ok((_, found)) => prop_assert_eq!(found, expected),
            Err(error) => prop_assert!(expected.is_empty(), "{}", error),
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        let file = [b"output,input\n".as_slice(), &bytes].concat();
        let _ = table(&file);
        if let Err(error) = table(&bytes) {
            prop_assert!(error.message().contains("line"), "{}", error);
        }
    }
}
