use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::sqlite;

#[derive(QueryableByName)]
struct CompileOption {
    #[diesel(sql_type = Text)]
    compile_options: String,
}

/// A build that does not see `.cargo/config.toml` works all the same, but slowly, so that nobody
/// would notice.
#[test]
fn sqlite_is_compiled_as_the_workspace_says() {
    let mut connection = sqlite::connect(":memory:").expect("a connection");
    let options: Vec<CompileOption> =
        diesel::sql_query("PRAGMA compile_options").load(&mut connection).expect("a list");
    let options: Vec<&str> = options.iter().map(|option| option.compile_options.as_str()).collect();
    for there in ["ENABLE_QPSG", "THREADSAFE=2", "DEFAULT_MEMSTATUS=0"] {
        assert!(options.contains(&there), "{there} is not among {options:?}");
    }
    for gone in ["ENABLE_API_ARMOR", "ENABLE_MEMORY_MANAGEMENT", "ENABLE_STAT4"] {
        assert!(!options.contains(&gone), "{gone} is among {options:?}");
    }
}
