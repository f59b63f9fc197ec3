//! taffrail-agents
