//! `char_ct_match`, `word_ct_match`, `sent_ct_match`, `par_ct_match`.

use super::{failure, holds, of, why};

/// Whether the metric counts this many, by asking for exactly that.
fn counts(metric: &str, output: &str, count: usize, more: &str) -> bool {
    let arguments = format!(r#"{{"min_count":{count},"max_count":{count}{more}}}"#);
    holds(of(metric, output, &arguments))
}

#[test]
fn bounds_include_themselves() {
    for (arguments, within, told) in [
        ("{}", true, "the output has 3 characters; no count is asked for"),
        (r#"{"min_count":3}"#, true, "the output has 3 characters, at least min_count 3"),
        (r#"{"min_count":4}"#, false, "the output has 3 characters, fewer than min_count 4"),
        (r#"{"min_count":3.5}"#, false, "the output has 3 characters, fewer than min_count 3.5"),
        (r#"{"max_count":3.0}"#, true, "the output has 3 characters, at most max_count 3"),
        (r#"{"max_count":2}"#, false, "the output has 3 characters, more than max_count 2"),
        (
            r#"{"min_count":1,"max_count":5}"#,
            true,
            "the output has 3 characters, within min_count 1 and max_count 5",
        ),
        (
            r#"{"min_count":5,"max_count":1}"#,
            false,
            "the output has 3 characters, fewer than min_count 5",
        ),
        (r#"{"min_count":-1}"#, true, "the output has 3 characters, at least min_count -1"),
    ] {
        let answer = of("char_ct_match", r#""abc""#, arguments);
        assert_eq!((why(answer.clone()).as_str(), holds(answer)), (told, within), "{arguments}");
    }
    assert_eq!(
        why(of("word_ct_match", r#""a""#, "{}")),
        "the output has 1 word; no count is asked for"
    );
}

#[test]
fn characters_count_unless_they_are_left_out() {
    let output = r#""Ab 1, ÉC.\n""#;
    for (more, count) in [
        ("", 10),
        (r#","include_whitespace":false"#, 7),
        (r#","include_punctuation":false"#, 8),
        (r#","include_digits":false"#, 9),
        (r#","include_whitespace":false,"include_punctuation":false,"include_digits":false"#, 4),
        (r#","only_uppercase":true"#, 3),
        (r#","custom_exclude_pattern":"[A-Z]b?""#, 7),
        (r#","custom_exclude_pattern":"""#, 10),
        // The pattern goes first, and with it what stands around.
        (r#","custom_exclude_pattern":" 1, ","only_uppercase":true"#, 3),
        (r#","custom_exclude_pattern":".*\\n""#, 0),
    ] {
        assert!(counts("char_ct_match", output, count, more), "{more}");
    }
    assert!(counts("char_ct_match", r#""""#, 0, ""));
    assert!(counts("char_ct_match", r#""👩‍👩""#, 3, ""));
    assert!(counts("char_ct_match", r#""$€""#, 1, r#","include_punctuation":false"#));
    assert!(counts("char_ct_match", r#"{"a": [1, 2]}"#, 11, ""));
}

#[test]
fn words_stand_between_whitespace_or_delimiters() {
    let output = r#""Well, it's a state-of-the-art  answer - a, b.\n""#;
    for (more, count) in [
        ("", 7),
        (r#","exclude_punctuation":false"#, 8),
        (r#","min_word_length":3"#, 4),
        (r#","min_word_length":4"#, 3),
        (r#","min_word_length":0"#, 7),
        (r#","min_word_length":18,"exclude_punctuation":false"#, 0),
        (r#","min_word_length":16,"exclude_punctuation":false"#, 1),
        (r#","custom_delimiters":",""#, 3),
        (r#","custom_delimiters":",","exclude_punctuation":false"#, 3),
        (r#","custom_delimiters":"[\\s-]+""#, 10),
        (r#","custom_delimiters":" A""#, 4),
        (r#","custom_delimiters":" A","case_sensitive":true"#, 1),
        (r#","case_sensitive":true"#, 7),
    ] {
        assert!(counts("word_ct_match", output, count, more), "{more}");
    }
    for (output, count) in
        [(r#""""#, 0), (r#"" \n\t""#, 0), (r#""... --""#, 0), (r#""日本語 です""#, 2), ("5", 1)]
    {
        assert!(counts("word_ct_match", output, count, ""), "{output}");
    }
}

#[test]
fn patterns_are_bounded() {
    for (pattern, reason) in [
        ("a".repeat(10_001), "it is longer than 10000 bytes"),
        (r"a{100000}".to_owned(), "size limit"),
    ] {
        let arguments = format!(r#"{{"custom_exclude_pattern":"{pattern}"}}"#);
        let told = failure(of("char_ct_match", r#""ab""#, &arguments));
        assert!(told.contains(reason), "{told}");
    }
}

#[test]
fn patterns_that_need_not_take_linear_time_are_refused() {
    for (pattern, reason) in [
        ("a(?=b)", "look-around, including look-ahead and look-behind, is not supported"),
        (r"(a)\\1", "backreferences are not supported"),
        ("(", "unclosed group"),
    ] {
        for (metric, name) in
            [("char_ct_match", "custom_exclude_pattern"), ("word_ct_match", "custom_delimiters")]
        {
            let told = failure(of(metric, r#""ab""#, &format!(r#"{{"{name}":"{pattern}"}}"#)));
            assert_eq!(
                told,
                format!("{name} is not a regular expression that can be used: {reason}")
            );
        }
    }
}

#[test]
fn sentences_end_where_readers_see_them_end() {
    for (output, count) in [
        (r#""""#, 0),
        (r#"" \n ""#, 0),
        (r#""...""#, 0),
        (r#""No end""#, 1),
        (r#""One. Two! Three? Four… Five""#, 5),
        (r#""Wait... what? e.g. this. He said \"Stop.\" Then (so it is.) all.""#, 4),
        (r#""Dr. Okafor met Mrs. Li at 3.14 p.m. yesterday.""#, 1),
        (r#""It cost $3.50.Then it went""#, 1),
        (r#""これは文です。次の文！""#, 2),
        (r#""Вот. Так? هل هذا؟ نعم.""#, 4),
        (r#""A title\n\nA sentence\nover lines.""#, 2),
        (r#""See Fig. 3. (Cf. Smith.)""#, 3),
    ] {
        assert!(counts("sent_ct_match", output, count, ""), "{output}");
    }
    let output = r#""Yes. It is so. It is not so at all""#;
    for (fewest, count) in [("0", 3), ("1", 3), ("2", 2), ("3", 2), ("3.5", 1), ("7", 0)] {
        let more = format!(r#","min_words_in_sentence":{fewest}"#);
        assert!(counts("sent_ct_match", output, count, &more), "{fewest}");
    }
    assert!(counts("sent_ct_match", r#""... ! a""#, 3, r#","min_words_in_sentence":0"#));
}

#[test]
fn paragraphs_stand_between_blank_lines() {
    for (output, count) in [
        (r#""""#, 0),
        (r#""\n \n""#, 0),
        (r#""One\nline""#, 1),
        (r#""One\n\nTwo\r\n\r\nThree\n \t\u3000\nFour\r\rFive""#, 5),
        (r#""\n\n\nOne\n\n\n\n***\n\nTwo\n\n""#, 2),
    ] {
        assert!(counts("par_ct_match", output, count, ""), "{output}");
    }
    let output = r#""Title\n\nIt is so. It is not.\n\nAll of this is one long sentence.""#;
    for (more, count) in [
        (r#","min_sentences_in_paragraph":2"#, 1),
        (r#","min_words_in_paragraph":2"#, 2),
        (r#","min_words_in_paragraph":7"#, 1),
        (r#","min_sentences_in_paragraph":2,"min_words_in_paragraph":7"#, 0),
    ] {
        assert!(counts("par_ct_match", output, count, more), "{more}");
    }
    let blank = r#","min_sentences_in_paragraph":0,"min_words_in_paragraph":0"#;
    assert!(counts("par_ct_match", r#""a\n\n***""#, 2, blank));
}
