//! Finding partners in any order.

use std::collections::VecDeque;

/// How many pairs may be looked at in one comparison.
pub const MOST_PAIRS: usize = 2_000_000;

/// There were more pairs to look at than may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// What is left of the most pairs.
#[derive(Debug)]
pub struct Budget(usize);

impl Budget {
    /// All of them.
    pub fn new() -> Self {
        Self(MOST_PAIRS)
    }

    /// Takes one.
    ///
    /// # Errors
    /// When none is left.
    pub fn spend(&mut self) -> Result<(), TooMany> {
        self.0 = self.0.checked_sub(1).ok_or(TooMany)?;
        Ok(())
    }
}

/// Takes away what both sorted lists have, as often as both have it, and gives what is left.
///
/// Where one of equal things may stand for another, and partnership is transitive, a full pairing
/// exists exactly when it exists for what is left.
pub fn without_equals<'a, T: Ord>(
    mut one: Vec<&'a T>,
    mut other: Vec<&'a T>,
) -> (Vec<&'a T>, Vec<&'a T>) {
    one.sort();
    other.sort();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut others = other.into_iter().peekable();
    for item in one {
        while let Some(smaller) = others.next_if(|candidate| *candidate < item) {
            right.push(smaller);
        }
        if others.next_if(|candidate| *candidate == item).is_none() {
            left.push(item);
        }
    }
    right.extend(others);
    (left, right)
}

/// Whether everything in `wanted` gets a partner of its own in `offered`: a maximum matching by
/// augmenting paths, each found breadth first. Work is at most cubic in the lists' length, and the
/// budget bounds the pairs that are looked at.
///
/// # Errors
/// When the budget is spent, by this or by `fits`.
pub fn all_find<T>(
    wanted: &[&T],
    offered: &[&T],
    budget: &mut Budget,
    fits: impl Fn(&T, &T, &mut Budget) -> Result<bool, TooMany>,
) -> Result<bool, TooMany> {
    if wanted.len() != offered.len() {
        return Ok(false);
    }
    let mut choices = Vec::with_capacity(wanted.len());
    for item in wanted {
        let mut row = Vec::new();
        for (at, candidate) in offered.iter().enumerate() {
            budget.spend()?;
            if fits(item, candidate, budget)? {
                row.push(at);
            }
        }
        choices.push(row);
    }
    let mut partner = vec![None; offered.len()];
    for start in 0..wanted.len() {
        if !augment(start, &choices, &mut partner, budget)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Finds a partner for `start`, for whom others may have to take another one.
fn augment(
    start: usize,
    choices: &[Vec<usize>],
    partner: &mut [Option<usize>],
    budget: &mut Budget,
) -> Result<bool, TooMany> {
    // For each of the offered, who came to it first.
    let mut came_from = vec![None; partner.len()];
    let mut waiting = VecDeque::from([start]);
    while let Some(seeker) = waiting.pop_front() {
        for &at in &choices[seeker] {
            budget.spend()?;
            if came_from[at].is_some() {
                continue;
            }
            came_from[at] = Some(seeker);
            if let Some(taken_by) = partner[at] {
                waiting.push_back(taken_by);
                continue;
            }
            hand_over(at, start, &came_from, partner);
            return Ok(true);
        }
    }
    Ok(false)
}

/// Gives a free one to who came to it, whose own goes to who came to that, back to the start.
fn hand_over(
    free: usize,
    start: usize,
    came_from: &[Option<usize>],
    partner: &mut [Option<usize>],
) {
    let mut at = free;
    while let Some(seeker) = came_from[at] {
        let before = partner.iter().position(|owner| *owner == Some(seeker));
        partner[at] = Some(seeker);
        match before {
            Some(before) if seeker != start => at = before,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_divide(wanted: &[u32], offered: &[u32]) -> Result<bool, TooMany> {
        let (wanted, offered): (Vec<_>, Vec<_>) =
            (wanted.iter().collect(), offered.iter().collect());
        all_find(&wanted, &offered, &mut Budget::new(), |a, b, _| Ok(b % a == 0))
    }

    #[test]
    fn partners_are_given_up_where_others_need_them() {
        assert_eq!(all_divide(&[2, 4, 8], &[8, 8, 8]), Ok(true));
        assert_eq!(all_divide(&[1, 2, 4, 8], &[8, 4, 2, 1]), Ok(true));
        assert_eq!(all_divide(&[2, 2, 4], &[2, 4, 3]), Ok(false));
        assert_eq!(all_divide(&[1], &[]), Ok(false));
        assert_eq!(all_divide(&[3, 1, 2], &[6, 9, 5]), Ok(true));
        assert_eq!(all_divide(&[6, 3, 3], &[6, 6, 5]), Ok(false));
    }

    #[test]
    fn it_agrees_with_trying_every_order() {
        let lists = [
            [1, 2, 3, 4],
            [2, 2, 3, 6],
            [1, 6, 4, 12],
            [12, 6, 5, 4],
            [6, 6, 12, 9],
            [5, 10, 4, 8],
        ];
        for wanted in lists {
            for offered in lists {
                let expected = orders(&offered)
                    .iter()
                    .any(|order| order.iter().zip(wanted).all(|(b, a)| b % a == 0));
                assert_eq!(all_divide(&wanted, &offered), Ok(expected), "{wanted:?} {offered:?}");
            }
        }
    }

    fn orders(items: &[u32]) -> Vec<Vec<u32>> {
        if items.is_empty() {
            return vec![Vec::new()];
        }
        let with_first = |at: usize| {
            let mut rest = items.to_vec();
            let first = rest.remove(at);
            orders(&rest).into_iter().map(move |order| [vec![first], order].concat())
        };
        (0..items.len()).flat_map(with_first).collect()
    }

    #[test]
    fn equals_are_taken_away_as_often_as_both_have_them() {
        let (left, right) = without_equals(vec![&3, &1, &1, &2], vec![&1, &4, &3, &0]);
        assert_eq!((left, right), (vec![&1, &2], vec![&0, &4]));
    }

    #[test]
    fn hostile_lists_exhaust_the_budget() {
        let ones = vec![1; 5_000];
        assert_eq!(all_divide(&ones, &ones), Err(TooMany));
    }
}
