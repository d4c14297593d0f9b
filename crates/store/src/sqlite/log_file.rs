//! The write-ahead log's file as SQLite sees it when it writes: what a commit appends goes to the system in one call.
//!
//! SQLite writes a commit's pages to the log one by one, and before each the 24 bytes of its frame's header (SQLite,
//! "WAL-mode File Format", section 2.2): for a booking some forty calls, which take as long as the disk. Here they are
//! put together until the last one is there. Only the log of a connection that writes goes this way; the database
//! itself, locks, shared memory and all who read are the system's own (docs/adr/0031).
//!
//! **Invariant:** a connection that goes this way does not write before its commit (`cache_spill` is off): frames that were
//! held back when their transaction was undone would be written over those of others later on. So all that is held back
//! is of one commit, which SQLite writes in one go, under the lock, and whose last page lets go of it.
//! **Invariant:** when the write of that page returns, all of the commit is with the system; SQLite syncs then, and then
//! tells other connections. A write that fails is told there, and the commit is undone.
//!
//! **Invariant:** besides [`log_index`](super::log_index) this is the only file below the app with `unsafe` in it. SQLite
//! gives each file memory of the size that was asked for and uses it on one thread at a time, from `xOpen` to `xClose`
//! (SQLite, "The OS Interface or VFS").
#![allow(unsafe_code)]

#[deny(unsafe_code)]
mod held;

use std::{
    ffi::{CStr, c_int, c_void},
    ptr, slice,
    sync::{
        LazyLock,
        atomic::{AtomicPtr, Ordering},
    },
};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

use self::held::Held;

/// The name under which SQLite knows this way of opening files.
const NAME: &CStr = c"datebook-log";

/// The system's own way, once [`NAME`] is known to SQLite.
static SYSTEM: AtomicPtr<sqlite3_vfs> = AtomicPtr::new(ptr::null_mut());

/// Makes the name known to SQLite, once; nothing when that is impossible.
pub(super) fn name() -> Option<&'static CStr> {
    static KNOWN: LazyLock<bool> = LazyLock::new(|| {
        // SAFETY: without a name SQLite gives the default, which stays for ever.
        let system = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        // SAFETY: as above; it is only read.
        let Some(ours) = (unsafe { system.as_ref() }) else { return false };
        let size = size_of::<LogFile>();
        let ours = Box::leak(Box::new(sqlite3_vfs {
            szOsFile: ours.szOsFile.max(c_int::try_from(size).unwrap_or(c_int::MAX)),
            pNext: ptr::null_mut(),
            zName: NAME.as_ptr(),
            xOpen: Some(open),
            ..*ours
        }));
        SYSTEM.store(system, Ordering::Release);
        // SAFETY: it was leaked, so it stays for ever.
        unsafe { ffi::sqlite3_vfs_register(ours, 0) == ffi::SQLITE_OK }
    });
    KNOWN.then_some(NAME)
}

/// What SQLite holds of a log that is open.
#[repr(C)]
struct LogFile {
    head: sqlite3_file,
    /// From `Box::into_raw`.
    log: *mut Log,
}

/// A log that is open.
struct Log {
    /// The system's own file, in memory of the size that it asks for.
    below: Box<[u64]>,
    held: Held,
}

impl Log {
    fn below(&mut self) -> *mut sqlite3_file {
        self.below.as_mut_ptr().cast()
    }

    fn methods(&mut self) -> Option<&'static sqlite3_io_methods> {
        // SAFETY: `below` is an open file, whose table of methods is constant.
        unsafe { (*self.below()).pMethods.as_ref() }
    }

    fn write(&mut self, bytes: &[u8], at: i64) -> c_int {
        let put = self.put();
        self.held.write(bytes, at, put)
    }

    /// Writes what is held back.
    fn settle(&mut self) -> c_int {
        let put = self.put();
        self.held.put_all(put)
    }

    /// What the disk below does for us.
    fn characteristics(&mut self) -> c_int {
        match self.methods().and_then(|methods| methods.xDeviceCharacteristics) {
            // SAFETY: the method of that very file, which is open.
            Some(method) => unsafe { method(self.below()) },
            None => 0,
        }
    }

    /// The write of the file below.
    fn put(&mut self) -> impl FnMut(&[u8], i64) -> c_int + use<> {
        let (below, write) = (self.below(), self.methods().and_then(|methods| methods.xWrite));
        move |bytes, at| match (write, c_int::try_from(bytes.len())) {
            // SAFETY: the method of that very file, which is open as long as its log is, with bytes that are there.
            (Some(write), Ok(length)) => unsafe { write(below, bytes.as_ptr().cast(), length, at) },
            _ => ffi::SQLITE_IOERR_WRITE,
        }
    }
}

/// The log behind what SQLite holds of it.
///
/// # Safety
/// `file` was opened by [`open`] as a log and is not closed; nobody else uses it meanwhile.
unsafe fn log<'a>(file: *mut sqlite3_file) -> &'a mut Log {
    // SAFETY: then it is a `LogFile`, whose log lives until `close`.
    unsafe { &mut *(*file.cast::<LogFile>()).log }
}

unsafe extern "C" fn open(
    _ours: *mut sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let system = SYSTEM.load(Ordering::Acquire);
    // SAFETY: it was set before anybody could come here, and stays for ever.
    let (Some(open), size) = (unsafe { ((*system).xOpen, (*system).szOsFile) }) else {
        return ffi::SQLITE_CANTOPEN;
    };
    if flags & ffi::SQLITE_OPEN_WAL == 0 {
        // SAFETY: what SQLite gave us, for the system's own way; the memory is at least as large as it asks for.
        return unsafe { open(system, name, file, flags, out) };
    }
    let words = usize::try_from(size).unwrap_or(0).div_ceil(size_of::<u64>());
    let mut log = Box::new(Log { below: vec![0; words].into_boxed_slice(), held: Held::default() });
    // SAFETY: as above, with memory of its own, which is as aligned as any that SQLite would give.
    let opened = unsafe { open(system, name, log.below(), flags, out) };
    let ours = opened == ffi::SQLITE_OK && log.methods().is_some();
    log.held.through = ours && log.characteristics() & ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE == 0;
    let log = if ours { Box::into_raw(log) } else { ptr::null_mut() };
    let methods: *const sqlite3_io_methods = if ours { &METHODS } else { ptr::null() };
    // SAFETY: SQLite gave memory of the size that we asked for, for this.
    unsafe { file.cast::<LogFile>().write(LogFile { head: sqlite3_file { pMethods: methods }, log }) };
    if ours || opened != ffi::SQLITE_OK { opened } else { ffi::SQLITE_CANTOPEN }
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    // Locks are the database's.
    xLock: None,
    xUnlock: None,
    xCheckReservedLock: None,
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// Calls the method of the file below a log, after what was held back for it.
macro_rules! below {
    ($file:ident, $method:ident, $missing:expr $(, $argument:expr)*) => {{
        // SAFETY: SQLite calls a method of a log with that log, from one thread at a time.
        let log = unsafe { log($file) };
        let settled = log.settle();
        match log.methods().and_then(|methods| methods.$method) {
            _ if settled != ffi::SQLITE_OK => settled,
            // SAFETY: the method of that very file, which is open, with what SQLite gave for it.
            Some(method) => unsafe { method(log.below() $(, $argument)*) },
            None => $missing,
        }
    }};
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as in `below`; SQLite uses the file no more, so its log is ours again. Without methods SQLite takes it for
    // closed.
    let mut log = unsafe {
        (*file).pMethods = ptr::null();
        Box::from_raw((*file.cast::<LogFile>()).log)
    };
    let settled = log.settle();
    let closed = match log.methods().and_then(|methods| methods.xClose) {
        // SAFETY: as in `below`.
        Some(close) => unsafe { close(log.below()) },
        None => ffi::SQLITE_OK,
    };
    if settled == ffi::SQLITE_OK { closed } else { settled }
}

unsafe extern "C" fn read(file: *mut sqlite3_file, into: *mut c_void, length: c_int, at: sqlite3_int64) -> c_int {
    below!(file, xRead, ffi::SQLITE_IOERR_READ, into, length, at)
}

unsafe extern "C" fn write(file: *mut sqlite3_file, from: *const c_void, length: c_int, at: sqlite3_int64) -> c_int {
    let Ok(length) = usize::try_from(length) else { return ffi::SQLITE_IOERR_WRITE };
    // SAFETY: SQLite gives so many bytes, and calls a method of a log with that log, from one thread at a time.
    unsafe { log(file).write(slice::from_raw_parts(from.cast(), length), at) }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    below!(file, xTruncate, ffi::SQLITE_IOERR_TRUNCATE, size)
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    below!(file, xSync, ffi::SQLITE_IOERR_FSYNC, flags)
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, size: *mut sqlite3_int64) -> c_int {
    below!(file, xFileSize, ffi::SQLITE_IOERR_FSTAT, size)
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, what: c_int, with: *mut c_void) -> c_int {
    below!(file, xFileControl, ffi::SQLITE_NOTFOUND, what, with)
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as in `below`; what is held back has nothing to do with it, and this method knows no errors.
    let log = unsafe { log(file) };
    match log.methods().and_then(|methods| methods.xSectorSize) {
        // SAFETY: as in `below`.
        Some(method) => unsafe { method(log.below()) },
        None => 4096,
    }
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as in `sector_size`.
    unsafe { log(file) }.characteristics()
}

/// The tests that need `unsafe`, in the file that may have it.
#[cfg(test)]
mod by_hand {
    use std::sync::Mutex;

    use rusqlite::Connection;

    use super::{
        held::HEADER,
        tests::{both, frame},
        *,
    };
    use crate::sqlite::connection;

    /// What a file was told.
    #[derive(Debug, PartialEq)]
    enum Told {
        Write { bytes: c_int, at: i64 },
        Sync { flags: c_int },
    }

    static TOLD: Mutex<Vec<Told>> = Mutex::new(Vec::new());

    unsafe extern "C" fn note_write(_: *mut sqlite3_file, _: *const c_void, bytes: c_int, at: sqlite3_int64) -> c_int {
        TOLD.lock().unwrap().push(Told::Write { bytes, at });
        ffi::SQLITE_OK
    }

    unsafe extern "C" fn note_sync(_: *mut sqlite3_file, flags: c_int) -> c_int {
        TOLD.lock().unwrap().push(Told::Sync { flags });
        ffi::SQLITE_OK
    }

    #[test]
    fn the_file_is_synced_as_it_was_asked_for_and_after_all_that_was_held_back() {
        let system = sqlite3_io_methods { xClose: None, xWrite: Some(note_write), xSync: Some(note_sync), ..METHODS };
        let words = size_of::<sqlite3_file>().div_ceil(size_of::<u64>());
        let mut log = Log { below: vec![0; words].into_boxed_slice(), held: Held::default() };
        // SAFETY: the memory is large enough and aligned, and nobody else uses it.
        unsafe { log.below().write(sqlite3_file { pMethods: &raw const system }) };
        let mut file = LogFile { head: sqlite3_file { pMethods: &raw const METHODS }, log: &raw mut log };
        let file = (&raw mut file).cast::<sqlite3_file>();
        let mut at = 32;
        for piece in frame(1, false) {
            let length = piece.len() as c_int;
            // SAFETY: the file is a log's, which lives, and there are so many bytes.
            let written = unsafe { METHODS.xWrite.unwrap()(file, piece.as_ptr().cast(), length, at) };
            assert_eq!((written, TOLD.lock().unwrap().len()), (ffi::SQLITE_OK, 0), "it is held back");
            at += i64::from(length);
        }
        let flags = ffi::SQLITE_SYNC_FULL | ffi::SQLITE_SYNC_DATAONLY;
        // SAFETY: as above.
        assert_eq!(unsafe { METHODS.xSync.unwrap()(file, flags) }, ffi::SQLITE_OK);
        let frame = (HEADER + 4096) as c_int;
        assert_eq!(*TOLD.lock().unwrap(), [Told::Write { bytes: frame, at: 32 }, Told::Sync { flags }]);
    }

    #[test]
    fn nobody_else_has_this_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.sqlite");
        drop(both(&path, ""));
        let name = |connection: &Connection| -> String {
            let found: *const sqlite3_vfs = {
                let mut found: *mut sqlite3_vfs = ptr::null_mut();
                // SAFETY: the connection is open, and SQLite writes one pointer to where it is told.
                let done = unsafe {
                    let to = (&raw mut found).cast();
                    ffi::sqlite3_file_control(connection.handle(), c"main".as_ptr(), ffi::SQLITE_FCNTL_VFS_POINTER, to)
                };
                assert_eq!(done, ffi::SQLITE_OK);
                found
            };
            // SAFETY: a way of opening files stays for ever, and its name with it.
            unsafe { CStr::from_ptr((*found).zName) }.to_str().unwrap().to_owned()
        };
        assert_eq!(name(&connection::open_committer(&path).unwrap()), NAME.to_str().unwrap());
        assert_ne!(name(&connection::open_writer(&path).unwrap()), NAME.to_str().unwrap());
        assert_ne!(name(&connection::open_reader(&path).unwrap()), NAME.to_str().unwrap());
        assert_ne!(name(&Connection::open(&path).unwrap()), NAME.to_str().unwrap());
    }
}

#[cfg(test)]
#[deny(unsafe_code)]
mod tests;
