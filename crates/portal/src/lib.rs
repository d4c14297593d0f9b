//! What a person may see and do: commands and views over a store
