//! Stores of browsers: files of `SQLite`, opened so that nothing of them or beside them changes.

use std::time::Instant;

use machine::{Machine, Unreadable};
use rusqlite::{Connection, OpenFlags, Row};

/// The most rows that are read of a store.
const MOST: usize = 200_000;
/// How many steps of a question go by between looks at the clock.
const STEPS: i32 = 10_000;

/// An open store.
pub(super) struct Store {
    connection: Connection,
}

impl Store {
    /// Opens the store at `path`. What the browser has written beside it and not yet into it is not
    /// seen, because reading that would write.
    pub(super) fn open(machine: &Machine, path: &str, until: Instant) -> Result<Self, Unreadable> {
        // says why not, and keeps pipes and devices out
        drop(machine.open(path)?);
        let odd = |e: rusqlite::Error| Unreadable::Odd(words(&e));
        let real = machine.real(path);
        let real = real
            .to_str()
            .ok_or_else(|| Unreadable::Odd("has a name that is not UTF-8".to_owned()))?;
        let address = format!("file:{}?mode=ro&immutable=1", escaped(real));
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(address, flags).map_err(odd)?;
        connection
            .progress_handler(STEPS, Some(move || Instant::now() >= until))
            .map_err(odd)?;
        Ok(Self { connection })
    }

    /// The columns of a table; none where there is no such table.
    pub(super) fn columns(&self, table: &str) -> Vec<String> {
        let asked = "SELECT name FROM pragma_table_info(?1)";
        let Ok(mut statement) = self.connection.prepare(asked) else {
            return Vec::new();
        };
        let names = statement.query_map([table], |row| row.get::<_, String>(0));
        names.map_or_else(
            |_| Vec::new(),
            |names| names.filter_map(Result::ok).collect(),
        )
    }

    /// What `read` makes of each row of `select`, and whether there are more than are read.
    pub(super) fn rows<T>(
        &self,
        select: &str,
        mut read: impl FnMut(&Row<'_>) -> Option<T>,
    ) -> Result<(Vec<T>, bool), Unreadable> {
        let odd = |e: rusqlite::Error| Unreadable::Odd(words(&e));
        let mut statement = self.connection.prepare(select).map_err(odd)?;
        let mut rows = statement.query([]).map_err(odd)?;
        let mut all = Vec::new();
        for _ in 0..MOST {
            match rows.next().map_err(odd)? {
                Some(row) => all.extend(read(row)),
                None => return Ok((all, false)),
            }
        }
        Ok((all, true))
    }
}

/// Whether the browser has written beside the store what is not yet in it.
pub(super) fn has_more_beside(machine: &Machine, path: &str) -> bool {
    let beside = machine.about(&format!("{path}-wal"));
    beside.is_ok_and(|about| about.len() > 0)
}

/// A column's text, whatever it is stored as.
pub(super) fn text(row: &Row<'_>, at: usize) -> String {
    match row.get_ref(at) {
        Ok(value) => value
            .as_bytes_or_null()
            .ok()
            .flatten()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// A column's number; 0 where it is none.
pub(super) fn number(row: &Row<'_>, at: usize) -> i64 {
    row.get(at).unwrap_or(0)
}

/// What went wrong, without a word of what is stored.
fn words(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(code) => format!("is no store that can be read ({code:?})"),
        None => "is no store of the expected shape".to_owned(),
    }
}

/// A path inside a `file:` address.
fn escaped(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    let windows = path.contains('\\');
    if windows {
        escaped.push('/');
    }
    for c in path.chars() {
        match c {
            '%' => escaped.push_str("%25"),
            '?' => escaped.push_str("%3f"),
            '#' => escaped.push_str("%23"),
            '\\' if windows => escaped.push('/'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use machine::Os;

    use super::*;

    #[test]
    fn a_store_is_read_without_a_file_beside_it_and_garbage_says_so() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("what? a #store.db");
        let made = Connection::open(&path).unwrap();
        made.execute_batch("CREATE TABLE t (a TEXT, b INT); INSERT INTO t VALUES ('x', 7);")
            .unwrap();
        drop(made);
        std::fs::write(root.path().join("garbage"), "x".repeat(5000)).unwrap();
        let machine = Machine::at(root.path(), Os::Linux);
        let until = Instant::now() + Duration::from_mins(1);
        let store = Store::open(&machine, "/what? a #store.db", until).unwrap();
        let (rows, more) = store
            .rows("SELECT a, b FROM t", |row| {
                Some((text(row, 0), number(row, 1)))
            })
            .unwrap();
        assert_eq!((rows, more), (vec![("x".to_owned(), 7)], false));
        assert_eq!(store.columns("t"), ["a", "b"]);
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 2);
        let garbage = Store::open(&machine, "/garbage", until)
            .and_then(|store| store.rows("SELECT a FROM t", |_| Some(())));
        assert!(matches!(garbage, Err(Unreadable::Odd(_))));
    }

    #[test]
    fn an_endless_question_ends_with_the_time() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("s.db");
        Connection::open(&path)
            .unwrap()
            .execute_batch("CREATE TABLE t (a)")
            .unwrap();
        let machine = Machine::at(root.path(), Os::Linux);
        let store = Store::open(&machine, "/s.db", Instant::now()).unwrap();
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                       SELECT i FROM n WHERE i < 0";
        assert!(store.rows(endless, |_| Some(())).is_err());
    }
}
