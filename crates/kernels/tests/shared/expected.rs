//! Which kernels this machine ought to have, told without asking the crate.

use std::collections::BTreeSet;

use tallystick_kernels::KernelName;

/// Names, separated by commas, that replace what the CPU's flags say.
const VARIABLE: &str = "TALLYSTICK_EXPECT_KERNELS";

/// The names in [`VARIABLE`], else those whose CPU flags Linux reports, else `scalar` alone.
pub(crate) fn kernels() -> BTreeSet<KernelName> {
    #[expect(clippy::disallowed_methods, reason = "CI states here which kernels it expects")]
    let stated = std::env::var(VARIABLE);
    match stated {
        Ok(names) => names
            .split(',')
            .map(|name| name.trim().parse().unwrap_or_else(|error| panic!("{VARIABLE}: {error}")))
            .collect(),
        Err(_) => from_flags(&std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default()),
    }
}

/// Kernels for the first CPU of `/proc/cpuinfo`: the line `flags` on x86-64, `Features` on Arm.
fn from_flags(cpuinfo: &str) -> BTreeSet<KernelName> {
    let flags: BTreeSet<&str> = cpuinfo
        .lines()
        .find(|line| line.starts_with("flags") || line.starts_with("Features"))
        .map(|line| line.split_whitespace().collect())
        .unwrap_or_default();
    let needs: &[(KernelName, &[&str])] = if cfg!(target_arch = "x86_64") {
        &[
            (KernelName::Popcnt, &["popcnt"]),
            (KernelName::Avx2, &["avx2", "popcnt"]),
            (
                KernelName::Avx512,
                &["avx512f", "avx512bw", "avx512vl", "avx512vbmi", "avx512_vpopcntdq", "popcnt"],
            ),
        ]
    } else {
        &[(KernelName::Neon, &["asimd"])]
    };
    let present = |(_, needed): &&(_, &[&str])| needed.iter().all(|flag| flags.contains(flag));
    std::iter::once(KernelName::Scalar)
        .chain(needs.iter().filter(present).map(|(name, _)| *name))
        .collect()
}

#[test]
fn flags_are_read_from_the_report() {
    let names = from_flags("processor\t: 0\nflags\t\t: fpu popcnt sse4_2 avx2 avx512f\n");
    if cfg!(target_arch = "x86_64") {
        let expected = [KernelName::Scalar, KernelName::Popcnt, KernelName::Avx2];
        assert_eq!(names, BTreeSet::from(expected));
    }
    assert_eq!(from_flags(""), BTreeSet::from([KernelName::Scalar]));
}
