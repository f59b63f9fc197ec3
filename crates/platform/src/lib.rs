//! taffrail-platform
