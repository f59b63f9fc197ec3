//! [`Control`] in `SQLite`.

mod people;

use super::{Admission, Applicant, Branch, Claim, Control, Device, Error};
use crate::store::records::{Version, claim, connect, digest, id, number, sequence};
use chain::PublicKey;
use protocol::wire::Standing;
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior};
use std::path::Path;
use uuid::Uuid;

/// `PRAGMA application_id`: `TafC`.
const APPLICATION: i64 = 0x5461_6643;

const VERSION_1: &str = "
CREATE TABLE tokens (secret BLOB PRIMARY KEY, devices INTEGER NOT NULL, until INTEGER NOT NULL,
    approve INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE devices (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, key BLOB NOT NULL UNIQUE, name TEXT NOT NULL,
    program TEXT NOT NULL, standing INTEGER NOT NULL, enrolled INTEGER NOT NULL);
CREATE TABLE branches (chain BLOB NOT NULL, branch INTEGER NOT NULL, parent INTEGER NOT NULL, device BLOB NOT NULL,
    first INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (chain, branch)) WITHOUT ROWID;
CREATE TABLE claims (digest BLOB PRIMARY KEY, chain BLOB NOT NULL, branch INTEGER NOT NULL, parent INTEGER NOT NULL,
    device BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, hash BLOB NOT NULL, sum BLOB NOT NULL,
    received INTEGER NOT NULL) WITHOUT ROWID;
";

const VERSIONS: &[Version] = &[|db| Ok(db.execute_batch(VERSION_1)?), |db| Ok(db.execute_batch(people::TABLES)?)];

#[derive(Debug)]
pub(crate) struct SqliteControl(Connection);

impl SqliteControl {
    /// Opens the file, or lays it out.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written, or is of a newer version.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self(connect(path, APPLICATION, VERSIONS)?))
    }

    fn write<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    fn close(
        &mut self,
        claims: &[Claim],
        then: impl Fn(&Connection, &Claim) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.write(|db| {
            for claim in claims {
                db.prepare_cached("DELETE FROM claims WHERE digest = ?1")?.execute([claim.digest().0])?;
                then(db, claim)?;
            }
            Ok(())
        })
    }
}

fn standing_number(standing: Standing) -> i64 {
    match standing {
        Standing::Pending => 0,
        Standing::Approved => 1,
        Standing::Revoked => 2,
    }
}

const DEVICE: &str = "SELECT id, key, name, program, standing, enrolled FROM devices";

fn device(row: &Row<'_>) -> rusqlite::Result<Result<Device, Error>> {
    let key = PublicKey::from_bytes(&row.get(1)?).map_err(|_| Error::Damaged("a device's key"));
    let standing = match row.get(4)? {
        0 => Standing::Pending,
        1 => Standing::Approved,
        // What is not understood lets nothing in.
        _ => Standing::Revoked,
    };
    let (id, name, program, enrolled) = (id(row, 0)?, row.get(2)?, row.get(3)?, sequence(row.get(5)?));
    Ok(key.map(|key| Device { id, key, name, program, standing, enrolled_ms: enrolled }))
}

fn by_key(db: &Connection, key: &PublicKey) -> Result<Option<Device>, Error> {
    let found = db.prepare_cached(&format!("{DEVICE} WHERE key = ?1"))?.query_row([key.to_bytes()], device);
    found.optional()?.transpose()
}

fn branch(row: &Row<'_>) -> rusqlite::Result<Branch> {
    Ok(Branch {
        chain: id(row, 0)?,
        number: row.get(1)?,
        parent: row.get(2)?,
        device: id(row, 3)?,
        first: sequence(row.get(4)?),
        seq: sequence(row.get(5)?),
        hash: digest(row, 6)?,
    })
}

impl Control for SqliteControl {
    fn admit(&mut self, admission: &Admission) -> Result<(), Error> {
        let Admission { secret, devices, until_ms, approve } = admission;
        self.write(|db| {
            db.execute("INSERT INTO tokens VALUES (?1, ?2, ?3, ?4)", (secret.0, devices, number(*until_ms), approve))?;
            Ok(())
        })
    }

    fn enroll(&mut self, applicant: &Applicant, now_ms: u64) -> Result<Option<Device>, Error> {
        self.write(|db| {
            let token: Option<(u32, i64, bool)> = db
                .query_row(
                    "SELECT devices, until, approve FROM tokens WHERE secret = ?1",
                    [applicant.secret.0],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?;
            let Some((left, _, approve)) = token.filter(|(_, until, _)| sequence(*until) > now_ms) else {
                return Ok(None);
            };
            if let Some(known) = by_key(db, &applicant.key)? {
                return Ok(Some(known));
            }
            if left == 0 {
                return Ok(None);
            }
            db.execute("UPDATE tokens SET devices = devices - 1 WHERE secret = ?1", [applicant.secret.0])?;
            let standing = if approve { Standing::Approved } else { Standing::Pending };
            db.execute(
                "INSERT INTO devices (id, key, name, program, standing, enrolled) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                (
                    Uuid::now_v7().as_bytes(),
                    applicant.key.to_bytes(),
                    &applicant.name,
                    &applicant.program,
                    standing_number(standing),
                    number(now_ms),
                ),
            )?;
            by_key(db, &applicant.key)
        })
    }

    fn device(&self, key: &PublicKey) -> Result<Option<Device>, Error> {
        by_key(&self.0, key)
    }

    fn devices(&self) -> Result<Vec<Device>, Error> {
        let mut statement = self.0.prepare_cached(&format!("{DEVICE} ORDER BY number"))?;
        let found = statement.query_map([], device)?.collect::<rusqlite::Result<Vec<_>>>()?;
        found.into_iter().collect()
    }

    fn set_standing(&mut self, device: Uuid, standing: Standing) -> Result<bool, Error> {
        self.write(|db| {
            let change = (standing_number(standing), device.as_bytes());
            Ok(db.execute("UPDATE devices SET standing = ?1 WHERE id = ?2", change)? == 1)
        })
    }

    fn chain(&self, chain: Uuid) -> Result<Vec<Branch>, Error> {
        let mut statement = self.0.prepare_cached("SELECT * FROM branches WHERE chain = ?1 ORDER BY branch")?;
        Ok(statement.query_map([chain.as_bytes()], branch)?.collect::<rusqlite::Result<_>>()?)
    }

    fn branches(&self) -> Result<Vec<Branch>, Error> {
        let mut statement = self.0.prepare_cached("SELECT * FROM branches ORDER BY chain, branch")?;
        Ok(statement.query_map([], branch)?.collect::<rusqlite::Result<_>>()?)
    }

    fn claim(&mut self, claims: &[Claim]) -> Result<(), Error> {
        self.write(|db| {
            for claim in claims {
                let Claim { chain, branch, parent, device, first, last, hash, sum, received_ms } = claim;
                db.prepare_cached("INSERT OR REPLACE INTO claims VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
                    .execute((
                        claim.digest().0,
                        chain.as_bytes(),
                        branch,
                        parent,
                        device.as_bytes(),
                        number(*first),
                        number(*last),
                        hash.0,
                        sum.0,
                        number(*received_ms),
                    ))?;
            }
            Ok(())
        })
    }

    fn confirm(&mut self, claims: &[Claim]) -> Result<(), Error> {
        self.close(claims, |db, claim| {
            let Claim { chain, branch, parent, device, first, last, hash, .. } = claim;
            db.prepare_cached(
                "INSERT INTO branches VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (chain, branch) \
                 DO UPDATE SET seq = excluded.seq, hash = excluded.hash WHERE excluded.seq > seq",
            )?
            .execute((
                chain.as_bytes(),
                branch,
                parent,
                device.as_bytes(),
                number(*first),
                number(*last),
                hash.0,
            ))?;
            Ok(())
        })
    }

    fn release(&mut self, claims: &[Claim]) -> Result<(), Error> {
        self.close(claims, |_, _| Ok(()))
    }

    fn open_claims(&self) -> Result<Vec<Claim>, Error> {
        let mut statement = self.0.prepare_cached("SELECT * FROM claims")?;
        Ok(statement.query_map([], claim)?.collect::<rusqlite::Result<_>>()?)
    }
}
