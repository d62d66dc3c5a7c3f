//! The Porter stemmer with the extensions of nltk, which `rouge-score` uses.
//!
//! M. F. Porter, "An algorithm for suffix stripping", 1980, with the author's later changes and nltk's: a table
//! of irregular words, and other endings in `ies`, `ied`, `y`, `alli`, `fulli` and `logi`.

/// Words that are stemmed by a table.
const IRREGULAR: &[(&str, &str)] = &[
    ("sky", "sky"),
    ("skies", "sky"),
    ("dying", "die"),
    ("lying", "lie"),
    ("tying", "tie"),
    ("news", "news"),
    ("innings", "inning"),
    ("inning", "inning"),
    ("outings", "outing"),
    ("outing", "outing"),
    ("cannings", "canning"),
    ("canning", "canning"),
    ("howe", "howe"),
    ("proceed", "proceed"),
    ("exceed", "exceed"),
    ("succeed", "succeed"),
];

/// Endings that step 2 replaces, in the order in which they are tried.
const STEP_2: &[(&str, &str)] = &[
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("fulli", "ful"),
];

/// Endings that step 3 replaces.
const STEP_3: &[(&str, &str)] = &[
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
];

/// Endings that step 4 takes away, `ion` only after `s` or `t`, in the order in which they are tried.
const STEP_4: &[&str] = &[
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou",
    "ism", "ate", "iti", "ous", "ive", "ize",
];

/// The stem of a word of ASCII letters and digits. Endings are matched in lower case.
pub(super) fn stem(word: &str) -> String {
    if let Some((_, stem)) = IRREGULAR.iter().find(|(irregular, _)| *irregular == word) {
        return (*stem).to_owned();
    }
    if word.len() <= 2 {
        return word.to_owned();
    }
    let word = present_and_past(plural(word));
    let word = replaced(suffix(final_y(word)), STEP_3);
    doubled_l(final_e(residual(word)))
}

/// Step 1a.
fn plural(word: &str) -> String {
    let cut = match word {
        _ if word.ends_with("ies") && word.len() == 4 => 1,
        _ if word.ends_with("sses") || word.ends_with("ies") => 2,
        _ if word.ends_with('s') && !word.ends_with("ss") => 1,
        _ => 0,
    };
    word[..word.len() - cut].to_owned()
}

/// Step 1b.
fn present_and_past(word: String) -> String {
    if let Some(stem) = word.strip_suffix("ied") {
        return format!("{stem}{}", if word.len() == 4 { "ie" } else { "i" });
    }
    if let Some(stem) = word.strip_suffix("eed") {
        return if measure(stem) > 0 { format!("{stem}ee") } else { word };
    }
    let stem = word.strip_suffix("ed").or_else(|| word.strip_suffix("ing"));
    let Some(stem) = stem.filter(|stem| has_vowel(stem)) else { return word };
    if ["at", "bl", "iz"].iter().any(|ending| stem.ends_with(ending)) {
        return format!("{stem}e");
    }
    if ends_in_double_consonant(stem) {
        let keeps = stem.ends_with(['l', 's', 'z']);
        return stem[..stem.len() - usize::from(!keeps)].to_owned();
    }
    let short = measure(stem) == 1 && ends_in_short_syllable(stem);
    format!("{stem}{}", if short { "e" } else { "" })
}

/// Step 1c.
fn final_y(word: String) -> String {
    match word.strip_suffix('y') {
        Some(stem) if stem.len() > 1 && ends_in_consonant(stem) => format!("{stem}i"),
        _ => word,
    }
}

/// Step 2.
fn suffix(word: String) -> String {
    if let Some(stem) = word.strip_suffix("alli").filter(|stem| measure(stem) > 0) {
        return suffix(format!("{stem}al"));
    }
    if let Some(stem) = word.strip_suffix("logi") {
        // The l counts as the stem's, so that `geology` is measured as `geol`.
        let log = &word[..word.len() - 1];
        return if measure(&word[..stem.len() + 1]) > 0 { log.to_owned() } else { word };
    }
    replaced(word, STEP_2)
}

/// The word with the first ending that it has replaced, if something is before it.
fn replaced(word: String, endings: &[(&str, &str)]) -> String {
    let found = endings.iter().find_map(|(ending, new)| Some((word.strip_suffix(ending)?, *new)));
    match found {
        Some((stem, new)) if measure(stem) > 0 => format!("{stem}{new}"),
        _ => word,
    }
}

/// Step 4.
fn residual(word: String) -> String {
    let found = STEP_4.iter().find_map(|ending| Some((word.strip_suffix(ending)?, *ending)));
    match found {
        Some((stem, ending)) if measure(stem) > 1 => {
            if ending != "ion" || stem.ends_with(['s', 't']) { stem.to_owned() } else { word }
        }
        _ => word,
    }
}

/// Step 5a.
fn final_e(word: String) -> String {
    let Some(stem) = word.strip_suffix('e') else { return word };
    let cuts = match measure(stem) {
        0 => false,
        1 => !ends_in_short_syllable(stem),
        _ => true,
    };
    if cuts { stem.to_owned() } else { word }
}

/// Step 5b.
fn doubled_l(mut word: String) -> String {
    if word.ends_with("ll") && measure(&word[..word.len() - 1]) > 1 {
        word.pop();
    }
    word
}

/// Each letter of a word: whether it is a consonant, which a y is only at the beginning or after a vowel.
fn consonants(word: &str) -> Vec<bool> {
    let mut kinds = Vec::with_capacity(word.len());
    for letter in word.bytes() {
        kinds.push(match letter {
            b'a' | b'e' | b'i' | b'o' | b'u' => false,
            b'y' => kinds.last().is_none_or(|before| !before),
            _ => true,
        });
    }
    kinds
}

/// How often a vowel is followed by a consonant: Porter's m.
fn measure(stem: &str) -> usize {
    consonants(stem).windows(2).filter(|pair| !pair[0] && pair[1]).count()
}

fn has_vowel(stem: &str) -> bool {
    consonants(stem).contains(&false)
}

fn ends_in_consonant(word: &str) -> bool {
    consonants(word).last() == Some(&true)
}

fn ends_in_double_consonant(word: &str) -> bool {
    let letters = word.as_bytes();
    let length = letters.len();
    length >= 2 && letters[length - 1] == letters[length - 2] && ends_in_consonant(word)
}

/// Whether a word ends in consonant, vowel and consonant, the last not w, x or y; or, nltk's extension, is
/// a vowel and a consonant.
fn ends_in_short_syllable(word: &str) -> bool {
    match consonants(word).as_slice() {
        [.., true, false, true] => !word.ends_with(['w', 'x', 'y']),
        [false, true] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::stem;

    /// The paper's own examples, step by step, and those of the extensions.
    #[test]
    fn stems_are_those_of_the_paper_and_of_nltk() {
        for (word, expected) in [
            ("caresses", "caress"),
            ("ponies", "poni"),
            ("ties", "tie"),
            ("cats", "cat"),
            ("feed", "feed"),
            ("agreed", "agre"),
            ("plastered", "plaster"),
            ("bled", "bled"),
            ("motoring", "motor"),
            ("sing", "sing"),
            ("conflated", "conflat"),
            ("troubled", "troubl"),
            ("sized", "size"),
            ("hopping", "hop"),
            ("falling", "fall"),
            ("hissing", "hiss"),
            ("filing", "file"),
            ("happy", "happi"),
            ("enjoy", "enjoy"),
            ("relational", "relat"),
            ("conditional", "condit"),
            ("rational", "ration"),
            ("digitizer", "digit"),
            ("vietnamization", "vietnam"),
            ("hopefulness", "hope"),
            ("triplicate", "triplic"),
            ("electrical", "electr"),
            ("goodness", "good"),
            ("allowance", "allow"),
            ("adjustment", "adjust"),
            ("adoption", "adopt"),
            ("probate", "probat"),
            ("cease", "ceas"),
            ("controll", "control"),
            ("skies", "sky"),
            ("dying", "die"),
            ("proceed", "proceed"),
            ("dies", "die"),
            ("tried", "tri"),
            ("fly", "fli"),
            ("geology", "geolog"),
            ("totally", "total"),
            ("hopefully", "hope"),
            ("is", "is"),
            ("2024s", "2024"),
            ("Running", "Run"),
            ("RUNNING", "RUNNING"),
        ] {
            assert_eq!(stem(word), expected, "{word}");
        }
    }
}
