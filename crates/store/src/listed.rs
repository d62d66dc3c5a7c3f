//! The rows that a page of a list shows, to be read a bounded piece at a time.

use std::collections::VecDeque;

use crate::types::Key;

/// How many bytes of texts a piece has at the most, unless a single row has more.
const PIECE_BYTES: i64 = 512 * 1024;

/// Rows by their ids, each with the bytes of its texts, in the order of the list.
pub struct Listed(VecDeque<(Key, i64)>);

impl Listed {
    /// These rows.
    pub fn new(rows: impl IntoIterator<Item = (Key, i64)>) -> Self {
        Self(rows.into_iter().collect())
    }

    /// The next ones, as many as have so many bytes together, but one at least; none at the end.
    pub fn piece(&mut self) -> Vec<Key> {
        let mut piece = Vec::new();
        let mut total = 0;
        while let Some((id, size)) = self.0.pop_front() {
            total += size;
            if total > PIECE_BYTES && !piece.is_empty() {
                self.0.push_front((id, size));
                break;
            }
            piece.push(id);
        }
        piece
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Key, Listed, PIECE_BYTES};

    #[test]
    fn a_piece_has_as_many_rows_as_fit_but_one_at_least() {
        let key = |n: u128| Key(Uuid::from_u128(n));
        let sizes = [PIECE_BYTES / 2, PIECE_BYTES / 2, 1, PIECE_BYTES * 2, 0, 0];
        let mut listed = Listed::new((0..).map(key).zip(sizes));
        let mut pieces = Vec::new();
        loop {
            let piece = listed.piece();
            if piece.is_empty() {
                break;
            }
            pieces.push(piece);
        }
        let expected = [vec![0, 1], vec![2], vec![3], vec![4, 5]];
        assert_eq!(pieces, expected.map(|ids| ids.into_iter().map(key).collect::<Vec<_>>()));
    }
}
