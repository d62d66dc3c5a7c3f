//! `is_valid_sql`: whether the output is SQL of a dialect.

use sqlparser::dialect::{
    BigQueryDialect, ClickHouseDialect, DatabricksDialect, Dialect, DuckDbDialect, GenericDialect,
    HiveDialect, MsSqlDialect, MySqlDialect, OracleDialect, PostgreSqlDialect, RedshiftSqlDialect,
    SQLiteDialect, SnowflakeDialect, SparkSqlDialect, TeradataDialect,
};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Word};

use super::nesting::{Nesting, TooDeep};
use super::parsing::{brief, guarded};
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// The dialect when none is named.
const DEFAULT: &str = "tsql";
/// How deep the parser may recurse. Its own default is 50, for smaller stacks than ours.
const DEEPEST: usize = 200;

/// The dialects by `sqlglot`'s names, some of them read as the dialect they come from or as the
/// generic one.
pub const NAMES: &[&str] = &[
    "tsql",
    "fabric",
    "mysql",
    "doris",
    "starrocks",
    "postgres",
    "materialize",
    "risingwave",
    "redshift",
    "sqlite",
    "snowflake",
    "bigquery",
    "clickhouse",
    "duckdb",
    "hive",
    "spark",
    "spark2",
    "databricks",
    "oracle",
    "teradata",
    "athena",
    "dremio",
    "drill",
    "druid",
    "dune",
    "exasol",
    "presto",
    "solr",
    "tableau",
    "trino",
];

/// Holds an output of one statement or more in the `dialect` (`tsql`). Nothing is run, and no name
/// is looked up.
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.required(Field::Output)?;
    let name =
        arguments.text("dialect").map_or_else(|| DEFAULT.to_owned(), |name| name.to_lowercase());
    if dialect(&name).is_none() {
        return Err(Failure(format!(
            "there is no dialect {}; there are {}",
            brief(&name),
            NAMES.join(", ")
        )));
    }
    Ok(match guarded(|| fault(&output, &name))? {
        None => Score::all_or_nothing(true, format!("the output is SQL ({name})")),
        Some(fault) => {
            Score::all_or_nothing(false, format!("the output is no SQL ({name}): {fault}"))
        }
    })
}

fn dialect(name: &str) -> Option<Box<dyn Dialect>> {
    Some(match name {
        "tsql" | "fabric" => Box::new(MsSqlDialect {}),
        "mysql" | "doris" | "starrocks" => Box::new(MySqlDialect {}),
        "postgres" | "materialize" | "risingwave" => Box::new(PostgreSqlDialect {}),
        "redshift" => Box::new(RedshiftSqlDialect {}),
        "sqlite" => Box::new(SQLiteDialect {}),
        "snowflake" => Box::new(SnowflakeDialect),
        "bigquery" => Box::new(BigQueryDialect),
        "clickhouse" => Box::new(ClickHouseDialect {}),
        "duckdb" => Box::new(DuckDbDialect {}),
        "hive" => Box::new(HiveDialect {}),
        "spark" | "spark2" => Box::new(SparkSqlDialect {}),
        "databricks" => Box::new(DatabricksDialect {}),
        "oracle" => Box::new(OracleDialect {}),
        "teradata" => Box::new(TeradataDialect {}),
        "" | "athena" | "dremio" | "drill" | "druid" | "dune" | "exasol" | "presto" | "solr"
        | "tableau" | "trino" => Box::new(GenericDialect),
        _ => return None,
    })
}

/// Why it does not parse.
fn fault(sql: &str, name: &str) -> Option<String> {
    let dialect = dialect(name)?;
    let tokens = match Tokenizer::new(&*dialect, sql).tokenize_with_location() {
        Ok(tokens) => tokens,
        Err(error) => return Some(brief(error)),
    };
    if let Err(TooDeep(why)) = within_limits(&tokens) {
        return Some(why);
    }
    let mut parser =
        Parser::new(&*dialect).with_recursion_limit(DEEPEST).with_tokens_with_locations(tokens);
    match parser.parse_statements() {
        Ok(statements) if statements.is_empty() => Some("there is no statement".to_owned()),
        Ok(_) => None,
        Err(ParserError::RecursionLimitExceeded) => {
            Some(format!("it is nested deeper than {DEEPEST} levels"))
        }
        Err(ParserError::TokenizerError(why) | ParserError::ParserError(why)) => Some(brief(why)),
    }
}

/// The parser bounds its recursion but not the depth of its trees, which fall to pieces
/// recursively.
fn within_limits(tokens: &[TokenWithSpan]) -> Result<(), TooDeep> {
    let mut nesting = Nesting::default();
    for token in tokens {
        match &token.token {
            Token::Whitespace(_) | Token::Number(..) | Token::SingleQuotedString(_) => {}
            Token::SemiColon => nesting.end(),
            Token::LParen | Token::LBracket | Token::LBrace => nesting.open()?,
            Token::RParen | Token::RBracket | Token::RBrace => nesting.close(),
            Token::Comma => nesting.separate(),
            Token::Word(word) if is_set_operator(word) => nesting.lasting_link()?,
            _ => nesting.link()?,
        }
    }
    Ok(())
}

/// Between queries, which have commas of their own.
fn is_set_operator(word: &Word) -> bool {
    ["UNION", "EXCEPT", "INTERSECT", "MINUS"]
        .iter()
        .any(|operator| word.value.eq_ignore_ascii_case(operator))
}

#[cfg(test)]
mod tests {
    use super::super::trying::{explained, holds, tried};
    use super::*;

    #[test]
    fn statements_of_the_default_dialect() {
        for sql in [
            "SELECT 1",
            "select top 10 [a b], count(*) from dbo.t as x with (nolock) where a = N'x' group by [a b]",
            "INSERT INTO t (a) VALUES (1), (2); DELETE FROM t WHERE a > 1;",
            "WITH c AS (SELECT 1 AS a) SELECT * FROM c ORDER BY a",
            "CREATE TABLE t (id INT IDENTITY(1,1) PRIMARY KEY, name NVARCHAR(MAX) NULL)",
            "-- a comment\nSELECT a FROM t",
        ] {
            assert!(holds(evaluate, sql, "", "{}"), "{sql}");
        }
        for sql in [
            "",
            " ",
            ";",
            "SELECT FROM WHERE",
            "SELECT (1",
            "hello world",
            "SELECT 'a",
            "SELEC 1",
            "INSERT t VALUES (",
        ] {
            assert!(!holds(evaluate, sql, "", "{}"), "{sql}");
        }
    }

    #[test]
    fn dialects_differ() {
        for (dialect, sql, valid) in [
            ("tsql", "SELECT `a` FROM t", false),
            ("mysql", "SELECT `a` FROM t LIMIT 1, 2", true),
            ("MySQL", "SELECT `a` FROM t", true),
            ("postgres", "SELECT a::int FROM t WHERE a ILIKE 'x' RETURNING", false),
            ("postgres", "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING RETURNING a", true),
            ("sqlite", "INSERT OR REPLACE INTO t VALUES (1)", true),
            ("bigquery", "SELECT * EXCEPT (a) FROM `p.d.t`", true),
            ("snowflake", "SELECT a:b.c FROM t", true),
            ("", "SELECT 1", true),
        ] {
            assert_eq!(
                holds(evaluate, sql, "", &format!("{{\"dialect\": \"{dialect}\"}}")),
                valid,
                "{dialect}: {sql}"
            );
        }
        let failure =
            tried(evaluate, "SELECT 1", "", "{\"dialect\": \"klingon\"}").expect_err("a failure");
        assert!(
            failure.0.starts_with("there is no dialect klingon; there are tsql, fabric, mysql,")
        );
    }

    #[test]
    fn every_listed_dialect_is_one() {
        assert!(NAMES.iter().all(|name| dialect(name).is_some()));
    }

    #[test]
    fn it_says_where_it_stopped() {
        let said = explained(evaluate, "SELECT\n (1 + 2", "", "{}");
        assert!(said.starts_with("the output is no SQL (tsql): Expected: ), found: EOF"), "{said}");
        assert!(explained(evaluate, "SELECT 1 FROM", "", "{}").contains("found: EOF"));
    }

    #[test]
    fn hostile_sql_is_bounded() {
        let n = 100_000;
        for sql in [
            format!("SELECT {}", "(".repeat(n)),
            format!("SELECT {}1{}", "(".repeat(n), ")".repeat(n)),
            format!("SELECT {}1", "1+".repeat(n)),
            format!("SELECT {}1", "NOT ".repeat(n)),
            format!("SELECT {}1", "- ".repeat(n)),
            format!("SELECT 1 WHERE {}1=1", "a=1 AND ".repeat(n)),
            format!("SELECT a, b{}", " UNION SELECT a, b".repeat(n)),
            format!("SELECT {}1", "CASE WHEN 1 THEN ".repeat(n)),
            format!("{}SELECT 1", "EXPLAIN ".repeat(n)),
            format!("SELECT a{}", "[0]".repeat(n)),
            format!("SELECT a{}", ".a".repeat(n)),
            "BEGIN ".repeat(n),
            "IF 1=1 ".repeat(n),
        ] {
            assert!(!holds(evaluate, &sql, "", "{}"), "{}", &sql[..20]);
        }
        for sql in [
            format!("INSERT INTO t VALUES {}(1, -2.5, 'x')", "(1, -2.5, 'x'),".repeat(10_000)),
            format!("SELECT {}1", "1+".repeat(1_000)),
            format!("SELECT 1 WHERE {}1=1", "a=1 AND ".repeat(900)),
            format!("SELECT a, b{}", " UNION SELECT a, b".repeat(500)),
            "SELECT 1;".repeat(10_000),
        ] {
            assert!(holds(evaluate, &sql, "", "{}"), "{}", &sql[..20]);
        }
    }
}
