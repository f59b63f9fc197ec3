//! [`Questions`] in `SQLite`.

use super::{SqliteRecords, claim, digest, id, number, row_at, sequence};
use crate::store::calls::{
    Calls, Counts, Cursor, Fate, Filter, Found, Placed, Questions, Session, TEXT_WINDOW, WINDOW,
};
use crate::store::{Error, Receipt, Records as _, Row};
use protocol::record::Content;
use rusqlite::types::{ToSql, Value};
use rusqlite::{OptionalExtension as _, params_from_iter};
use uuid::Uuid;

/// The device signs at least this often.
const SIGNED_WITHIN: u64 = 1_200;
/// One question reads, and holds, no more than this of the records, give or take one record.
const BYTES: usize = 32 << 20;

fn fate(number: i64) -> Fate {
    Fate::ALL.into_iter().find(|fate| fate.number() == number).unwrap_or(Fate::Ran)
}

/// The window that is looked through, as SQL with its values: what an index finds stands within, the rest outside.
struct Window {
    within: String,
    outside: String,
    values: Vec<Value>,
    size: u32,
}

impl Window {
    fn of(filter: &Filter) -> Self {
        let size = if filter.text.is_some() { TEXT_WINDOW } else { WINDOW };
        let (mut within, mut outside, mut values) = (String::from("1"), String::from("1"), Vec::new());
        let mut put = |clause: &mut String, text: &str, value: Value| {
            values.push(value);
            let place = format!("?{}", values.len());
            clause.push_str(" AND ");
            clause.push_str(&text.replace('?', &place));
        };
        if let Some(Cursor { at_ms, id }) = filter.before {
            // Two bounds, so that the index is entered at the right place.
            put(&mut within, "at <= ?", Value::Integer(number(at_ms)));
            let places = format!("(at < {} OR id < ?)", number(at_ms));
            put(&mut within, &places, Value::Integer(id));
        }
        // One index is used. Whatever else narrows stands outside, or the walk to the window's end has no end itself.
        let mut narrowed = false;
        if let Some(session) = &filter.session {
            put(&mut within, "session = ?", Value::Text(session.clone()));
            narrowed = true;
        }
        if let Some(device) = filter.device {
            let clause = if narrowed { &mut outside } else { &mut within };
            put(clause, "device = ?", Value::Blob(device.as_bytes().to_vec()));
            narrowed = true;
        }
        match filter.fates.as_slice() {
            [] => {}
            [one] => {
                let clause = if narrowed { &mut outside } else { &mut within };
                put(clause, "fate = ?", Value::Integer(one.number()));
            }
            more => {
                let list: Vec<String> = more.iter().map(|fate| fate.number().to_string()).collect();
                let text = format!(" AND fate IN ({})", list.join(", "));
                outside.push_str(&text);
            }
        }
        for (column, value) in
            [("agent", &filter.agent), ("person", &filter.person), ("tool", &filter.tool), ("rule", &filter.rule)]
        {
            if let Some(value) = value {
                put(&mut outside, &format!("{column} = ?"), Value::Text(value.clone()));
            }
        }
        if let Some(effect) = &filter.effect {
            put(&mut outside, "instr(effects, ?) > 0", Value::Text(format!(" {effect} ")));
        }
        Self { within, outside, values, size }
    }

    fn values(&self) -> impl Iterator<Item = &dyn ToSql> {
        self.values.iter().map(|value| value as &dyn ToSql)
    }
}

/// What a tool was given, and where, as one text to look in.
fn holds(row: &Row, wanted: &str) -> bool {
    let content: Option<Content> = row.content.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let parts = content.iter().flat_map(|content| &content.parts);
    parts.filter(|part| part.name != "output").any(|part| part.text.as_str().to_lowercase().contains(wanted))
}

impl Questions for SqliteRecords {
    fn calls(&self, filter: &Filter, most: u32) -> Result<Calls, Error> {
        let window = Window::of(filter);
        let Window { within, outside, size, .. } = &window;
        let sql = format!(
            "SELECT k.id, k.at, r.chain, r.branch, k.device, r.seq, r.previous, r.digest, r.hash, r.stub, e.text, c.text \
             FROM (SELECT * FROM calls WHERE {within} ORDER BY at DESC, id DESC LIMIT {size}) k \
             JOIN records r ON r.id = k.id LEFT JOIN envelopes e ON e.id = k.id LEFT JOIN contents c ON c.id = k.id \
             WHERE {outside} ORDER BY k.at DESC, k.id DESC"
        );
        let mut statement = self.0.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(window.values()))?;
        let wanted = filter.text.as_ref().map(|text| text.to_lowercase());
        let (mut found, mut read) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let call = Found {
                cursor: Cursor { id: row.get(0)?, at_ms: sequence(row.get(1)?) },
                chain: id(row, 2)?,
                branch: row.get(3)?,
                device: id(row, 4)?,
                row: row_at(row, 5)?,
            };
            let cursor = call.cursor;
            read += [&call.row.envelope, &call.row.content].into_iter().flatten().map(String::len).sum::<usize>();
            if wanted.as_ref().is_none_or(|wanted| holds(&call.row, wanted)) {
                found.push(call);
            }
            if found.len() > usize::try_from(most).unwrap_or(usize::MAX) {
                found.pop();
                let next = found.last().map(|call| call.cursor);
                return Ok(Calls { found, next, cut: false });
            }
            if read > BYTES {
                return Ok(Calls { found, next: Some(cursor), cut: true });
            }
        }
        let last = format!(
            "SELECT at, id FROM calls WHERE {within} AND (?{0} = ?{0}) ORDER BY at DESC, id DESC LIMIT 1 OFFSET {1}",
            window.values.len().max(1),
            size - 1
        );
        let end = |row: &rusqlite::Row<'_>| Ok(Cursor { at_ms: sequence(row.get(0)?), id: row.get(1)? });
        let mut values: Vec<&dyn ToSql> = window.values().collect();
        if values.is_empty() {
            values.push(&0);
        }
        let next = self.0.prepare_cached(&last)?.query_row(values.as_slice(), end).optional()?;
        Ok(Calls { found, next, cut: next.is_some() })
    }

    fn placed(&self, chain: Uuid, branch: u32, seq: u64) -> Result<Option<Placed>, Error> {
        let found = self.rows(chain, branch, number(seq), 1)?.into_iter().find(|row| row.seq == seq);
        let Some(row) = found else { return Ok(None) };
        let before = self
            .0
            .prepare_cached("SELECT hash FROM records WHERE chain = ?1 AND branch = ?2 AND seq = ?3")?
            .query_row((chain.as_bytes(), branch, number(seq.saturating_sub(1))), |row| digest(row, 0))
            .optional()?;
        let receipt = |row: &rusqlite::Row<'_>| Ok(Receipt { claim: claim(row)?, signature: row.get(10)? });
        let receipt = self
            .0
            .prepare_cached(
                "SELECT * FROM batches WHERE chain = ?1 AND branch = ?2 AND first <= ?3 AND last >= ?3 \
                 ORDER BY first DESC LIMIT 1",
            )?
            .query_row((chain.as_bytes(), branch, number(seq)), receipt)
            .optional()?;
        let signed = self
            .0
            .prepare_cached(
                "SELECT r.seq, e.text FROM records r JOIN envelopes e ON e.id = r.id \
                 WHERE r.chain = ?1 AND r.branch = ?2 AND r.seq > ?3 AND r.seq <= ?4 \
                 AND instr(e.text, '\"kind\":\"checkpoint\"') > 0 ORDER BY r.seq LIMIT 1",
            )?
            .query_row((chain.as_bytes(), branch, number(seq), number(seq + SIGNED_WITHIN)), |row| {
                Ok((sequence(row.get(0)?), row.get(1)?))
            })
            .optional()?;
        Ok(Some(Placed { row, before, receipt, signed }))
    }

    fn counts(&self, since_ms: u64) -> Result<Counts, Error> {
        let mut counts = Counts::default();
        let mut statement = self.0.prepare_cached("SELECT count(*) FROM calls WHERE fate = ?1 AND at >= ?2")?;
        for fate in Fate::ALL {
            let count = statement.query_row((fate.number(), number(since_ms)), |row| row.get(0))?;
            counts.set(fate, sequence(count));
        }
        Ok(counts)
    }

    fn arrivals(&self) -> Result<Vec<(Uuid, u64)>, Error> {
        let mut statement = self.0.prepare_cached("SELECT device, last FROM arrivals")?;
        let found = statement.query_map([], |row| Ok((id(row, 0)?, sequence(row.get(1)?))))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    fn rules(&self, since_ms: u64, most: u32) -> Result<Vec<(String, u64)>, Error> {
        let mut statement = self.0.prepare_cached(
            "SELECT rule, count(*) FROM (SELECT rule FROM calls WHERE fate >= 3 AND at >= ?1 AND rule IS NOT NULL \
             ORDER BY at DESC LIMIT ?3) GROUP BY rule ORDER BY count(*) DESC, rule LIMIT ?2",
        )?;
        let found =
            statement.query_map((number(since_ms), most, WINDOW), |row| Ok((row.get(0)?, sequence(row.get(1)?))))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    fn sessions(&self, most: u32) -> Result<Vec<Session>, Error> {
        let mut statement = self.0.prepare_cached(
            "SELECT session, device, agent, person, min(at), max(at), count(*), max(fate) FROM (SELECT * FROM calls \
             WHERE session IS NOT NULL ORDER BY at DESC, id DESC LIMIT ?2) GROUP BY session, device, agent, person \
             ORDER BY max(at) DESC LIMIT ?1",
        )?;
        let session = |row: &rusqlite::Row<'_>| {
            Ok(Session {
                id: row.get(0)?,
                device: id(row, 1)?,
                agent: row.get(2)?,
                person: row.get(3)?,
                first_ms: sequence(row.get(4)?),
                last_ms: sequence(row.get(5)?),
                calls: sequence(row.get(6)?),
                fate: fate(row.get(7)?),
            })
        };
        Ok(statement.query_map((most, WINDOW), session)?.collect::<rusqlite::Result<_>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an index narrows ends the walk; two of them together would leave one to be walked past without an end.
    #[test]
    fn one_index_narrows_a_window_and_everything_else_stands_outside_of_it() {
        let all = Filter {
            session: Some("s".into()),
            device: Some(Uuid::from_u128(9)),
            fates: vec![Fate::Ran],
            ..Filter::default()
        };
        let clauses = |filter: &Filter| {
            let Window { within, outside, .. } = Window::of(filter);
            (within, outside)
        };
        let pair = |within: &str, outside: &str| (within.to_owned(), outside.to_owned());
        assert_eq!(clauses(&all), pair("1 AND session = ?1", "1 AND device = ?2 AND fate = ?3"));
        let device = Filter { session: None, ..all.clone() };
        assert_eq!(clauses(&device), pair("1 AND device = ?1", "1 AND fate = ?2"));
        assert_eq!(clauses(&Filter { device: None, ..device }), pair("1 AND fate = ?1", "1"));
    }
}
