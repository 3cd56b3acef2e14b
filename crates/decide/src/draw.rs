//! Random numbers that are a pure function of seed, stream and count: replicate 17 is the same on any thread.
//!
//! SplitMix64 read as a counter: output = mix(key + count * golden). Source: Steele, Lea & Flood (2014), Fast
//! splittable pseudorandom number generators, OOPSLA.

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// What tells parts apart: odd, so that none has the seed of another.
const PARTS: u64 = 0xD1B5_4A32_D192_ED03;

/// One stream of draws.
#[derive(Debug, Clone)]
pub struct Draws {
    state: u64,
}

impl Draws {
    /// Stream `stream` of `seed`; bootstrap replicates use their number.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self { state: mix(mix(seed).wrapping_add(stream.wrapping_mul(GOLDEN))) }
    }

    /// The same for part `part` of the data, so that a part's draws need not wait for those before it; those of the first
    /// part are those of [`Draws::new`].
    pub fn of_part(seed: u64, stream: u64, part: usize) -> Self {
        Self::new(seed.wrapping_add((part as u64).wrapping_mul(PARTS)), stream)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// Uniform on [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * f64::EPSILON / 2.0
    }

    /// Uniform on 0..n, by the high half of a product (bias below n / 2^64).
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_published_first_outputs_for_state_zero() {
        // Reference outputs of SplitMix64 started at 0 (as in the Java and xoshiro sources).
        let mut draws = Draws { state: 0 };
        assert_eq!([draws.bits(), draws.bits()], [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4]);
    }

    #[test]
    fn streams_differ_and_repeat() {
        let first = |stream| Draws::new(5, stream).bits();
        assert_eq!(first(3), first(3));
        assert_ne!(first(3), first(4));
        assert!((0..1000).all(|s| Draws::new(9, s).below(7) < 7));
    }
}
