//! What the kernels ask of a CPU: sixteen `f32` lanes and a handful of operations on them.
//!
//! Every kernel is written once over [`Simd`]; an instruction set implements the trait with one,
//! two or four registers a vector. All operations are those of [`crate::kernels::naive`] lane by
//! lane, and the two reductions add up in its order, so a kernel gives the same bits on every
//! instruction set that has a fused multiply-add.

use half::f16;

use crate::kernels::naive::ROUND;

/// Lanes of a vector, on every instruction set.
pub(crate) const LANES: usize = 16;

/// Sixteen numbers on a cache line of their own, so that no vector load straddles two lines.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct CacheLine(pub(crate) [f32; LANES]);

impl CacheLine {
    pub(crate) const ZERO: Self = Self([0.0; LANES]);

    /// Lines as the numbers in them.
    pub(crate) fn numbers(lines: &[Self]) -> &[f32] {
        // SAFETY: a line is sixteen f32, 64 bytes, and its alignment adds no padding; so lines are
        // adjacent f32.
        unsafe { std::slice::from_raw_parts(lines.as_ptr().cast(), lines.len() * LANES) }
    }

    /// As [`CacheLine::numbers`].
    pub(crate) fn numbers_mut(lines: &mut [Self]) -> &mut [f32] {
        // SAFETY: as in `numbers`, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), lines.len() * LANES) }
    }
}

/// Rows of a tile of bytes.
pub(crate) const TILE_ROWS: usize = 16;
/// Bytes in a row of a tile.
pub(crate) const TILE_BYTES: usize = 64;

/// Sums of the rows of a tile and sixteen columns.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct TileSums(pub(crate) [[i32; LANES]; TILE_ROWS]);

impl TileSums {
    pub(crate) const ZERO: Self = Self([[0; LANES]; TILE_ROWS]);
}

/// Registers for whole tiles of bytes, ready for use on this thread until they are dropped.
pub(crate) trait ByteTiles {
    /// Two by two products over the whole of k: `sums[2 · r + v]` = correction of v + rows r ·
    /// panel v.
    ///
    /// A block of [`TILE_ROWS`] rows starts at its first byte, one row every `stride` bytes; a
    /// panel is lines of 64 bytes, one for four of k. Both are as long as k, which is a multiple of
    /// [`TILE_BYTES`].
    fn multiply(
        &self,
        rows: [&[u8]; 2],
        stride: usize,
        panels: [&[u8]; 2],
        corrections: [&[i32; LANES]; 2],
        sums: &mut [TileSums; 4],
    );
}

/// The tile registers of an instruction set that has none.
pub(crate) enum NoTiles {}

impl ByteTiles for NoTiles {
    fn multiply(&self, _: [&[u8]; 2], _: usize, _: [&[u8]; 2], _: [&[i32; LANES]; 2], _: &mut [TileSums; 4]) {
        match *self {}
    }
}

/// An instruction set. A value of the type is the proof that this CPU has it.
///
/// The methods are `#[inline(always)]` and so are the kernels above them, which lets them melt into
/// [`Simd::run`], the one function that is compiled with the instruction set switched on.
pub(crate) trait Simd: Copy {
    /// A vector of [`LANES`] numbers.
    type F: Copy;
    /// [`LANES`] sums of 32-bit integers.
    type Sums: Copy;
    /// Four bytes for each of [`LANES`] columns.
    type Bytes: Copy;
    /// See [`Simd::byte_tiles`].
    type Tiles: ByteTiles;
    /// As in [`crate::kernels::Kernels::name`].
    const NAME: &'static str;
    /// Vectors that fit into the registers.
    const REGISTERS: usize;
    /// What is added to the bytes of the first factor: 128 where the instruction set takes them
    /// without a sign, otherwise 0.
    const OFFSET: u8;
    /// Added to a number in ±127, leaves its nearest whole number and [`Simd::OFFSET`] in the
    /// lowest byte of its bits.
    const TO_BYTE: f32 = ROUND + Self::OFFSET as f32;
    /// Products of bytes are fast where k is a multiple of this, which is one of 4.
    const K_STEP: usize = 4;

    /// Runs `job` in a function compiled for this instruction set.
    fn run<J: Job>(self, job: J);

    /// Runs a product with the register tile that suits this instruction set.
    fn tiled<J: TileJob>(self, job: J);
    /// As [`Simd::tiled`], for a product in eight-bit integers.
    fn tiled_int8<J: TileJob>(self, job: J);
    /// Tile registers for this thread, where the instruction set has any.
    #[inline(always)]
    fn byte_tiles(self) -> Option<Self::Tiles> {
        None
    }

    /// `x` in every lane.
    fn splat(self, x: f32) -> Self::F;
    /// Reads a vector.
    fn load(self, from: &[f32; LANES]) -> Self::F;
    /// Writes a vector.
    fn store(self, v: Self::F, to: &mut [f32; LANES]);
    /// Reads half-precision numbers; exact.
    fn load_f16(self, from: &[f16; LANES]) -> Self::F;

    /// a + b
    fn add(self, a: Self::F, b: Self::F) -> Self::F;
    /// a - b
    fn sub(self, a: Self::F, b: Self::F) -> Self::F;
    /// a · b
    fn mul(self, a: Self::F, b: Self::F) -> Self::F;
    /// a / b
    fn div(self, a: Self::F, b: Self::F) -> Self::F;
    /// a · b + c, rounded once.
    fn mul_add(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// a if a > b, otherwise b; so b if either is NaN.
    fn max(self, a: Self::F, b: Self::F) -> Self::F;
    /// a if a < b, otherwise b; so b if either is NaN.
    fn min(self, a: Self::F, b: Self::F) -> Self::F;

    /// 2^n of t = 1.5·2²³ + n, for whole n in -126..=127: adding the constant has put n into t's
    /// low bits.
    fn power_of_two(self, t: Self::F) -> Self::F;
    /// The first `n` lanes of `v`, and `fill` after them; `v` itself if `n` is [`LANES`] or more.
    fn keep_first(self, v: Self::F, n: usize, fill: f32) -> Self::F;

    /// Two bfloat16 in the bits of each lane: `low` in the lower half, `high` in the upper one.
    /// Both fit into bfloat16.
    fn pair(self, low: Self::F, high: Self::F) -> Self::F;
    /// acc + x · w for the upper halves of the lanes of x and w, and then for the lower halves,
    /// each rounded once.
    fn dot_pairs(self, acc: Self::F, x: Self::F, w: Self::F) -> Self::F;

    /// The sum of the lanes: halves are added until one lane is left.
    fn sum(self, v: Self::F) -> f32;
    /// Of each lane the larger magnitude, by its bits: so infinity is beyond all numbers and NaN
    /// beyond infinity.
    fn max_magnitude(self, a: Self::F, b: Self::F) -> Self::F;
    /// The largest lane, by halves as [`Simd::sum`], with the comparison of [`Simd::max`].
    fn largest(self, v: Self::F) -> f32;

    /// Sums to begin a product with: `correction`, which makes up for [`Simd::OFFSET`], or zeros
    /// where that is 0.
    fn sums_from(self, correction: &[i32; LANES]) -> Self::Sums;
    /// Reads four weights for each column.
    fn load_bytes(self, from: &[i8; 4 * LANES]) -> Self::Bytes;
    /// Adds to each column's sum the product of its four weights with the four bytes of `x`, which
    /// have [`Simd::OFFSET`] added. Exact.
    fn dot(self, sums: Self::Sums, x: [u8; 4], weights: Self::Bytes) -> Self::Sums;
    /// The nearest numbers.
    fn sums_to_numbers(self, sums: Self::Sums) -> Self::F;
    /// Writes the lowest byte of each number's bits.
    fn store_low_bytes(self, v: Self::F, to: &mut [u8; LANES]);

    /// Writes the lowest bytes of four vectors, those of a lane side by side.
    #[inline(always)]
    fn store_low_bytes_of_four(self, v: [Self::F; 4], to: &mut [i8; 4 * LANES]) {
        let mut numbers = [[0.0; LANES]; 4];
        for (v, numbers) in v.into_iter().zip(&mut numbers) {
            self.store(v, numbers);
        }
        for (lane, to) in to.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            *to = numbers.map(|numbers| numbers[lane].to_bits() as i8);
        }
    }

    /// Asks for a line, to be in the second-level cache soon; does nothing where there is no such
    /// instruction.
    #[inline(always)]
    fn prefetch(self, line: &CacheLine) {
        let _ = line;
    }

    /// Lane j of vector i becomes lane i of vector j.
    #[inline(always)]
    fn transpose(self, v: [Self::F; LANES]) -> [Self::F; LANES] {
        let mut rows = [[0.0; LANES]; LANES];
        for (v, row) in v.into_iter().zip(&mut rows) {
            self.store(v, row);
        }
        let mut columns = v;
        for (j, column) in columns.iter_mut().enumerate() {
            *column = self.load(&rows.map(|row| row[j]));
        }
        columns
    }

    /// Reads up to a vector; zero in the lanes beyond `from`.
    #[inline(always)]
    fn load_up_to(self, from: &[f32]) -> Self::F {
        match from.first_chunk() {
            Some(whole) => self.load(whole),
            None => self.load_part(from),
        }
    }

    /// [`Simd::load_up_to`] for fewer than [`LANES`].
    #[inline(always)]
    fn load_part(self, from: &[f32]) -> Self::F {
        let mut padded = [0.0; LANES];
        padded[..from.len()].copy_from_slice(from);
        self.load(&padded)
    }

    /// Writes the first lanes of `v`, as many as `to` has room for.
    #[inline(always)]
    fn store_up_to(self, v: Self::F, to: &mut [f32]) {
        match to.first_chunk_mut() {
            Some(whole) => self.store(v, whole),
            None => self.store_part(v, to),
        }
    }

    /// [`Simd::store_up_to`] for fewer than [`LANES`].
    #[inline(always)]
    fn store_part(self, v: Self::F, to: &mut [f32]) {
        let mut padded = [0.0; LANES];
        self.store(v, &mut padded);
        to.copy_from_slice(&padded[..to.len()]);
    }
}

/// A kernel with its arguments, to be run on an instruction set.
pub(crate) trait Job {
    /// Does the work. Implementations are `#[inline(always)]`.
    fn run<S: Simd>(self, s: S);
}

/// A product, to be done in register tiles: blocks of the result that stay in registers along the
/// whole of k.
pub(crate) trait TileJob {
    /// Does the work in tiles of R rows by V vectors, and of `NARROW_R` rows where fewer than V are
    /// left. Implementations are `#[inline(always)]`.
    fn run_in_tiles<S: Simd, const R: usize, const V: usize, const NARROW_R: usize>(self, s: S);
}
