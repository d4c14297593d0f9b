//! booking_view
