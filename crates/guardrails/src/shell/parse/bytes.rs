//! Kinds of bytes, as one table.

/// The byte always means itself inside an unquoted word.
pub(super) const ORDINARY: u8 = 1;
/// The byte ends an unquoted word.
pub(super) const META: u8 = 2;
/// The byte means something inside double quotes.
pub(super) const IN_DOUBLE: u8 = 4;
/// The byte may be in a name.
pub(super) const NAME: u8 = 8;

static KINDS: [u8; 256] = {
    let mut kinds = [0_u8; 256];
    let mut index = 0_usize;
    while index < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the index is below 256; no conversion trait is const")]
        let byte = index as u8;
        let mut kind = 0;
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            kind |= NAME;
        }
        if matches!(byte, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')') {
            kind |= META;
        }
        if matches!(byte, b'"' | b'\\' | b'$' | b'`') {
            kind |= IN_DOUBLE;
        }
        let special = matches!(
            byte,
            b'\'' | b'"' | b'\\' | b'$' | b'`' | b'{' | b'}' | b',' | b'~' | b'=' | b':' | b'\r' | b'[' | b']' | b'/'
        );
        if kind & META == 0 && !special {
            kind |= ORDINARY;
        }
        kinds[index] = kind;
        index += 1;
    }
    kinds
};

#[inline]
pub(super) fn is(byte: u8, kind: u8) -> bool {
    KINDS[byte as usize] & kind != 0
}

/// May begin a variable's name.
#[inline]
pub(super) fn begins_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphabetic()
}

/// The whole text is a variable's name.
pub(super) fn is_name(text: &[u8]) -> bool {
    text.first().is_some_and(|&byte| begins_name(byte)) && text.iter().all(|&byte| is(byte, NAME))
}
