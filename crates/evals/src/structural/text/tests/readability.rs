//! `text_readability`.

use super::{of, value, why};

fn read(text: &str) -> (f64, String) {
    let answer = of("text_readability", &format!("\"{text}\""), "{}");
    (value(answer.clone()), why(answer))
}

#[test]
fn an_easy_text_reaches_every_bound() {
    let (score, told) = read("The cat sat on the mat.");
    assert_eq!(score, 100.0);
    // 206.835 - 1.015 × 6 - 84.6 × 1; 0.0496 × 6; 0.4 × 6; the constant of SMOG.
    assert_eq!(
        told,
        "Flesch Reading Ease 116.15, Dale–Chall 0.30, Gunning Fog 2.40, SMOG 3.13; \
         counted are 6 words and 1 sentence"
    );
}

#[test]
fn a_hard_text_is_beyond_most_bounds() {
    let (score, told) = read("Considerable institutional responsibility notwithstanding.");
    // 5, 5, 6 and 4 syllables; all words difficult and long.
    assert_eq!(
        told,
        "Flesch Reading Ease -220.22, Dale–Chall 19.62, Gunning Fog 41.60, SMOG 14.55; \
         counted are 4 words and 1 sentence"
    );
    // Only SMOG is within its bounds: a quarter of (18 - 14.5546) / 14.
    assert_eq!(score, 6.1525);
}

#[test]
fn a_text_without_words_scores_nothing() {
    for text in ["", " \\n", "...!?", "— “”", "'", "😀"] {
        assert_eq!(read(text), (0.0, "the output has no words".to_owned()), "{text}");
    }
}

#[test]
fn fragments_are_no_sentences() {
    for (text, counted) in [
        ("Yes. No. It is so.", "5 words and 1 sentence"),
        ("Yes. No.", "2 words and 1 sentence"),
        ("It is so! Is it so? It is", "8 words and 2 sentences"),
        // A point in a number ends a run of its own.
        ("It costs 3.14 and that is all.", "7 words and 2 sentences"),
        ("It is well-known, isn't it (so 'they' say)", "8 words and 1 sentence"),
        ("日本語 です 一 文", "4 words and 1 sentence"),
    ] {
        let (_, told) = read(text);
        assert!(told.ends_with(counted), "{text}: {told}");
    }
}

#[test]
fn a_mark_that_lower_case_brings_counts_as_in_textstat() {
    // Three syllables without the mark, so that the word is complex.
    assert!(read("İago is very nice.").1.contains("Gunning Fog 11.60"));
}

#[test]
fn words_of_other_kinds_than_strings_are_read_too() {
    assert!(value(of("text_readability", r#"["The cat sat."]"#, "{}")) > 50.0);
    assert!(value(of("text_readability", "5", "{}")) > 50.0);
}
