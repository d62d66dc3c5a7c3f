//! `bleu` and `rouge`.

use super::{between, failure, value, why};

const MAT: &str = r#""the cat sat on the mat""#;
const A_MAT: &str = r#""The cat sat on a mat""#;

#[test]
fn bleu_is_the_mean_of_four_precisions() {
    // 5/6, 3/5, 2/4 and 1/3.
    assert_eq!(value(between("bleu", MAT, A_MAT, "{}")), 53.7285);
    assert_eq!(value(between("bleu", MAT, MAT, "{}")), 100.0);
    assert_eq!(value(between("bleu", MAT, r#""dogs bark""#, "{}")), 0.0);
    let told = why(between("bleu", r#""the cat""#, r#""the dog ate""#, "{}"));
    assert_eq!(
        told,
        "1 of 2 1-grams, 0 of 1 2-grams stand in the golden answer too; 2 tokens against 3, brevity penalty 0.607"
    );
}

#[test]
fn bleu_of_short_texts_leaves_orders_out() {
    assert_eq!(value(between("bleu", r#""42""#, "42", "{}")), 100.0);
    // Two tokens of three: exp(1 - 3/2).
    assert_eq!(value(between("bleu", r#""the cat""#, r#""the cat sat""#, "{}")), 60.6531);
    assert_eq!(why(between("bleu", r#"" ""#, MAT, "{}")), "the output has no words");
    assert_eq!(why(between("bleu", MAT, r#""""#, "{}")), "the golden answer has no words");
}

#[test]
fn bleu_is_smoothed_unless_it_is_not() {
    // 4/4, then half a match of 3, a quarter of 2, an eighth of 1.
    let (output, golden) = (r#""a b c d""#, r#""a c b d""#);
    assert_eq!(value(between("bleu", output, golden, "{}")), 22.5901);
    assert_eq!(value(between("bleu", output, golden, r#"{"smoothing":false}"#)), 0.0);
    assert_eq!(value(between("bleu", MAT, A_MAT, r#"{"smoothing":false}"#)), 53.7285);
}

#[test]
fn bleu_looks_at_the_case_of_letters_when_told_to() {
    let (output, golden) = (r#""The Cat""#, r#""the cat""#);
    assert_eq!(value(between("bleu", output, golden, "{}")), 100.0);
    assert_eq!(value(between("bleu", output, golden, r#"{"case_sensitive":true}"#)), 0.0);
}

#[test]
fn bleu_takes_signs_apart_as_mteval_does() {
    for (one, other) in [
        (r#""Don't pay $3,000.""#, r#""don't pay $ 3,000 .""#),
        (r#""(a,b) c/d e-f""#, r#""( a , b ) c / d e-f""#),
        (r#""2-3 or 1.5.""#, r#""2 - 3 or 1.5 .""#),
        (r#""over-\nlap &amp; <skipped>x\ty""#, r#""overlap & x y""#),
        (r#""a..b ,c""#, r#""a . . b , c""#),
    ] {
        assert_eq!(value(between("bleu", one, other, "{}")), 100.0, "{one} {other}");
    }
}

#[test]
fn rouge_is_what_both_texts_share() {
    for (kind, score) in [
        ("null", 60.0),
        ("1", 83.3333),
        ("2", 60.0),
        ("2.0", 60.0),
        ("3", 50.0),
        ("4", 33.3333),
        ("7", 0.0),
        (r#""L""#, 83.3333),
        (r#""l""#, 83.3333),
        (r#""1""#, 83.3333),
        (r#""rougeL""#, 83.3333),
        (r#""ROUGE-4""#, 33.3333),
    ] {
        let arguments = format!(r#"{{"rouge_type":{kind}}}"#);
        assert_eq!(value(between("rouge", MAT, A_MAT, &arguments)), score, "{kind}");
    }
    let told = why(between("rouge", MAT, r#""the cat""#, "{}"));
    assert_eq!(told, "2-grams: 1 shared, 5 in the output, 1 in the golden answer");
}

#[test]
fn rouge_longest_needs_the_order_but_no_neighbours() {
    let arguments = r#"{"rouge_type":"L"}"#;
    assert_eq!(value(between("rouge", r#""a x b y c""#, r#""a b c""#, arguments)), 75.0);
    assert_eq!(value(between("rouge", r#""c b a""#, r#""a b c""#, arguments)), 33.3333);
    assert_eq!(value(between("rouge", r#""""#, r#""a""#, arguments)), 0.0);
}

#[test]
fn rouge_refuses_other_kinds() {
    for kind in ["0", "10", "-1", "1.5", "true", r#""W""#, r#""""#, r#""Lsum""#, r#""rouge""#] {
        let told = failure(between("rouge", MAT, MAT, &format!(r#"{{"rouge_type":{kind}}}"#)));
        assert_eq!(told, format!("rouge_type must be a number from 1 to 9 or \"L\", not {kind}"));
    }
}

#[test]
fn rouge_stems_words_of_four_letters_and_more() {
    let (output, golden) = (r#""running quickly dies""#, r#""runs quick die""#);
    let one = |more: &str| {
        value(between("rouge", output, golden, &format!(r#"{{"rouge_type":1{more}}}"#)))
    };
    assert_eq!(one(""), 0.0);
    // `run` and `die`, but `quickli` is not `quick`.
    assert_eq!(one(r#","use_stemmer":true"#), 66.6667);
    let short = between("rouge", r#""its""#, r#""it""#, r#"{"rouge_type":1,"use_stemmer":true}"#);
    assert_eq!(value(short), 0.0);
}

#[test]
fn rouge_looks_at_the_case_of_letters_when_told_to() {
    let one = |more: &str| {
        value(between(
            "rouge",
            r#""The Running""#,
            r#""the Runs""#,
            &format!(r#"{{"rouge_type":1{more}}}"#),
        ))
    };
    assert_eq!(one(""), 50.0);
    assert_eq!(one(r#","case_sensitive":true"#), 0.0);
    assert_eq!(one(r#","case_sensitive":true,"use_stemmer":true"#), 50.0);
}

#[test]
fn rouge_knows_only_the_letters_of_ascii() {
    let one = |output, golden| value(between("rouge", output, golden, r#"{"rouge_type":1}"#));
    // `caf` and `caf`; nothing and nothing.
    assert_eq!(one(r#""café""#, r#""cafè""#), 100.0);
    assert_eq!(one(r#""日本""#, r#""日本""#), 0.0);
}
