//! Moving everything that an engine holds, or one realm of it, to another engine of whatever kind.
//!
//! **Invariant:** the target shows all of it or nothing: it is written in one transaction, and only where nothing of it
//! was before. **Invariant:** no two engines tell one history differently: the source gives up its epoch, durably, before
//! the target shows that it carries it on, and whoever opens the source afterwards begins a history of its own. When it
//! all ends between these two moments, the source is whole, the target is empty, and devices pull anew. **Invariant:**
//! nobody writes the source meanwhile, and nobody who had it open goes on with the history that moved: a transfer does
//! not begin while a server has it open, and none can open it before the end.
//!
//! Design. The source reads and the target writes at the same time, with some thousand rows between them, however many
//! there are. Spaces come with their versions, documents with theirs, tombstones and unique keys too, and jobs with
//! their numbers, for these make the names under which mails are sent; the target's own numbers begin after them. A
//! device that has pulled from the source has nothing to pull from the target.
//!
//! When one realm moves alone, the target's history is its own and devices pull anew. With it goes one document of
//! another realm ([`One::entry`]): what is written at the target is deleted at the source in the same two transactions.

use std::path::{Path, PathBuf};

use tokio::sync::mpsc;

#[cfg(feature = "postgres")]
use crate::postgres::transfer as postgres;
use crate::{Key, StoreError, UniqueKey, Write, beside::beside, sqlite::transfer as sqlite};

/// How many rows travel together, if nothing else is said.
const ROWS: usize = 1_000;

/// About how many bytes of bodies travel together at most.
pub(crate) const BYTES: usize = 1 << 20;

/// How many pieces may wait on either side.
const WAITING: usize = 4;

/// What moves from where to where.
#[derive(Clone)]
pub struct Transfer {
    /// A database URL as [`Engine::open`](crate::Engine::open) takes it.
    pub from: String,
    /// The same; made when it is not there.
    pub to: String,
    /// One realm; nothing means all there are.
    pub only: Option<One>,
    /// How many rows travel together.
    pub rows: usize,
}

/// One realm of several.
#[derive(Debug, Clone)]
pub struct One {
    /// Its name.
    pub realm: String,
    /// The realm in which a document stands for it, and the document; it goes along if it is there.
    pub entry: (String, Key),
}

/// How much has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moved {
    /// Realms.
    pub realms: u64,
    /// Spaces.
    pub spaces: u64,
    /// Documents, tombstones among them.
    pub documents: u64,
    /// Jobs that wait.
    pub jobs: u64,
}

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Rows are on their way.
    Copying,
    /// The source has given up what moves; the target does not show it yet.
    GivenUp,
}

/// Why nothing was moved, or why nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// There is nothing to move.
    #[error("the source does not hold {0}")]
    Absent(String),
    /// A server has the source open.
    #[error("the source is in use: stop every server on it, and begin again")]
    SourceInUse,
    /// A server has the target open.
    #[error("the target is in use: stop every server on it, and begin again")]
    TargetInUse,
    /// The target holds some of it, or something in its place.
    #[error("the target already holds {0}")]
    NotEmpty(String),
    /// PostgreSQL keeps no text with the character U+0000.
    #[error("the target cannot keep {0:?}: it holds the character U+0000")]
    CannotKeep(String),
    /// The source failed.
    #[error("the source: {0}")]
    Source(#[source] StoreError),
    /// The target failed.
    #[error("the target: {0}")]
    Target(#[source] StoreError),
    /// The connection to the target was lost between COMMIT and its answer. The source has given up what moves.
    #[error("the target was lost at the end: look whether it holds all of it before you begin again")]
    Unknown,
}

/// Some rows on their way. They come realm by realm, in each first the spaces with their documents, then the jobs.
pub(crate) enum Piece {
    /// The highest number that a job of the engine ever had. Comes first.
    Numbers(i64),
    /// What follows belongs to this realm.
    Realm(String),
    /// Names and versions.
    Spaces(Vec<(String, i64)>),
    Documents(Vec<Row>),
    Jobs(Vec<JobRow>),
}

/// A document as it is kept.
pub(crate) struct Row {
    /// Its space's place in the last [`Piece::Spaces`].
    pub(crate) space: usize,
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) sort: String,
    pub(crate) body: Option<String>,
    /// In order.
    pub(crate) keys: Vec<UniqueKey>,
}

/// A job as it is kept. Times in microseconds.
pub(crate) struct JobRow {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) body: String,
    pub(crate) due: i64,
    pub(crate) leased: Option<i64>,
    pub(crate) attempts: i32,
    pub(crate) error: Option<String>,
}

/// What a source gives up and a target takes over at the end.
#[derive(Clone)]
pub(crate) enum Claim {
    /// The history of this epoch.
    Epoch(String),
    /// A document that stands for the one realm, by realm; nothing when there is none.
    Entry(Option<(String, Write)>),
}

/// Whoever receives has ended; why, he says himself.
pub(crate) const GONE: StoreError = StoreError::Closed;

impl Transfer {
    /// Everything.
    pub fn all(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self { from: from.into(), to: to.into(), only: None, rows: ROWS }
    }

    /// Moves it. `progress` is told after every piece how much was sent. When the future is dropped before its end the
    /// target is left as it was, but for being made.
    ///
    /// # Errors
    /// With any error but [`TransferError::Unknown`] nothing has moved; the source holds all of it as before, but see
    /// [`Stage::GivenUp`].
    pub async fn run(&self, mut progress: impl FnMut(Moved, Stage)) -> Result<Moved, TransferError> {
        let realm = self.only.as_ref().map(|one| one.realm.as_str());
        let source = Source::open(&self.from).await?;
        let (source, claim) = source.claim(self.only.clone()).await.map_err(TransferError::Source)?;
        let claim = claim.ok_or_else(|| TransferError::Absent(realm.unwrap_or("anything").to_owned()))?;
        let target = Target::open(&self.to, realm.is_none()).await?;
        let (target, holds) = target.holds(realm.map(str::to_owned), claim.clone()).await?;
        if let Some(holds) = holds {
            return Err(TransferError::NotEmpty(holds));
        }

        let (sends, mut read) = mpsc::channel::<Piece>(WAITING);
        let (passes, receives) = mpsc::channel(WAITING);
        let picky = target.is_picky();
        let counted = async move {
            let mut moved = Moved::default();
            while let Some(piece) = read.recv().await {
                if picky {
                    piece.check()?;
                }
                moved.count(&piece);
                if matches!(piece, Piece::Documents(_)) {
                    tracing::debug!(documents = moved.documents, "rows are on their way");
                }
                if passes.send(piece).await.is_err() {
                    break;
                }
                progress(moved, Stage::Copying);
                // Whoever watches may break off here.
                tokio::task::yield_now().await;
            }
            Ok::<_, TransferError>((moved, progress))
        };
        let reads = source.read(realm.map(str::to_owned), self.rows.max(1), sends);
        let (reads, counted, writes) = tokio::join!(reads, counted, target.write(receives));
        // Of two that stopped because the third did, the third knows why.
        let (moved, mut progress) = counted?;
        let target = writes.map_err(TransferError::Target)?;
        let source = reads.map_err(TransferError::Source)?;
        let target = target.take_over(claim.clone()).await.map_err(TransferError::Target)?;

        let source = source.give_up(claim).await.map_err(TransferError::Source)?;
        progress(moved, Stage::GivenUp);
        tokio::task::yield_now().await;
        target.commit().await.map_err(|error| match error {
            StoreError::Closed => TransferError::Unknown,
            error => TransferError::Target(error),
        })?;
        drop(source);
        Ok(moved)
    }
}

impl Moved {
    fn count(&mut self, piece: &Piece) {
        let count = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
        match piece {
            Piece::Numbers(_) => {}
            Piece::Realm(_) => self.realms += 1,
            Piece::Spaces(rows) => self.spaces += count(rows.len()),
            Piece::Documents(rows) => self.documents += count(rows.len()),
            Piece::Jobs(rows) => self.jobs += count(rows.len()),
        }
    }
}

impl Piece {
    /// Whether PostgreSQL keeps all its texts.
    fn check(&self) -> Result<(), TransferError> {
        let bad = |texts: &[&str]| texts.iter().any(|text| text.contains('\0'));
        let found = match self {
            Self::Documents(rows) => rows.iter().find_map(|row| {
                let keys = row.keys.iter().any(|UniqueKey { name, value }| bad(&[name, value]));
                let texts = [&row.kind, &row.id, &row.sort, row.body.as_deref().unwrap_or_default()];
                (keys || bad(&texts)).then(|| format!("{} {}", row.kind, row.id))
            }),
            Self::Jobs(rows) => rows.iter().find_map(|row| {
                let texts = [&row.kind, &row.body, row.error.as_deref().unwrap_or_default()];
                bad(&texts).then(|| format!("job {}", row.id))
            }),
            Self::Realm(name) => bad(&[name]).then(|| name.clone()),
            Self::Numbers(_) | Self::Spaces(_) => None,
        };
        found.map_or(Ok(()), |what| Err(TransferError::CannotKeep(what)))
    }
}

/// Where a URL leads.
enum Place {
    File(PathBuf),
    #[cfg(feature = "postgres")]
    Server(String),
}

fn place(url: &str) -> Result<Place, StoreError> {
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(Place::File(PathBuf::from(path))),
        #[cfg(feature = "postgres")]
        Some(("postgres" | "postgresql", _)) => Ok(Place::Server(url.to_owned())),
        #[cfg(not(feature = "postgres"))]
        Some(("postgres" | "postgresql", _)) => {
            Err(StoreError::Engine("this program was built without PostgreSQL".to_owned()))
        }
        // What was given is not repeated: there may be a password in it.
        _ => Err(StoreError::Engine(
            "a database is named sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned(),
        )),
    }
}

/// An engine that nobody else has open, in a transaction.
enum Source {
    Sqlite(sqlite::Held),
    #[cfg(feature = "postgres")]
    Postgres(Box<postgres::Held>),
}

impl Source {
    async fn open(url: &str) -> Result<Self, TransferError> {
        let opened = match place(url).map_err(TransferError::Source)? {
            Place::File(path) if !is_there(&path) => return Err(TransferError::Absent(path.display().to_string())),
            Place::File(path) => beside(move || sqlite::Held::open(&path)).await.map(Self::Sqlite),
            #[cfg(feature = "postgres")]
            Place::Server(url) => match postgres::Held::open(&url, postgres::Use::Source).await {
                Ok(None) => return Err(TransferError::Absent("a database of Datebook's".to_owned())),
                Ok(Some(held)) => Ok(Self::Postgres(Box::new(held))),
                Err(error) => Err(error),
            },
        };
        opened.map_err(|error| match error {
            StoreError::Busy => TransferError::SourceInUse,
            error => TransferError::Source(error),
        })
    }

    /// What there is to give up; nothing when there is nothing to move.
    async fn claim(self, only: Option<One>) -> Result<(Self, Option<Claim>), StoreError> {
        match self {
            Self::Sqlite(held) => {
                beside(move || held.claim(only.as_ref()).map(|claim| (Self::Sqlite(held), claim))).await
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(held) => {
                let claim = held.claim(only.as_ref()).await?;
                Ok((Self::Postgres(held), claim))
            }
        }
    }

    async fn read(self, realm: Option<String>, rows: usize, to: mpsc::Sender<Piece>) -> Result<Self, StoreError> {
        match self {
            Self::Sqlite(held) => {
                beside(move || held.read(realm.as_deref(), rows, &to).map(|()| Self::Sqlite(held))).await
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(held) => {
                held.read(realm.as_deref(), rows, &to).await?;
                Ok(Self::Postgres(held))
            }
        }
    }

    /// Ends the transaction. The engine stays closed to others until this is dropped, where it can.
    async fn give_up(self, claim: Claim) -> Result<Self, StoreError> {
        match self {
            Self::Sqlite(held) => beside(move || held.give_up(&claim).map(|()| Self::Sqlite(held))).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(held) => {
                held.give_up(&claim).await?;
                Ok(Self::Postgres(held))
            }
        }
    }
}

/// An engine that is written, in a transaction.
enum Target {
    Sqlite(sqlite::Held),
    #[cfg(feature = "postgres")]
    Postgres(Box<postgres::Held>),
}

impl Target {
    async fn open(url: &str, whole: bool) -> Result<Self, TransferError> {
        #[cfg(not(feature = "postgres"))]
        let _ = whole;
        let opened = match place(url).map_err(TransferError::Target)? {
            Place::File(path) => beside(move || sqlite::Held::open(&path)).await.map(Self::Sqlite),
            #[cfg(feature = "postgres")]
            Place::Server(url) => {
                let how = if whole { postgres::Use::Target } else { postgres::Use::Shared };
                match postgres::Held::open(&url, how).await {
                    Ok(Some(held)) => Ok(Self::Postgres(Box::new(held))),
                    Ok(None) => Err(StoreError::Closed),
                    Err(error) => Err(error),
                }
            }
        };
        opened.map_err(|error| match error {
            StoreError::Busy => TransferError::TargetInUse,
            error => TransferError::Target(error),
        })
    }

    /// Whether there are texts that it does not keep.
    fn is_picky(&self) -> bool {
        !matches!(self, Self::Sqlite(_))
    }

    /// What is in the way.
    async fn holds(self, realm: Option<String>, claim: Claim) -> Result<(Self, Option<String>), TransferError> {
        let asked = match self {
            Self::Sqlite(held) => {
                beside(move || held.holds(realm.as_deref(), &claim).map(|found| (Self::Sqlite(held), found))).await
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(held) => {
                held.holds(realm.as_deref(), &claim).await.map(|found| (Self::Postgres(held), found))
            }
        };
        asked.map_err(TransferError::Target)
    }

    async fn write(self, mut from: mpsc::Receiver<Piece>) -> Result<Self, StoreError> {
        match self {
            Self::Sqlite(held) => beside(move || held.write(&mut from).map(|()| Self::Sqlite(held))).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(held) => {
                held.write(&mut from).await?;
                Ok(Self::Postgres(held))
            }
        }
    }

    async fn take_over(self, claim: Claim) -> Result<Self, StoreError> {
        match self {
            Self::Sqlite(held) => beside(move || held.take_over(&claim).map(|()| Self::Sqlite(held))).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(held) => {
                held.take_over(&claim).await?;
                Ok(Self::Postgres(held))
            }
        }
    }

    async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(held) => beside(move || held.commit()).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(held) => held.commit().await,
        }
    }
}

/// A file that is not there is not made only to find nothing in it.
fn is_there(path: &Path) -> bool {
    path.exists()
}
