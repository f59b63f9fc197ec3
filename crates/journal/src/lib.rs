//! taffrail-journal
