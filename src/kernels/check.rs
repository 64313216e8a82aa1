//! Every kernel against its naive twin, on this CPU, as a user may ask for it.

use half::f16;

use crate::kernels::{
    Activation, AttentionInt8Scratch, AttentionScratch, Bf16Scratch, Int8Scratch, Kernels, Packed, PackedBf16,
    PackedInt8, naive, portable,
};

/// Rows, inputs and outputs: no multiple of any tile or vector.
const SIZES: [usize; 3] = [27, 70, 53];

impl Kernels {
    /// Runs each kernel on made-up numbers: its name, and whether it gives what [`naive`] gives.
    ///
    /// To the bit, or, on a portable path without a fused multiply-add, nearly.
    pub fn self_check(self) -> Vec<(&'static str, bool)> {
        let [m, k, n] = SIZES;
        let (x, w, bias) = (numbers(m * k, 1), numbers(n * k, 2), numbers(n, 3));
        let mut pairs = Vec::new();
        let mut compare = |name, naive: Vec<f32>, fast: Vec<f32>| pairs.push((name, self.same(&naive, &fast)));

        let mut both = [vec![0.0; m * n], vec![0.0; m * n]];
        naive::linear(&x, &w, &bias, Activation::Gelu, &mut both[0]);
        self.linear(&x, &Packed::new(&w, n, k), &bias, Activation::Gelu, &mut both[1]);
        let [naive, fast] = both;
        compare("linear", naive, fast);

        let mut both = [vec![0.0; m * n], vec![0.0; m * n]];
        naive::linear_bf16(&x, &w, &bias, Activation::Gelu, &mut both[0]);
        let packed = PackedBf16::new(&w, n, k);
        self.linear_bf16(&x, &packed, &bias, Activation::Gelu, &mut both[1], &mut Bf16Scratch::new());
        let [naive, fast] = both;
        compare("linear_bf16", naive, fast);

        let mut both = [vec![0.0; m * n], vec![0.0; m * n]];
        naive::linear_int8(&x, &w, &bias, Activation::Gelu, &mut both[0]);
        let packed = PackedInt8::new(&w, n, k);
        self.linear_int8(&x, &packed, &bias, Activation::Gelu, &mut both[1], &mut Int8Scratch::new());
        let [naive, fast] = both;
        compare("linear_int8", naive, fast);

        // Some paths have another way for this k.
        let (k_64, w_64) = (128, numbers(n * 128, 8));
        let x_64 = numbers(m * k_64, 9);
        let mut both = [vec![0.0; m * n], vec![0.0; m * n]];
        naive::linear_int8(&x_64, &w_64, &bias, Activation::None, &mut both[0]);
        let packed = PackedInt8::new(&w_64, n, k_64);
        self.linear_int8(&x_64, &packed, &bias, Activation::None, &mut both[1], &mut Int8Scratch::new());
        let [naive, fast] = both;
        compare("linear_int8 of 128", naive, fast);

        let (t, heads, d) = (37, 2, 32);
        let qkv = numbers(3 * t * heads * d, 4);
        let mut both = [vec![0.0; t * heads * d], vec![0.0; t * heads * d]];
        naive::attention(&qkv, heads, t, &mut both[0]);
        self.attention(&qkv, heads, t, &mut both[1], &mut AttentionScratch::new());
        let [naive, fast] = both;
        compare("attention", naive, fast);

        let mut both = [vec![0.0; t * heads * d], vec![0.0; t * heads * d]];
        naive::attention_int8(&qkv, heads, t, &mut both[0]);
        self.attention_int8(&qkv, heads, t, &mut both[1], &mut AttentionInt8Scratch::new());
        let [naive, fast] = both;
        compare("attention_int8", naive, fast);

        let (residual, weight, shift) = (numbers(m * k, 5), numbers(k, 6), numbers(k, 7));
        let mut both = [x.clone(), x.clone()];
        naive::add_norm(&mut both[0], &residual, &weight, &shift, 1e-12);
        self.add_norm(&mut both[1], &residual, &weight, &shift, 1e-12);
        let [naive, fast] = both;
        compare("add_norm", naive, fast);

        let halves: Vec<f16> = x.iter().map(|&x| f16::from_f32(x)).collect();
        let mut both = [residual.clone(), residual];
        naive::add_f16(&halves, &mut both[0]);
        self.add_f16(&halves, &mut both[1]);
        let [naive, fast] = both;
        compare("add_f16", naive, fast);
        pairs
    }

    fn same(self, naive: &[f32], fast: &[f32]) -> bool {
        let exact = self.name() != "portable" || portable::FUSED;
        let near = |a: f32, b: f32| (a - b).abs() <= 1e-3 * a.abs().max(1.0);
        naive.iter().zip(fast).all(|(&a, &b)| a.to_bits() == b.to_bits() || (!exact && near(a, b)))
    }
}

/// Numbers between -1 and 1 that look random; always the same ones.
fn numbers(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..n).map(|_| next()).collect()
}
