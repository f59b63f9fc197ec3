//! taffrail-config
