//! Matrix products: a block of rows times panels of columns, one register tile at a time.
//!
//! The second matrix is laid out in panels of [`LANES`] columns: for each panel, one [`Line`] for each k. A tile is R rows by
//! V panels; it reads V lines and R single numbers for each k and does R·V vector multiply-adds with them. Rows come in
//! blocks that stay in the second-level cache while all panels pass over them.
//! Whatever the tile and the block, an element of the result is one chain of multiply-adds along k that starts from zero:
//! where k is cut, the next part continues from the stored value. A row's result therefore does not depend on the others.

use std::ops::Range;

use crate::kernels::Activation;
use crate::kernels::math;
use crate::kernels::simd::{Job, LANES, Line, Simd};

/// The weights of a `Linear`, rearranged once so that every path reads them in order.
#[derive(Clone)]
pub struct Packed {
    lines: Vec<Line>,
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
        let mut lines = vec![Line::ZERO; n.div_ceil(LANES) * k];
        pack_rows(weight, k, n, k, &mut lines);
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

    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }
}

/// Packs the transpose of `rows`, n rows of k numbers that start every `stride`: the rows become columns.
/// Lanes beyond n keep what they hold.
#[inline(always)]
pub(crate) fn pack_rows(rows: &[f32], stride: usize, n: usize, k: usize, lines: &mut [Line]) {
    for (i, row) in rows.chunks(stride).take(n).enumerate() {
        let panel = &mut lines[i / LANES * k..][..k];
        for (line, x) in panel.iter_mut().zip(row) {
            line.0[i % LANES] = *x;
        }
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

/// y (m, n) = finish(x (m, k) · w (k, n)). Rows of x and y start every `x_stride` and `y_stride` numbers.
pub(crate) struct Matmul<'a> {
    pub(crate) m: usize,
    pub(crate) n: usize,
    pub(crate) k: usize,
    pub(crate) x: &'a [f32],
    pub(crate) x_stride: usize,
    pub(crate) w: &'a [Line],
    pub(crate) y: &'a mut [f32],
    pub(crate) y_stride: usize,
    pub(crate) finish: Finish<'a>,
}

/// Rows of x that stay in the second-level cache: with [`K_BLOCK`] columns, 144 KiB. A multiple of every tile's height.
const M_BLOCK: usize = 96;
/// The longest part of k done at once: a panel of this many lines is 24 KiB.
const K_BLOCK: usize = 384;

impl Job for Matmul<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        s.matmul(self);
    }
}

impl Matmul<'_> {
    /// The whole product, in tiles of R rows by V panels where they fit and smaller ones at the edges.
    #[inline(always)]
    pub(crate) fn tiled<S: Simd, const R: usize, const V: usize>(mut self, s: S) {
        let n_panels = self.n.div_ceil(LANES);
        let k_step = self.k.div_ceil(self.k.div_ceil(K_BLOCK));
        for row in (0..self.m).step_by(M_BLOCK) {
            let rows = row..self.m.min(row + M_BLOCK);
            for k in (0..self.k).step_by(k_step) {
                let ks = k..self.k.min(k + k_step);
                let mut panel = 0;
                while panel + V <= n_panels {
                    self.columns::<S, R, V>(s, rows.clone(), ks.clone(), panel);
                    panel += V;
                }
                if V > 2 && panel + 2 <= n_panels {
                    self.columns::<S, R, 2>(s, rows.clone(), ks.clone(), panel);
                    panel += 2;
                }
                if V > 1 && panel < n_panels {
                    self.columns::<S, R, 1>(s, rows.clone(), ks.clone(), panel);
                }
            }
        }
    }

    /// V panels for all `rows`.
    #[inline(always)]
    fn columns<S: Simd, const R: usize, const V: usize>(
        &mut self,
        s: S,
        rows: Range<usize>,
        ks: Range<usize>,
        panel: usize,
    ) {
        let mut row = rows.start;
        while row + R <= rows.end {
            self.tile::<S, R, V>(s, row, ks.clone(), panel);
            row += R;
        }
        if R > 4 && row + 4 <= rows.end {
            self.tile::<S, 4, V>(s, row, ks.clone(), panel);
            row += 4;
        }
        if R > 2 && row + 2 <= rows.end {
            self.tile::<S, 2, V>(s, row, ks.clone(), panel);
            row += 2;
        }
        if R > 1 && row < rows.end {
            self.tile::<S, 1, V>(s, row, ks.clone(), panel);
        }
    }

    /// R rows by V panels.
    #[inline(always)]
    fn tile<S: Simd, const R: usize, const V: usize>(&mut self, s: S, row: usize, ks: Range<usize>, panel: usize) {
        let k = ks.len();
        let columns = panel * LANES..self.n.min((panel + V) * LANES);
        let mut x: [&[f32]; R] = [&[]; R];
        for (r, x) in x.iter_mut().enumerate() {
            *x = &self.x[(row + r) * self.x_stride + ks.start..][..k];
        }
        let mut w: [&[Line]; V] = [&[]; V];
        for (v, w) in w.iter_mut().enumerate() {
            *w = &self.w[(panel + v) * self.k + ks.start..][..k];
        }

        let mut acc = [[s.splat(0.0); V]; R];
        if ks.start > 0 {
            for (r, acc) in acc.iter_mut().enumerate() {
                let y = &self.y[(row + r) * self.y_stride..][columns.clone()];
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
                    acc[r][v] = s.mul_add(x, lines[v], acc[r][v]);
                }
            }
        }
        for (r, acc) in acc.iter().enumerate() {
            let y = &mut self.y[(row + r) * self.y_stride..][columns.clone()];
            for (v, acc) in acc.iter().enumerate() {
                s.store_up_to(*acc, &mut y[v * LANES..]);
            }
        }

        // A second pass over numbers that are still in the first-level cache costs little, and keeps this function small
        // enough for all of `acc` to live in registers.
        if ks.end == self.k && !matches!(self.finish, Finish::Keep) {
            let y = &mut self.y[row * self.y_stride..];
            s.run(FinishTile { finish: self.finish, rows: row..row + R, columns, y, y_stride: self.y_stride });
        }
    }
}

/// [`Finish`] for the rows and columns of a tile; `y` starts at its first row.
struct FinishTile<'a> {
    finish: Finish<'a>,
    rows: Range<usize>,
    columns: Range<usize>,
    y: &'a mut [f32],
    y_stride: usize,
}

impl Job for FinishTile<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (y, row) in self.y.chunks_mut(self.y_stride).zip(self.rows) {
            let y = &mut y[self.columns.clone()];
            match self.finish {
                Finish::Keep => {}
                Finish::Scale(factors) => {
                    let factor = s.splat(factors[row]);
                    for y in y.chunks_mut(LANES) {
                        s.store_up_to(s.mul(s.load_up_to(y), factor), y);
                    }
                }
                Finish::Linear(bias, activation) => {
                    for (y, bias) in y.chunks_mut(LANES).zip(bias[self.columns.clone()].chunks(LANES)) {
                        let sum = s.add(s.load_up_to(y), s.load_up_to(bias));
                        s.store_up_to(math::activate(s, activation, sum), y);
                    }
                }
            }
        }
    }
}
