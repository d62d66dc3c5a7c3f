//! `text_readability`: how easily the output reads.

mod counts;
mod easy_words;
mod syllables;

use counts::Counts;

use super::bounds::Noun;
use crate::scoring::{Arguments, Failure, Field, Row, Score};

const WORDS: Noun = Noun { one: "word", many: "words" };
const SENTENCES: Noun = Noun { one: "sentence", many: "sentences" };

/// The composite of four indices of English texts, each as PyPI's `textstat` 0.7.7 has it, 0 (hardest) to
/// 100 (easiest): the mean of the four, each mapped linearly between its published bounds, beyond
/// which it stays at 0 or 100. An output without a word scores 0.
///
/// | index | easiest, 100 | hardest, 0 | published |
/// | --- | --- | --- | --- |
/// | Flesch Reading Ease | 100 | 0 | Flesch 1948, the ends of the scale |
/// | Dale–Chall | 4.9 (grade 4 and below) | 10.0 (college graduate) | Dale and Chall 1948, correction table |
/// | Gunning Fog | 6 (sixth grade) | 17 (college graduate) | Gunning 1952, table of grades |
/// | SMOG | 4 (fourth grade) | 18 (graduate study) | McGraw's conversion table of McLaughlin 1969 |
pub fn evaluate(row: &Row, _: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.required(Field::Output)?;
    let counts = Counts::of(&output);
    if counts.words == 0 {
        return Ok(Score::structural(0.0, "the output has no words"));
    }
    let Indices { flesch, dale_chall, fog, smog } = Indices::of(&counts);
    let value = (between(flesch, 0.0, 100.0)
        + between(dale_chall, 10.0, 4.9)
        + between(fog, 17.0, 6.0)
        + between(smog, 18.0, 4.0))
        / 4.0;
    let (words, sentences) = (WORDS.counted(counts.words), SENTENCES.counted(counts.sentences));
    let why = format!(
        "Flesch Reading Ease {flesch:.2}, Dale–Chall {dale_chall:.2}, Gunning Fog {fog:.2}, SMOG {smog:.2}; \
         counted are {words} and {sentences}"
    );
    Ok(Score::structural(value, why))
}

/// Where an index lies between its hardest bound (0) and its easiest (100).
fn between(index: f64, hardest: f64, easiest: f64) -> f64 {
    (100.0 * (index - hardest) / (easiest - hardest)).clamp(0.0, 100.0)
}

/// The four indices of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Indices {
    /// Flesch Reading Ease: higher is easier.
    flesch: f64,
    /// Dale–Chall: a grade, as are the two that follow.
    dale_chall: f64,
    /// Gunning Fog.
    fog: f64,
    /// SMOG.
    smog: f64,
}

impl Indices {
    /// The indices of a text with words.
    fn of(counts: &Counts) -> Self {
        let (words, sentences) = (counts.words as f64, counts.sentences as f64);
        let length = words / sentences;
        let difficult = 100.0 * counts.difficult as f64 / words;
        let complex = 100.0 * counts.complex as f64 / words;
        let adjustment = if difficult > 5.0 { 3.6365 } else { 0.0 };
        Self {
            flesch: 206.835 - 1.015 * length - 84.6 * counts.syllables as f64 / words,
            dale_chall: 0.1579 * difficult + 0.0496 * length + adjustment,
            fog: 0.4 * (length + complex),
            smog: 1.043 * (30.0 * counts.polysyllabic as f64 / sentences).sqrt() + 3.1291,
        }
    }
}
