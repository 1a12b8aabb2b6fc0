//! Public keys under which anybody can sign.
//!
//! Takes the 32 bytes of an Ed25519 public key, gives whether it is a point of small order; refuses nothing. `ring` takes such
//! keys, as RFC 8032, section 5.1.7 lets it: multiples of a point of order 1, 2, 4 or 8 are so few that a signature which needs no
//! secret holds for one message in as many.

/// The `y` of all points of small order in 32 bytes, lowest first, without the sign of `x`: the five of the eight points (0, 1 and
/// -1, and the two of order 8), then 0 and 1 once more as they are written with the prime 2^255 - 19 added, which decoders that
/// do not insist on the shortest form take too. No other `y` below 2^255 is one of these.
///
/// The list of libsodium's `ge25519_has_small_order`; Chalkias, Garillot, Nikolaenko (2020), Taming the many EdDSAs,
/// doi:10.1007/978-3-030-64357-7_4.
const SMALL_ORDER: [[u8; 32]; 7] = [
    ends(0x00, 0x00, 0x00),
    ends(0x01, 0x00, 0x00),
    ends(0xec, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
    ends(0xed, 0xff, 0x7f),
    ends(0xee, 0xff, 0x7f),
];

/// The bit of `x`.
const SIGN: u8 = 0x80;

/// Bytes that are the same but for the first and the last.
const fn ends(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut bytes = [between; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

/// Whether anybody can sign under this key.
#[must_use]
pub fn is_small_order(public_key: &[u8; 32]) -> bool {
    let mut y = *public_key;
    y[31] &= !SIGN;
    SMALL_ORDER.contains(&y)
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

    use super::*;

    fn with_signs(y: [u8; 32]) -> [[u8; 32]; 2] {
        let mut other = y;
        other[31] |= SIGN;
        [y, other]
    }

    /// So the list holds no other keys; that it lacks none follows from there being five such `y`.
    #[test]
    fn each_key_of_the_list_takes_a_signature_without_a_secret() {
        let points = || SMALL_ORDER.into_iter().flat_map(with_signs);
        for key in points() {
            assert!(is_small_order(&key));
            // The half of a signature that takes a secret is 0, the other one of the points: which of them depends on the message,
            // so that somebody who tries a few messages finds one.
            let holds = |message: u8| {
                points().any(|point| {
                    let signature = [point.as_slice(), &[0; 32]].concat();
                    UnparsedPublicKey::new(&ED25519, key).verify(&[message], &signature).is_ok()
                })
            };
            assert!((0..=u8::MAX).any(holds), "{key:02x?}");
        }
    }

    #[test]
    fn a_key_of_a_secret_is_none_of_them() {
        for seed in 0..16 {
            let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
            let key: [u8; 32] = pair.public_key().as_ref().try_into().unwrap();
            assert!(!is_small_order(&key));
        }
    }
}
