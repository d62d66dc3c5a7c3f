//! Pages of lists: `limit` and `offset` in, the envelope of contract §1.5 out.

use evalstone_core::json::ObjectWriter;
use evalstone_kit::query::{self, last};

use crate::validation::{Problems, Reader};

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many rows at the most.
    pub limit: i64,
    /// How many rows to pass over.
    pub offset: i64,
}

impl Window {
    /// Reads `limit` (1 to `most`, else `default`) and `offset` (0 or more) of a query string
    /// (contract U2). Both are checked, in this order.
    pub fn read(query: &str, default: i64, most: i64) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        let window = Self::of(&mut reader, &query::parse(query), default, most);
        let problems = reader.into_problems();
        if problems.is_empty() { Ok(window) } else { Err(problems) }
    }

    /// The same among other numbers of a query string; what is wrong is for the reader to tell.
    pub fn of(reader: &mut Reader, pairs: &[(String, String)], default: i64, most: i64) -> Self {
        let limit = reader.integer("limit", last(pairs, "limit"), default, (1, most));
        let offset = reader.integer("offset", last(pairs, "offset"), 0, (0, i64::MAX));
        Self { limit, offset }
    }
}

/// A part of a list. Its rows are written one after the other, since they may be long.
pub struct Page;

impl Page {
    /// What stands before the rows: how many the whole list has, what was asked for, and the key of
    /// the rows, such as `datasets`.
    pub fn head(total: i64, Window { limit, offset }: Window, plural: &'static str) -> String {
        let mut head = String::new();
        let mut object = ObjectWriter::open(&mut head);
        object.plain("total", total);
        object.plain("limit", limit);
        object.plain("offset", offset);
        object.key(plural).push('[');
        head
    }

    /// What stands behind them.
    pub const TAIL: &'static str = "]}";
}

#[cfg(test)]
mod tests {
    use super::{Page, Window};

    fn window(query: &str) -> Result<(i64, i64), String> {
        Window::read(query, 50, 200)
            .map(|Window { limit, offset }| (limit, offset))
            .map_err(|problems| problems.detail())
    }

    #[test]
    fn defaults_and_bounds() {
        assert_eq!(window(""), Ok((50, 0)));
        assert_eq!(window("limit=1&offset=9223372036854775807"), Ok((1, i64::MAX)));
        assert_eq!(window("limit=200&limit=+7+&lim%69t=%2B5.0"), Ok((5, 0)));
        assert_eq!(
            window("offset=-1&limit=0"),
            Err(r#"[{"type":"greater_than_equal","loc":["query","limit"],"msg":"Input should be greater than or equal to 1","input":"0","ctx":{"ge":1}},{"type":"greater_than_equal","loc":["query","offset"],"msg":"Input should be greater than or equal to 0","input":"-1","ctx":{"ge":0}}]"#.to_owned())
        );
        assert_eq!(
            window("limit=999&offset=9223372036854775808"),
            Err(r#"[{"type":"less_than_equal","loc":["query","limit"],"msg":"Input should be less than or equal to 200","input":"999","ctx":{"le":200}},{"type":"less_than_equal","loc":["query","offset"],"msg":"Input should be less than or equal to 9223372036854775807","input":"9223372036854775808","ctx":{"le":9223372036854775807}}]"#.to_owned())
        );
        assert_eq!(
            window("limit=&offset=abc"),
            Err(r#"[{"type":"int_parsing","loc":["query","limit"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":""},{"type":"int_parsing","loc":["query","offset"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"abc"}]"#.to_owned())
        );
    }

    #[test]
    fn the_envelope() {
        let window = Window { limit: 50, offset: 2 };
        let page = Page::head(3, window, "samples") + "{}" + Page::TAIL;
        assert_eq!(page, r#"{"total":3,"limit":50,"offset":2,"samples":[{}]}"#);
    }
}
