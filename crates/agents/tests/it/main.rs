//! The public interface, over payloads of real agents.

#[cfg(test)]
mod claude_code;
#[cfg(test)]
mod cursor;
#[cfg(test)]
mod decoded;
