//! taffrail-policy
