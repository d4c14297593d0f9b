//! The tables, as numbered steps from an empty file.
//!
//! A realm is a business; its spaces and jobs carry its number, and documents hang from a space, so a realm owns them
//! too. Texts are compared byte by byte, as Rust does.

/// One step from a format to the next.
#[derive(Clone, Copy)]
pub(super) struct Step {
    /// The format after this step.
    pub(super) format: u32,
    /// The lowest format that a program must know to go on working with the file after this step: lower than `format`
    /// when the step only adds what older programs may overlook.
    pub(super) readable_from: u32,
    /// What to run.
    pub(super) sql: &'static str,
}

/// Marks a file as Datebook's in the header of the file ("Date").
pub(super) const APPLICATION: i32 = 0x4461_7465;

/// All steps in order. A step that was released is never changed.
pub(super) const STEPS: &[Step] = &[DOCUMENTS, EPOCH, JOBS_BY_KIND, JOBS_OF_ALL, KEYS_IN_DOCUMENTS, LESS_TO_WRITE];

/// Documents, and jobs.
const DOCUMENTS: Step = Step {
    format: 1,
    readable_from: 1,
    sql: "
        CREATE TABLE realm (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        ) STRICT;

        CREATE TABLE space (
            id INTEGER PRIMARY KEY,
            realm INTEGER NOT NULL REFERENCES realm (id),
            name TEXT NOT NULL,
            version INTEGER NOT NULL,
            UNIQUE (realm, name)
        ) STRICT;

        -- A document without a body is a tombstone.
        CREATE TABLE document (
            space INTEGER NOT NULL REFERENCES space (id),
            kind TEXT NOT NULL,
            id TEXT NOT NULL,
            version INTEGER NOT NULL,
            sort TEXT NOT NULL,
            body TEXT,
            PRIMARY KEY (space, kind, id)
        ) STRICT;
        CREATE INDEX document_list ON document (space, kind, sort, id) WHERE body IS NOT NULL;
        CREATE INDEX document_pull ON document (space, version);

        -- Unique in the whole realm, over all of its spaces.
        CREATE TABLE unique_key (
            realm INTEGER NOT NULL REFERENCES realm (id),
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            space INTEGER NOT NULL REFERENCES space (id),
            kind TEXT NOT NULL,
            id TEXT NOT NULL,
            PRIMARY KEY (realm, name, value)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX unique_key_holder ON unique_key (space, kind, id);

        -- Times are microseconds since 1970 UTC. `due` is when the job may be taken next: while it is leased, the end
        -- of the lease, which `leased` repeats to name the lease.
        CREATE TABLE job (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            realm INTEGER NOT NULL REFERENCES realm (id),
            kind TEXT NOT NULL,
            body TEXT NOT NULL,
            due INTEGER NOT NULL,
            leased INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0,
            error TEXT
        ) STRICT;
        CREATE INDEX job_due ON job (realm, due, id);
    ",
};

/// Which history the file tells. Programs that know nothing of it stay out: their copies would seem to be the original.
const EPOCH: Step = Step {
    format: 2,
    readable_from: 2,
    sql: "
        -- At most one row. Without one, whoever opens the file begins a history.
        CREATE TABLE epoch (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            value TEXT NOT NULL
        ) STRICT;
    ",
};

/// Whoever takes jobs of one kind does not pass by all of another that wait. Older programs only take longer.
const JOBS_BY_KIND: Step = Step {
    format: 3,
    readable_from: 2,
    sql: "
        DROP INDEX job_due;
        CREATE INDEX job_due ON job (realm, kind, due, id);
    ",
};

/// Whoever takes jobs of a kind of all realms finds those that wait longest. Older programs only keep the index.
const JOBS_OF_ALL: Step = Step {
    format: 4,
    readable_from: 2,
    sql: "
        CREATE INDEX job_waiting ON job (kind, due, realm);
    ",
};

/// A document says which unique keys it holds, and one index does for all who take jobs: two indexes less to write with
/// every booking. Older programs would not say so, and stay out.
const KEYS_IN_DOCUMENTS: Step = Step {
    format: 5,
    readable_from: 5,
    sql: "
        -- [[name, value], ...] in order, JSON; nothing when it holds none.
        ALTER TABLE document ADD COLUMN keys TEXT;
        UPDATE document SET keys = held.keys FROM (
            SELECT space, kind, id, json_group_array(json_array(name, value) ORDER BY name, value) AS keys
            FROM unique_key GROUP BY space, kind, id
        ) AS held WHERE document.space = held.space AND document.kind = held.kind AND document.id = held.id;
        DROP INDEX unique_key_holder;
        DROP INDEX job_due;
    ",
};

/// A document that changes and keeps its place among its kind writes no list anew, and the versions of spaces are told by
/// their documents ([`commit::VERSION`](super::commit::VERSION)): docs/adr/0030. Older programs would take versions that
/// were given for new ones, and stay out.
const LESS_TO_WRITE: Step = Step {
    format: 6,
    readable_from: 6,
    sql: "
        -- The least that its version is; its documents may be further. Older programs that still have the file open find no
        -- column of the old name, and write nothing any more.
        ALTER TABLE space RENAME COLUMN version TO least;
        -- 1 for a tombstone, nothing for a document.
        ALTER TABLE document ADD COLUMN gone INTEGER;
        UPDATE document SET gone = 1 WHERE body IS NULL;
        DROP INDEX document_list;
        CREATE INDEX document_list ON document (space, kind, sort, id) WHERE gone IS NULL;
    ",
};
