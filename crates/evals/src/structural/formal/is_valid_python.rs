//! `is_valid_python`: whether the output is a Python module.

use ruff_python_ast::PythonVersion;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseErrorType, ParseOptions, lexer, parse_unchecked};
use ruff_text_size::Ranged as _;

use super::nesting::{Nesting, TooDeep};
use super::parsing::{brief, guarded, place};
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// The version whose syntax is allowed.
const VERSION: PythonVersion = PythonVersion::PY311;
/// The most blocks in each other that `CPython` takes.
const MOST_BLOCKS: usize = 99;

/// Parses and does not run: what `ast.parse` of Python 3.11 takes. What only its compiler refuses,
/// such as `return` outside a function, is valid.
pub fn evaluate(row: &Row, _: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.required(Field::Output)?;
    Ok(match guarded(|| fault(&output))? {
        None => Score::all_or_nothing(true, "the output is Python"),
        Some(fault) => Score::all_or_nothing(false, format!("the output is no Python: {fault}")),
    })
}

/// Why it does not parse.
fn fault(source: &str) -> Option<String> {
    if let Some(at) = source.find('\0') {
        return Some(format!("a null character ({})", place(source, at)));
    }
    if let Err(TooDeep(why)) = within_limits(source) {
        return Some(why);
    }
    if source.starts_with('\u{feff}') {
        return Some(format!("a byte order mark ({})", place(source, 0)));
    }
    let options = ParseOptions::from(Mode::Module).with_target_version(VERSION);
    let parsed = parse_unchecked(source, options);
    // Only CPython's compiler counts keywords.
    let mut errors = parsed
        .errors()
        .iter()
        .filter(|error| !matches!(error.error, ParseErrorType::DuplicateKeywordArgumentError(_)));
    if let Some(error) = errors.next() {
        let at = error.location.start().to_usize();
        return Some(format!("{} ({})", brief(&error.error), place(source, at)));
    }
    let error = parsed.unsupported_syntax_errors().first()?;
    Some(format!("{} ({})", brief(error), place(source, error.range().start().to_usize())))
}

/// The parser recurses, so depth is bounded before it starts.
fn within_limits(source: &str) -> Result<(), TooDeep> {
    let mut lexer = lexer::lex(source, Mode::Module);
    let mut nesting = Nesting::default();
    let mut blocks = 0_usize;
    loop {
        let kind = lexer.next_token();
        match kind {
            TokenKind::EndOfFile => return Ok(()),
            TokenKind::Newline | TokenKind::Semi => nesting.end(),
            TokenKind::Indent => blocks += 1,
            TokenKind::Dedent => blocks = blocks.saturating_sub(1),
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                nesting.open()?;
            }
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                nesting.close();
            }
            TokenKind::Comma => nesting.separate(),
            TokenKind::Lambda => nesting.lasting_link()?,
            kind if is_plain(kind) => {}
            _ => nesting.link()?,
        }
        if blocks > MOST_BLOCKS {
            return Err(TooDeep(format!("more than {MOST_BLOCKS} blocks are nested")));
        }
    }
}

/// Whether nothing can be nested in a token.
fn is_plain(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Colon
            | TokenKind::Else
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline
    )
}

#[cfg(test)]
mod tests {
    use super::super::trying::{explained, holds};
    use super::evaluate;

    #[test]
    fn modules_of_3_11() {
        for source in [
            "",
            "x = 1\n",
            "def f(a, /, b, *, c=1, **k) -> int:\n    return a",
            "match x:\n    case {'a': [1, *_]} if y: pass\n",
            "try:\n    pass\nexcept* ValueError:\n    pass\n",
            "async def f():\n    async with a as b, c: await d\n",
            "f'{x!r:>{w}} {y=}'",
            "return 1",
            "a[*b]",
            "x = y = lambda *a, b=1: (yield)",
            "# only words\n",
            "f(a=1, a=2)",
        ] {
            assert!(holds(evaluate, source, "", "{}"), "{source}");
        }
        for source in [
            "x =",
            "print 'hello'",
            "def f(:\n  pass",
            "if x:\npass",
            "  x = 1",
            "1 = x",
            "x = (",
            "f(a=1, 2)",
            "type X = int",
            "def f[T](): pass",
            "f'{'a'}'",
            "'unclosed",
            "x\0",
            "\u{feff}x = 1",
            "Here is the code:\n```python\nx = 1\n```",
        ] {
            assert!(!holds(evaluate, source, "", "{}"), "{source}");
        }
    }

    #[test]
    fn it_says_where_it_stopped() {
        let said = explained(evaluate, "x = 1\ny = = 2\n", "", "{}");
        assert_eq!(said, "the output is no Python: Expected an expression (line 2, column 5)");
        assert!(explained(evaluate, "type X = int", "", "{}").contains("3.12"));
    }

    #[test]
    fn hostile_sources_are_bounded() {
        let n = 1_000_000;
        for source in [
            "(".repeat(n),
            format!("{}1{}", "(".repeat(n), ")".repeat(n)),
            format!("{}1", "not ".repeat(n)),
            format!("{}1", "-".repeat(n)),
            format!("{}1", "1+".repeat(n)),
            format!("{}1", "1**".repeat(n)),
            format!("{}1", "lambda a,b:".repeat(n)),
            format!("{}1", "1 if 1 else ".repeat(n)),
            format!("x{}", ".x".repeat(n)),
            format!("x{}", "()".repeat(n)),
            format!("[{}]", "lambda:1,".repeat(n)),
            "{".repeat(n),
            (0..3_000).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect(),
        ] {
            assert!(!holds(evaluate, &source, "", "{}"), "{}", &source[..20]);
        }
        for source in [
            format!("[{}]", "1+1,-f(x).y[0],".repeat(100_000)),
            "x = 1\n".repeat(500_000),
            format!("{}1{}", "(".repeat(199), ")".repeat(199)),
            format!("{}1", "1+".repeat(2_900)),
            format!("{}1", "not ".repeat(2_900)),
            format!("{}1", "1**".repeat(2_900)),
            format!("{}1", "lambda:".repeat(2_900)),
            format!("{}1", "1 if 1 else ".repeat(2_900)),
            format!("x{}", "(-1)".repeat(2_900)),
        ] {
            assert!(holds(evaluate, &source, "", "{}"), "{}", &source[..20]);
        }
    }
}
