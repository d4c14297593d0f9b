//! HTTP, sign-in, sync, jobs, mail, operations
