//! [`People`] in `SQLite`.

use super::SqliteControl;
use crate::store::Error;
use crate::store::people::{People, Person, Role};
use crate::store::records::number;
use chain::Digest;
use rusqlite::{OptionalExtension as _, Row};

pub(super) const TABLES: &str = "
CREATE TABLE people (name TEXT PRIMARY KEY, role INTEGER NOT NULL, key BLOB NOT NULL UNIQUE, since INTEGER NOT NULL);
CREATE TABLE links (secret BLOB PRIMARY KEY, name TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE sessions (secret BLOB PRIMARY KEY, name TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
";

fn person(row: &Row<'_>) -> rusqlite::Result<Person> {
    Ok(Person { name: row.get(0)?, role: Role::of(row.get(1)?) })
}

impl People for SqliteControl {
    fn add_person(&mut self, person: &Person, key: &Digest, now_ms: u64) -> Result<bool, Error> {
        self.write(|db| {
            let values = (&person.name, person.role.number(), key.0, number(now_ms));
            Ok(db.execute("INSERT INTO people VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO NOTHING", values)? == 1)
        })
    }

    fn remove_person(&mut self, name: &str) -> Result<bool, Error> {
        self.write(|db| {
            db.execute("DELETE FROM links WHERE name = ?1", [name])?;
            db.execute("DELETE FROM sessions WHERE name = ?1", [name])?;
            Ok(db.execute("DELETE FROM people WHERE name = ?1", [name])? == 1)
        })
    }

    fn people(&self) -> Result<Vec<Person>, Error> {
        let mut statement = self.0.prepare_cached("SELECT name, role FROM people ORDER BY name")?;
        Ok(statement.query_map([], person)?.collect::<rusqlite::Result<_>>()?)
    }

    fn add_link(&mut self, name: &str, secret: &Digest, until_ms: u64) -> Result<bool, Error> {
        self.write(|db| {
            let sql = "INSERT INTO links SELECT ?1, name, ?2 FROM people WHERE name = ?3";
            Ok(db.execute(sql, (secret.0, number(until_ms), name))? == 1)
        })
    }

    fn sign_in(&mut self, by: &Digest, session: &Digest, now_ms: u64, until_ms: u64) -> Result<Option<Person>, Error> {
        self.write(|db| {
            let now = number(now_ms);
            db.execute("DELETE FROM links WHERE until <= ?1", [now])?;
            db.execute("DELETE FROM sessions WHERE until <= ?1", [now])?;
            let linked: Option<String> = db
                .query_row("DELETE FROM links WHERE secret = ?1 RETURNING name", [by.0], |row| row.get(0))
                .optional()?;
            let found = match linked {
                Some(name) => db.query_row("SELECT name, role FROM people WHERE name = ?1", [name], person),
                None => db.query_row("SELECT name, role FROM people WHERE key = ?1", [by.0], person),
            };
            let Some(person) = found.optional()? else { return Ok(None) };
            let values = (session.0, &person.name, number(until_ms));
            db.execute("INSERT INTO sessions VALUES (?1, ?2, ?3)", values)?;
            Ok(Some(person))
        })
    }

    fn session(&self, session: &Digest, now_ms: u64) -> Result<Option<Person>, Error> {
        let found = self
            .0
            .prepare_cached(
                "SELECT p.name, p.role FROM sessions s JOIN people p ON p.name = s.name \
                 WHERE s.secret = ?1 AND s.until > ?2",
            )?
            .query_row((session.0, number(now_ms)), person);
        Ok(found.optional()?)
    }

    fn sign_out(&mut self, session: &Digest) -> Result<(), Error> {
        self.write(|db| {
            db.execute("DELETE FROM sessions WHERE secret = ?1", [session.0])?;
            Ok(())
        })
    }
}
