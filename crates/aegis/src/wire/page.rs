//! A page of a list: `{"items": […], "meta": {…}}` (contract §1.1).

use evalstone_core::json::ObjectWriter;

/// Which page was asked for. Its number is as large as a client likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The page, from 1.
    pub page: i128,
    /// How many items a page has.
    pub page_size: i64,
}

impl PageRequest {
    /// How many items stand before this page.
    pub fn offset(self) -> i64 {
        let Self { page, page_size } = self;
        let before = page.saturating_sub(1).saturating_mul(i128::from(page_size));
        i64::try_from(before).unwrap_or(i64::MAX)
    }
}

/// What stands before the items of a page.
pub const HEAD: &str = r#"{"items":["#;

/// What stands behind the `items` items of a page of a list of `total`.
pub fn tail(request: PageRequest, total: i64, items: usize) -> String {
    let PageRequest { page, page_size } = request;
    let mut body = "],\"meta\":".to_owned();
    let total_pages = i128::from(total.unsigned_abs().div_ceil(page_size.unsigned_abs().max(1)));
    let (next, previous) = (page < total_pages, page > 1);
    let mut meta = ObjectWriter::open(&mut body);
    meta.plain("current_page", page);
    meta.plain("page_size", page_size);
    meta.plain("total_items", total);
    meta.plain("items_on_page", items);
    meta.plain("total_pages", total_pages);
    meta.plain("has_next", next);
    meta.plain("has_previous", previous);
    meta.nullable("next_page", next.then(|| page + 1));
    meta.nullable("previous_page", previous.then(|| page - 1));
    meta.close();
    body.push('}');
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(page: i128, page_size: i64, total: i64, items: &[i64]) -> String {
        let items: Vec<String> = items.iter().map(ToString::to_string).collect();
        let tail = tail(PageRequest { page, page_size }, total, items.len());
        format!("{HEAD}{}{tail}", items.join(","))
    }

    #[test]
    fn the_contracts_example() {
        let expected = concat!(
            r#"{"items":[7],"meta":{"current_page":1,"page_size":10,"total_items":1,"#,
            r#""items_on_page":1,"total_pages":1,"has_next":false,"has_previous":false,"#,
            r#""next_page":null,"previous_page":null}}"#
        );
        assert_eq!(page(1, 10, 1, &[7]), expected);
    }

    #[test]
    fn pages_in_the_middle_past_the_end_and_of_nothing() {
        assert!(page(2, 2, 5, &[1, 2]).ends_with(concat!(
            r#""total_pages":3,"has_next":true,"has_previous":true,"next_page":3,"#,
            r#""previous_page":1}}"#
        )));
        assert!(page(9, 2, 5, &[]).ends_with(concat!(
            r#""items_on_page":0,"total_pages":3,"has_next":false,"has_previous":true,"#,
            r#""next_page":null,"previous_page":8}}"#
        )));
        assert!(page(1, 2, 0, &[]).contains(r#""total_pages":0,"has_next":false"#));
        assert!(page(i128::MAX, 10_000, 5, &[]).contains(r#""has_next":false"#));
    }

    #[test]
    fn offsets_never_overflow() {
        let offset = |page, page_size| PageRequest { page, page_size }.offset();
        assert_eq!(offset(1, 10), 0);
        assert_eq!(offset(3, 10), 20);
        assert_eq!(offset(i128::MAX, 10_000), i64::MAX);
    }
}
