//! A ledger's head: the number and the hash of its last block, short enough to be kept on paper.

use std::fmt;
use std::str::FromStr;

/// `12:4f0c…`: it stands for everything in the log up to that block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The block's number, from 1.
    pub number: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

impl Head {
    /// Before the first block.
    pub(super) const NONE: Self = Self { number: 0, hash: [0; 32] };
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.number)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The text is no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a head like 12:4f0c… with 64 hexadecimal digits")]
pub struct MalformedHead;

impl FromStr for Head {
    type Err = MalformedHead;

    fn from_str(text: &str) -> Result<Self, MalformedHead> {
        let (number, digits) = text.trim().split_once(':').ok_or(MalformedHead)?;
        let number = number.parse().ok().filter(|number| *number > 0).ok_or(MalformedHead)?;
        if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(MalformedHead);
        }
        let mut hash = [0; 32];
        for (byte, place) in hash.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&digits[place..place + 2], 16).map_err(|_| MalformedHead)?;
        }
        Ok(Self { number, hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_was_written_and_nothing_else_is() {
        let head = Head { number: 12, hash: [0xa5; 32] };
        assert_eq!(head.to_string().parse(), Ok(head));
        for wrong in
            ["", "12", "12:", "0:00", &format!("-1:{}", "00".repeat(32)), &format!("1:{}", "é".repeat(32))]
        {
            assert_eq!(wrong.parse::<Head>(), Err(MalformedHead), "{wrong}");
        }
    }
}
