//! The SQLite engine: one file, one writer that groups waiting commits under one fsync, a pool of readers.
