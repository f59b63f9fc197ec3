//! taffrail-tests
