//! taffrail-engine
