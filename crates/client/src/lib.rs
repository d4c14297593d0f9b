//! The device: mirror, overlay, outbox, sync, session
