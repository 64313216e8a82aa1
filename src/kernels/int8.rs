//! Products in eight-bit integers: about four times the multiply-adds an instruction of `f32`, and
//! a quarter of the memory.
//!
//! Weights are rounded to whole numbers in ±127 with a scale for each column, once; inputs with a
//! scale for each row, as they come. Integer sums are exact, so the order of additions does not
//! matter and every path gives the same bits; what happens before and after them is written in
//! [`crate::kernels::naive::linear_int8`], operation by operation.
//!
//! Weights lie in panels of [`LANES`] columns: for each panel, one line for every four of k, and in
//! it four bytes a column. One instruction multiplies four bytes of a row with those of sixteen
//! columns and adds all four products.

use std::ops::Range;

use crate::kernels::matmul::Activate;
use crate::kernels::naive::{self, Activation, LARGEST, ROUND, TINY};
use crate::kernels::simd::{ByteTiles, CacheLine, Job, LANES, Simd, TILE_BYTES, TILE_ROWS, TileJob, TileSums};

/// Bytes of k that a line holds for each column.
const DEPTH: usize = 4;

/// Four weights of each of sixteen columns.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct ByteLine(pub(crate) [i8; DEPTH * LANES]);

impl ByteLine {
    pub(crate) const ZERO: Self = Self([0; DEPTH * LANES]);

    /// Lines as the bytes in them.
    fn bytes(lines: &[Self]) -> &[u8] {
        // SAFETY: a line is 64 bytes, and its alignment adds no padding; so lines are adjacent
        // bytes, and any byte is a u8.
        unsafe { std::slice::from_raw_parts(lines.as_ptr().cast(), size_of_val(lines)) }
    }

    /// As [`ByteLine::bytes`].
    pub(crate) fn bytes_mut(lines: &mut [Self]) -> &mut [u8] {
        // SAFETY: as in `bytes`, any byte is an i8 too, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), size_of_val(lines)) }
    }
}

/// The weights of a `Linear` in eight bits, rearranged once so that every path reads them in order.
#[derive(Clone, Default)]
pub struct PackedInt8 {
    lines: Vec<ByteLine>,
    /// One a column, in panels.
    scales: Vec<CacheLine>,
    /// -Σ w · 128 of each column, in panels: where a path stores inputs with 128 added, its sums
    /// start from this.
    corrections: Vec<[i32; LANES]>,
    n: usize,
    k: usize,
}

impl PackedInt8 {
    /// The largest k.
    pub const WIDEST: usize = 1 << 16;

    /// Rounds and packs `weight`, which is (n, k) row by row as PyTorch stores it: n outputs, k
    /// inputs.
    ///
    /// # Panics
    /// If `weight` is not of that size, or k is 0 or more than [`PackedInt8::WIDEST`], from where
    /// sums might not fit.
    pub fn new(weight: &[f32], n: usize, k: usize) -> Self {
        assert_eq!(weight.len(), n * k, "weight is ({n}, {k})");
        assert!((1..=Self::WIDEST).contains(&k), "a product needs something to add up, and room for the sum");
        let n_panels = n.div_ceil(LANES);
        let depth = k.div_ceil(DEPTH);
        let mut lines = vec![ByteLine::ZERO; n_panels * depth];
        let mut scales = vec![CacheLine::ZERO; n_panels];
        let mut corrections = vec![[0; LANES]; n_panels];
        let mut rounded = vec![0; k];
        for (i, row) in weight.chunks_exact(k).enumerate() {
            let (panel, column) = (i / LANES, i % LANES);
            scales[panel].0[column] = naive::quantize(row, &mut rounded);
            for (line, four) in lines[panel * depth..][..depth].iter_mut().zip(rounded.chunks(DEPTH)) {
                line.0[column * DEPTH..][..four.len()].copy_from_slice(four);
            }
            corrections[panel][column] = -128 * rounded.iter().map(|&w| i32::from(w)).sum::<i32>();
        }
        Self { lines, scales, corrections, n, k }
    }

    /// Makes this the eight bits of `panels`: n columns of k numbers, as
    /// [`Packed`](crate::kernels::Packed) lays them out. Where the path likes k to be a multiple of
    /// something, it becomes one by zeros.
    #[inline(always)]
    pub(crate) fn pack<S: Simd>(&mut self, s: S, panels: &[CacheLine], n: usize, k: usize) {
        let n_panels = n.div_ceil(LANES);
        (self.n, self.k) = (n, k.next_multiple_of(S::K_STEP));
        let depth = self.k / DEPTH;
        self.lines.resize(n_panels * depth, ByteLine::ZERO);
        self.scales.resize(n_panels, CacheLine::ZERO);
        self.corrections.resize(n_panels, [0; LANES]);
        let packed = self.lines.chunks_exact_mut(depth).zip(&mut self.scales).zip(&mut self.corrections);
        for (panel, ((lines, scale), correction)) in panels.chunks_exact(k).zip(packed) {
            let zero = s.splat(0.0);
            let mut most = zero;
            for x in panel {
                most = s.max_magnitude(most, s.load(&x.0));
            }
            let (mut mosts, mut inverses) = ([0.0; LANES], [0.0; LANES]);
            s.store(most, &mut mosts);
            for ((most, scale), inverse) in mosts.iter().zip(&mut scale.0).zip(&mut inverses) {
                (*scale, *inverse) = scale_and_inverse(*most);
            }
            let inverse = s.load(&inverses);
            let (with_numbers, beyond) = lines.split_at_mut(k.div_ceil(DEPTH));
            let mut sum = zero;
            for (line, four) in with_numbers.iter_mut().zip(panel.chunks(DEPTH)) {
                let mut bytes = [s.splat(ROUND); DEPTH];
                for (x, byte) in four.iter().zip(&mut bytes) {
                    *byte = s.add(s.mul(s.load(&x.0), inverse), *byte);
                    sum = s.add(sum, s.sub(*byte, s.splat(ROUND)));
                }
                s.store_low_bytes_of_four(bytes, &mut line.0);
            }
            beyond.fill(ByteLine::ZERO);
            let mut sums = [0.0; LANES];
            s.store(sum, &mut sums);
            *correction = sums.map(|sum| -128 * sum as i32);
        }
    }

    /// Outputs.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Inputs.
    pub fn k(&self) -> usize {
        self.k
    }
}

/// Memory that [`crate::kernels::Kernels::linear_int8`] works in.
#[derive(Default)]
pub struct Int8Scratch {
    /// Rows of x in eight bits, of a block; each padded to whole vectors. Lines, for the sake of
    /// their alignment.
    lines: Vec<ByteLine>,
    /// Their scales.
    scales: Vec<f32>,
}

impl Int8Scratch {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Rows that are rounded and multiplied at a time, so that they stay in the second-level cache. A
/// multiple of [`ROUND_UP`].
const M_BLOCK: usize = 192;
/// Products may read, and do nothing with, rows after the last up to a multiple of this.
pub(crate) const ROUND_UP: usize = 16;

/// See [`crate::kernels::naive::linear_int8`].
pub(crate) struct LinearInt8<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) w: &'a PackedInt8,
    pub(crate) bias: &'a [f32],
    pub(crate) activation: Activation,
    pub(crate) y: &'a mut [f32],
    pub(crate) scratch: &'a mut Int8Scratch,
}

impl Job for LinearInt8<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { x, w, bias, activation, y, scratch } = self;
        let stride = w.k.div_ceil(LANES) * LANES;
        scratch.lines.resize((M_BLOCK * stride).div_ceil(size_of::<ByteLine>()), ByteLine::ZERO);
        let block = ByteLine::bytes_mut(&mut scratch.lines);
        scratch.scales.resize(M_BLOCK, 0.0);
        for (x, y) in x.chunks(M_BLOCK * w.k).zip(y.chunks_mut(M_BLOCK * w.n)) {
            let m = x.len() / w.k;
            let bytes = &mut block[..m.next_multiple_of(ROUND_UP) * stride];
            let scales = &mut scratch.scales[..m];
            s.run(Quantize { x, x_stride: w.k, k: w.k, bytes, stride, scales });
            MatmulInt8 { m, x: bytes, stride, scales, w, bias, activation, y, y_stride: w.n }.multiply(s);
        }
    }
}

/// Rounds rows of k numbers, which start every `x_stride`, to eight bits, with a scale each.
pub(crate) struct Quantize<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) x_stride: usize,
    pub(crate) k: usize,
    pub(crate) bytes: &'a mut [u8],
    pub(crate) stride: usize,
    pub(crate) scales: &'a mut [f32],
}

impl Job for Quantize<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let rows = self.x.chunks(self.x_stride).zip(self.bytes.chunks_exact_mut(self.stride));
        for ((x, bytes), scale) in rows.zip(self.scales) {
            let x = &x[..self.k];
            let inverse;
            (*scale, inverse) = scale_and_inverse(largest_magnitude(s, x));
            let (inverse, to_byte) = (s.splat(inverse), s.splat(S::TO_BYTE));
            let (whole, rest) = x.as_chunks();
            let (bytes, last) = bytes.as_chunks_mut().0.split_at_mut(whole.len());
            for (x, bytes) in whole.iter().zip(bytes) {
                s.store_low_bytes(s.add(s.mul(s.load(x), inverse), to_byte), bytes);
            }
            if let (false, [bytes, ..]) = (rest.is_empty(), last) {
                s.store_low_bytes(s.add(s.mul(s.load_part(rest), inverse), to_byte), bytes);
            }
        }
    }
}

/// The largest magnitude, as [`Simd::max_magnitude`] has it.
#[inline(always)]
fn largest_magnitude<S: Simd>(s: S, x: &[f32]) -> f32 {
    // Two vectors at a time, since each step waits for the one before.
    let mut most = [s.splat(0.0); 2];
    let (pairs, rest) = x.as_chunks::<{ 2 * LANES }>();
    for pair in pairs {
        let pair = pair.as_chunks().0;
        most = [s.max_magnitude(most[0], s.load(&pair[0])), s.max_magnitude(most[1], s.load(&pair[1]))];
    }
    for x in rest.chunks(LANES) {
        most[0] = s.max_magnitude(most[0], s.load_up_to(x));
    }
    let mut mosts = [0.0; LANES];
    s.store(s.max_magnitude(most[0], most[1]), &mut mosts);
    f32::from_bits(mosts.iter().fold(0, |most, x| most.max(x.to_bits())))
}

/// What undoes the rounding of numbers whose largest magnitude is `most`, and what they are
/// multiplied with before.
#[inline(always)]
fn scale_and_inverse(most: f32) -> (f32, f32) {
    (if most.is_finite() { most / LARGEST } else { f32::NAN }, if most > TINY { LARGEST / most } else { 0.0 })
}

/// y (m, n) = act(scale of row · scale of column · (x · wᵀ) + bias), x being m rows of bytes that
/// start every `stride` and go on, with what does not matter, to a multiple of [`ROUND_UP`] rows.
/// Rows of y start every `y_stride`.
pub(crate) struct MatmulInt8<'a> {
    pub(crate) m: usize,
    pub(crate) x: &'a [u8],
    pub(crate) stride: usize,
    pub(crate) scales: &'a [f32],
    pub(crate) w: &'a PackedInt8,
    pub(crate) bias: &'a [f32],
    pub(crate) activation: Activation,
    pub(crate) y: &'a mut [f32],
    pub(crate) y_stride: usize,
}

impl TileJob for MatmulInt8<'_> {
    /// The whole product, in tiles of R rows by V panels, narrower ones for the last panels and
    /// lower ones for the last rows.
    #[inline(always)]
    fn run_in_tiles<S: Simd, const R: usize, const V: usize, const NARROW_R: usize>(mut self, s: S) {
        let n_panels = self.w.n.div_ceil(LANES);
        let mut panel = 0;
        while panel + V <= n_panels {
            self.columns::<S, R, V>(s, panel);
            panel += V;
        }
        if V > 2 && panel + 2 <= n_panels {
            self.columns::<S, NARROW_R, 2>(s, panel);
            panel += 2;
        }
        if V > 1 && panel < n_panels {
            self.columns::<S, NARROW_R, 1>(s, panel);
        }
    }
}

impl MatmulInt8<'_> {
    /// The whole product.
    #[inline(always)]
    pub(crate) fn multiply<S: Simd>(self, s: S) {
        if self.w.k.is_multiple_of(TILE_BYTES)
            && let Some(tiles) = s.byte_tiles()
        {
            self.by_byte_tiles(s, &tiles);
        } else {
            s.tiled_int8(self);
        }
    }

    /// The whole product, two panels at a time, thirty-two rows at a time. At the edges a tile is
    /// done twice. k fills the rows of tiles.
    #[inline(always)]
    fn by_byte_tiles<S: Simd>(self, s: S, tiles: &S::Tiles) {
        let Self { m, x, stride, scales, w, bias, activation, y, y_stride } = self;
        let depth = w.k / DEPTH;
        let n_panels = w.n.div_ceil(LANES);
        let mut sums = [TileSums::ZERO; 4];
        for panel in (0..n_panels).step_by(2) {
            let panels = [panel, (panel + 1).min(n_panels - 1)];
            for row in (0..m).step_by(2 * TILE_ROWS) {
                let rows = [row, if row + TILE_ROWS < m { row + TILE_ROWS } else { row }];
                tiles.multiply(
                    rows.map(|row| &x[row * stride..][..TILE_ROWS * stride]),
                    stride,
                    panels.map(|panel| ByteLine::bytes(&w.lines[panel * depth..][..depth])),
                    panels.map(|panel| &w.corrections[panel]),
                    &mut sums,
                );
                for (sums, [row, panel]) in sums.iter().zip(pairs(rows, panels)) {
                    let columns = panel * LANES..w.n.min((panel + 1) * LANES);
                    let (bias, column_scale) = (s.load_up_to(&bias[columns.clone()]), s.load(&w.scales[panel].0));
                    let rows = scales[row..].iter().zip(y[row * y_stride..].chunks_mut(y_stride));
                    for (sums, (scale, y)) in sums.0.iter().zip(rows) {
                        let scaled = s.mul(s.sums_to_numbers(s.sums_from(sums)), s.splat(*scale));
                        s.store_up_to(s.mul_add(scaled, column_scale, bias), &mut y[columns.clone()]);
                    }
                }
            }
            if activation != Activation::None {
                let columns = panel * LANES..w.n.min((panel + 2) * LANES);
                s.run(Activate { activation, rounded: true, columns, y, y_stride });
            }
        }
    }

    /// V panels for all rows.
    #[inline(always)]
    fn columns<S: Simd, const R: usize, const V: usize>(&mut self, s: S, panel: usize) {
        let mut row = 0;
        while row + R <= self.m {
            s.run(TileInt8::<R, V> { matmul: self, row, panel });
            row += R;
        }
        if R > 4 && row + 4 <= self.m {
            s.run(TileInt8::<4, V> { matmul: self, row, panel });
            row += 4;
        }
        if R > 2 && row + 2 <= self.m {
            s.run(TileInt8::<2, V> { matmul: self, row, panel });
            row += 2;
        }
        while row < self.m {
            s.run(TileInt8::<1, V> { matmul: self, row, panel });
            row += 1;
        }
        if self.activation != Activation::None {
            let columns = panel * LANES..self.w.n.min((panel + V) * LANES);
            let Self { activation, y_stride, .. } = *self;
            s.run(Activate { activation, rounded: true, columns, y: self.y, y_stride });
        }
    }
}

/// Each row with each panel, as [`ByteTiles::multiply`] orders them.
fn pairs([a, b]: [usize; 2], [p, q]: [usize; 2]) -> [[usize; 2]; 4] {
    [[a, p], [a, q], [b, p], [b, q]]
}

/// R rows by V panels of a product.
struct TileInt8<'t, 'm, const R: usize, const V: usize> {
    matmul: &'t mut MatmulInt8<'m>,
    row: usize,
    panel: usize,
}

impl<const R: usize, const V: usize> Job for TileInt8<'_, '_, R, V> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { matmul, row, panel } = self;
        let MatmulInt8 { x, stride, w, y_stride, .. } = *matmul;
        let depth = w.k.div_ceil(DEPTH);
        let columns: Range<usize> = panel * LANES..w.n.min((panel + V) * LANES);
        let (corrections, column_scales) = (&w.corrections[panel..][..V], &w.scales[panel..][..V]);
        let (scales, bias) = (&matmul.scales[row..][..R], &matmul.bias[columns.clone()]);
        let mut rows: [&[[u8; DEPTH]]; R] = [&[]; R];
        for (r, four) in rows.iter_mut().enumerate() {
            *four = &x[(row + r) * stride..][..stride].as_chunks().0[..depth];
        }
        let mut lines: [&[ByteLine]; V] = [&[]; V];
        for (v, lines) in lines.iter_mut().enumerate() {
            *lines = &w.lines[(panel + v) * depth..][..depth];
        }

        // Whole arrays and loops of known length throughout, so that the sums never leave the
        // registers.
        let mut start = [s.sums_from(&corrections[0]); V];
        for v in 1..V {
            start[v] = s.sums_from(&corrections[v]);
        }
        let mut acc = [start; R];
        for p in 0..depth {
            let mut weights = [s.load_bytes(&lines[0][p].0); V];
            for v in 1..V {
                weights[v] = s.load_bytes(&lines[v][p].0);
            }
            for r in 0..R {
                let four = rows[r][p];
                for v in 0..V {
                    acc[r][v] = s.dot(acc[r][v], four, weights[v]);
                }
            }
        }

        let mut biases = [s.load_up_to(bias); V];
        let mut factors = [s.load(&column_scales[0].0); V];
        for v in 1..V {
            biases[v] = s.load_up_to(&bias[v * LANES..]);
            factors[v] = s.load(&column_scales[v].0);
        }
        for r in 0..R {
            let scale = s.splat(scales[r]);
            let mut done = factors;
            for v in 0..V {
                done[v] = s.mul_add(s.mul(s.sums_to_numbers(acc[r][v]), scale), factors[v], biases[v]);
            }
            let y = &mut matmul.y[(row + r) * y_stride..][columns.clone()];
            match y.as_chunks_mut().0.first_chunk_mut::<V>() {
                Some(whole) => {
                    for v in 0..V {
                        s.store(done[v], &mut whole[v]);
                    }
                }
                None => {
                    for (v, done) in done.into_iter().enumerate() {
                        s.store_up_to(done, &mut y[v * LANES..]);
                    }
                }
            }
        }
    }
}
