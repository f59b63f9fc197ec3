//! taffrail-test-support
