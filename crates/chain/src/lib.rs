//! taffrail-chain
