//! Matrix products: a block of rows times panels of columns, one register tile at a time.
//!
//! The second matrix is laid out in panels of [`LANES`] columns: for each panel, one [`CacheLine`]
//! for each k. A tile is R rows by V panels; it reads V lines and R single numbers for each k and
//! does R·V vector multiply-adds with them. Rows come in blocks that stay in the second-level cache
//! while all panels pass over them. Whatever the tile and the block, an element of the result is
//! one chain of multiply-adds along k that starts from zero: where k is cut, the next part
//! continues from the stored value. A row's result therefore does not depend on the others.

use std::ops::Range;

use crate::kernels::math;
use crate::kernels::naive::Activation;
use crate::kernels::simd::{CacheLine, Job, LANES, Simd, TileJob};

/// The weights of a `Linear`, rearranged once so that every path reads them in order.
#[derive(Clone)]
pub struct Packed {
    lines: Vec<CacheLine>,
    n: usize,
    k: usize,
}

impl Packed {
    /// Packs `weight`, which is (n, k) row by row as PyTorch stores it: n outputs, k inputs.
    ///
    /// # Panics
    /// If `weight` is not of that size, or k is 0.
    pub fn new(weight: &[f32], n: usize, k: usize) -> Self {
        assert_eq!(weight.len(), n * k, "weight is ({n}, {k})");
        assert!(k > 0, "a product needs something to add up");
        let mut lines = vec![CacheLine::ZERO; n.div_ceil(LANES) * k];
        for (i, row) in weight.chunks_exact(k).enumerate() {
            for (line, w) in lines[i / LANES * k..][..k].iter_mut().zip(row) {
                line.0[i % LANES] = *w;
            }
        }
        Self { lines, n, k }
    }

    /// Outputs.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Inputs.
    pub fn k(&self) -> usize {
        self.k
    }

    pub(crate) fn lines(&self) -> &[CacheLine] {
        &self.lines
    }
}

/// What is done to a row of the product once its chains are complete.
#[derive(Clone, Copy)]
pub(crate) enum Finish<'a> {
    /// Nothing.
    Keep,
    /// act(y + bias), with a bias for each column.
    Linear(&'a [f32], Activation),
    /// y · factor, with a factor for each row.
    Scale(&'a [f32]),
}

/// y (m, n) = finish(x (m, k) · w (k, n)). Rows of x and y start every `x_stride` and `y_stride`
/// numbers.
///
/// With `PAIRS`, what x and w hold are pairs of numbers in bfloat16, as in
/// [`crate::kernels::bf16`], and k is the number of pairs.
pub(crate) struct Matmul<'a, const PAIRS: bool = false> {
    pub(crate) m: usize,
    pub(crate) n: usize,
    pub(crate) k: usize,
    pub(crate) x: &'a [f32],
    pub(crate) x_stride: usize,
    pub(crate) w: &'a [CacheLine],
    pub(crate) y: &'a mut [f32],
    pub(crate) y_stride: usize,
    pub(crate) finish: Finish<'a>,
}

/// Rows of x that stay in the second-level cache: with [`K_BLOCK`] columns, 288 KiB. A multiple of
/// every tile's height.
pub(crate) const M_BLOCK: usize = 192;
/// The longest part of k done at once: a panel of this many lines is 24 KiB.
const K_BLOCK: usize = 384;

impl<const PAIRS: bool> Job for Matmul<'_, PAIRS> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        s.tiled(self);
    }
}

impl<const PAIRS: bool> TileJob for Matmul<'_, PAIRS> {
    /// The whole product, in tiles of R rows by V panels, narrower ones of `NARROW_R` rows for the
    /// last panels, and lower ones for the last rows.
    #[inline(always)]
    fn run_in_tiles<S: Simd, const R: usize, const V: usize, const NARROW_R: usize>(mut self, s: S) {
        let n_panels = self.n.div_ceil(LANES);
        let k_step = if self.k <= K_BLOCK { self.k } else { self.k.div_ceil(self.k.div_ceil(K_BLOCK)) };
        let mut rows = 0..0;
        while rows.end < self.m {
            rows = rows.end..self.m.min(rows.end + M_BLOCK);
            let mut ks = 0..0;
            while ks.end < self.k {
                ks = ks.end..self.k.min(ks.end + k_step);
                let mut panel = 0;
                while panel + V <= n_panels {
                    self.columns::<S, R, V>(s, &rows, &ks, panel);
                    panel += V;
                }
                if V > 2 && panel + 2 <= n_panels {
                    self.columns::<S, NARROW_R, 2>(s, &rows, &ks, panel);
                    panel += 2;
                }
                if V > 1 && panel < n_panels {
                    self.columns::<S, NARROW_R, 1>(s, &rows, &ks, panel);
                }
            }
        }
    }
}

impl<const PAIRS: bool> Matmul<'_, PAIRS> {
    /// V panels for all `rows`.
    #[inline(always)]
    fn columns<S: Simd, const R: usize, const V: usize>(
        &mut self,
        s: S,
        rows: &Range<usize>,
        ks: &Range<usize>,
        panel: usize,
    ) {
        let mut row = rows.start;
        // Meanwhile the next panels come into the second-level cache, a share of their lines with
        // each tile.
        let share = (ks.len() * R).div_ceil(rows.len());
        let mut ahead = ks.start..ks.start;
        while row + R <= rows.end {
            ahead = ahead.end..ks.end.min(ahead.end + share);
            self.prefetch(s, panel + V..panel + 2 * V, &ahead);
            s.run(Tile::<PAIRS, R, V> { matmul: self, row, ks, panel });
            row += R;
        }
        if R > 8 && row + 8 <= rows.end {
            s.run(Tile::<PAIRS, 8, V> { matmul: self, row, ks, panel });
            row += 8;
        }
        if R > 4 && row + 4 <= rows.end {
            s.run(Tile::<PAIRS, 4, V> { matmul: self, row, ks, panel });
            row += 4;
        }
        if R > 2 && row + 2 <= rows.end {
            s.run(Tile::<PAIRS, 2, V> { matmul: self, row, ks, panel });
            row += 2;
        }
        if R > 1 && row < rows.end {
            s.run(Tile::<PAIRS, 1, V> { matmul: self, row, ks, panel });
        }
        // The activation is a pass of its own, over numbers that are still in the cache: it wants
        // the registers too, and a tile's results are not ready when the tile ends, those of a
        // block are.
        if let Finish::Linear(_, activation) = self.finish
            && ks.end == self.k
            && activation != Activation::None
        {
            let columns = panel * LANES..self.n.min((panel + V) * LANES);
            let y = &mut self.y[rows.start * self.y_stride..rows.end * self.y_stride];
            s.run(Activate { activation, rounded: false, columns, y, y_stride: self.y_stride });
        }
    }

    /// Asks for the lines `ks` of `panels`, as far as there are such panels.
    #[inline(always)]
    fn prefetch<S: Simd>(&self, s: S, panels: Range<usize>, ks: &Range<usize>) {
        for panel in self.w.chunks_exact(self.k).skip(panels.start).take(panels.len()) {
            panel[ks.clone()].iter().for_each(|line| s.prefetch(line));
        }
    }
}

/// R rows by V panels of a product, for a part of k.
struct Tile<'t, 'm, const PAIRS: bool, const R: usize, const V: usize> {
    matmul: &'t mut Matmul<'m, PAIRS>,
    row: usize,
    ks: &'t Range<usize>,
    panel: usize,
}

impl<const PAIRS: bool, const R: usize, const V: usize> Job for Tile<'_, '_, PAIRS, R, V> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { matmul, row, ks, panel } = self;
        let k = ks.len();
        let columns = panel * LANES..matmul.n.min((panel + V) * LANES);
        let mut x: [&[f32]; R] = [&[]; R];
        for (r, x) in x.iter_mut().enumerate() {
            *x = &matmul.x[(row + r) * matmul.x_stride + ks.start..][..k];
        }
        let mut w: [&[CacheLine]; V] = [&[]; V];
        for (v, w) in w.iter_mut().enumerate() {
            *w = &matmul.w[(panel + v) * matmul.k + ks.start..][..k];
        }

        let mut acc = [[s.splat(0.0); V]; R];
        if ks.start > 0 {
            for (r, acc) in acc.iter_mut().enumerate() {
                let y = &matmul.y[(row + r) * matmul.y_stride..][columns.clone()];
                for (v, acc) in acc.iter_mut().enumerate() {
                    *acc = s.load_up_to(&y[v * LANES..]);
                }
            }
        }
        for p in 0..k {
            let mut lines = [s.splat(0.0); V];
            for v in 0..V {
                lines[v] = s.load(&w[v][p].0);
            }
            for r in 0..R {
                let x = s.splat(x[r][p]);
                for v in 0..V {
                    acc[r][v] = match PAIRS {
                        true => s.dot_pairs(acc[r][v], x, lines[v]),
                        false => s.mul_add(x, lines[v], acc[r][v]),
                    };
                }
            }
        }
        let finish = if ks.end == matmul.k { matmul.finish } else { Finish::Keep };
        match finish {
            Finish::Keep => {}
            Finish::Scale(factors) => {
                for (acc, factor) in acc.iter_mut().zip(&factors[row..][..R]) {
                    for acc in acc {
                        *acc = s.mul(*acc, s.splat(*factor));
                    }
                }
            }
            Finish::Linear(bias, _) => {
                let bias = &bias[columns.clone()];
                for v in 0..V {
                    let bias = s.load_up_to(&bias[v * LANES..]);
                    for acc in &mut acc {
                        acc[v] = s.add(acc[v], bias);
                    }
                }
            }
        }
        for (r, acc) in acc.iter().enumerate() {
            let y = &mut matmul.y[(row + r) * matmul.y_stride..][columns.clone()];
            for (v, acc) in acc.iter().enumerate() {
                s.store_up_to(*acc, &mut y[v * LANES..]);
            }
        }
    }
}

/// Applies an activation to some columns of the rows of y.
pub(crate) struct Activate<'a> {
    pub(crate) activation: Activation,
    /// Whether the result will be rounded to bytes, for which a shorter approximation is enough.
    pub(crate) rounded: bool,
    pub(crate) columns: Range<usize>,
    pub(crate) y: &'a mut [f32],
    pub(crate) y_stride: usize,
}

impl Job for Activate<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        // A loop for each rather than a choice for each vector.
        match self.activation {
            Activation::None => {}
            Activation::Gelu if self.rounded => self.each::<S, math::GeluToRound>(s),
            Activation::Gelu => self.each::<S, math::Gelu>(s),
            Activation::GeluTanh => self.each::<S, math::GeluTanh>(s),
            Activation::Relu => self.each::<S, math::Relu>(s),
        }
    }
}

impl Activate<'_> {
    #[inline(always)]
    fn each<S: Simd, F: math::Function>(self, s: S) {
        for y in self.y.chunks_mut(self.y_stride) {
            let (whole, rest) = y[self.columns.clone()].as_chunks_mut();
            for y in whole {
                s.store(F::of(s, s.load(y)), y);
            }
            if !rest.is_empty() {
                s.store_part(F::of(s, s.load_part(rest)), rest);
            }
        }
    }
}
