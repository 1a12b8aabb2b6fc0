//! Names of kernels, as written in configuration and in a run's record.

use std::fmt;
use std::str::FromStr;

/// A kernel's name, whether or not this machine can run it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum KernelName {
    /// Plain integer code; runs everywhere.
    Scalar,
    /// The scalar code compiled with the x86 POPCNT instruction.
    Popcnt,
    /// 256-bit byte shuffles on x86.
    Avx2,
    /// 512-bit VPOPCNTDQ on x86.
    Avx512,
    /// 128-bit byte counts on Arm.
    Neon,
}

impl KernelName {
    /// Every name, slowest kernel first within an architecture.
    pub const ALL: [Self; 5] = [Self::Scalar, Self::Popcnt, Self::Avx2, Self::Avx512, Self::Neon];

    /// The name as written: `scalar`, `popcnt`, `avx2`, `avx512` or `neon`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Popcnt => "popcnt",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
        }
    }
}

impl fmt::Display for KernelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for KernelName {
    type Err = UnknownKernel;

    fn from_str(text: &str) -> Result<Self, UnknownKernel> {
        Self::ALL.into_iter().find(|name| name.as_str() == text).ok_or(UnknownKernel)
    }
}

/// The text is no kernel's name. Does not repeat the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownKernel;

impl fmt::Display for UnknownKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a kernel: expected scalar, popcnt, avx2, avx512 or neon")
    }
}

impl std::error::Error for UnknownKernel {}
