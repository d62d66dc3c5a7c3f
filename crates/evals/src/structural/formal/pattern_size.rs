//! How large the automaton of an XML Schema pattern would be, found out before it is built: the
//! engine leaves out, and so lets anything pass, what is larger than it allows.

/// The largest automaton, in about the states of a plain character. The engine's own limit is
/// at about 327,000.
pub const LARGEST: usize = 300_000;
/// The most brackets in each other.
pub const DEEPEST: usize = 50;
/// The longest pattern, in bytes.
pub const LONGEST: usize = 10_000;

/// What an atom that stands for many characters counts, against 1 for a plain one: measured by how
/// many of it the engine takes.
fn size_of(escape: char) -> usize {
    match escape {
        'p' | 'P' | 'w' | 'W' | 'i' | 'I' | 'c' | 'C' => 1_600,
        'd' | 'D' | 's' | 'S' => 170,
        _ => 1,
    }
}

/// What any character, or any but some, counts.
const ANY: usize = 35;
/// What a class with characters beyond ASCII counts.
const FOREIGN: usize = 200;

/// Whether a pattern is small enough to be built and matched. Counted repetitions multiply what
/// they repeat.
///
/// # Errors
/// What about it is too large.
pub fn within_limits(pattern: &str) -> Result<(), String> {
    if pattern.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    if measured(pattern)? > LARGEST {
        return Err("its repetitions multiply to too large an automaton".to_owned());
    }
    Ok(())
}

/// The size of a pattern's automaton; of one that is not within the limits it is the largest.
pub fn of(pattern: &str) -> usize {
    measured(pattern).unwrap_or(LARGEST)
}

fn measured(pattern: &str) -> Result<usize, String> {
    let mut sizes = Sizes::default();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '(' => sizes.open()?,
            ')' => sizes.close(),
            '[' => sizes.atom(class(&mut characters)?),
            '\\' => {
                let escape = characters.next().unwrap_or_default();
                if matches!(escape, 'p' | 'P') {
                    // The category or block in braces.
                    characters.by_ref().take_while(|c| *c != '}').for_each(drop);
                }
                sizes.atom(size_of(escape));
            }
            '.' => sizes.atom(ANY),
            '{' => {
                let bounds: String = characters.by_ref().take_while(|c| *c != '}').collect();
                sizes.repeat(&bounds);
            }
            '?' | '*' | '+' | '|' => {}
            _ => sizes.atom(1),
        }
    }
    Ok(sizes.total())
}

/// The size of a class whose bracket has just been read.
fn class(characters: &mut impl Iterator<Item = char>) -> Result<usize, String> {
    let mut depth = 1;
    let mut size = 1;
    let mut before = '[';
    while let Some(character) = characters.next() {
        match character {
            '\\' => size = size.max(characters.next().map_or(1, size_of)),
            '[' => depth += 1,
            ']' => depth -= 1,
            '^' if before == '[' => size = size.max(ANY),
            character if !character.is_ascii() => size = size.max(FOREIGN),
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth > DEEPEST {
            return Err(format!("it has more than {DEEPEST} brackets in each other"));
        }
        before = character;
    }
    Ok(size)
}

/// The sizes of the groups that are open.
#[derive(Default)]
struct Sizes {
    open: Vec<(usize, usize)>,
    /// Of the group up to its last atom, and of that atom.
    here: (usize, usize),
}

impl Sizes {
    fn open(&mut self) -> Result<(), String> {
        self.open.push(std::mem::take(&mut self.here));
        if self.open.len() > DEEPEST {
            return Err(format!("it has more than {DEEPEST} brackets in each other"));
        }
        Ok(())
    }

    fn close(&mut self) {
        let inside = self.total();
        self.here = self.open.pop().unwrap_or_default();
        self.atom(inside.max(1));
    }

    fn atom(&mut self, size: usize) {
        self.here = (self.here.0.saturating_add(self.here.1), size);
    }

    fn repeat(&mut self, bounds: &str) {
        let most = bounds.split(',').filter_map(|bound| bound.trim().parse::<usize>().ok()).max();
        // Bounds that are no numbers, or that no usize can hold, are large.
        let is_empty = bounds.trim().is_empty();
        self.here.1 = self
            .here
            .1
            .saturating_mul(most.unwrap_or(if is_empty { 1 } else { LARGEST + 1 }).max(1));
    }

    fn total(&self) -> usize {
        self.here.0.saturating_add(self.here.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_patterns_are_small() {
        for pattern in [
            "",
            r"\d{3}-\d{4}",
            r"[A-Z]{2}\d{2}[A-Z0-9]{1,30}",
            r"(\p{L}+ ?){1,50}",
            ".{1,200}",
            r"(a|b){0,1000}",
            "[a-z]{50000}",
            r"[a-z-[aeiou]]+",
            r"\[\]\(\)\{\}",
        ] {
            assert_eq!(within_limits(pattern), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn repetitions_multiply_and_brackets_are_bounded() {
        for pattern in [
            "((a{1000}){1000}){1000}".to_owned(),
            r"(\p{L}{100}){100}".to_owned(),
            "a{99999999999999999999999999}".to_owned(),
            format!("{}a{}", "(".repeat(60), ")".repeat(60)),
            format!("{}a{}", "[a-".repeat(60), "]".repeat(60)),
            "a".repeat(LONGEST + 1),
        ] {
            assert!(within_limits(&pattern).is_err(), "{}", &pattern[..10]);
        }
    }
}
