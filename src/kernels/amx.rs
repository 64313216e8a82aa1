//! Products in the tile registers of Advanced Matrix Extensions: eight times the multiply-adds of
//! AVX-512 VNNI.
//!
//! A tile holds sixteen rows of 64 bytes. One instruction multiplies sixteen rows of x, 64 bytes of
//! k each, with those of sixteen columns, which lie in [`PackedInt8`](crate::kernels::PackedInt8)
//! as a tile wants them: sixteen lines of a panel. Sums are exact, so they are those of every other
//! path. See Intel's Architectures Software Developer's Manual, volume 1, chapter 18.

use std::arch::asm;

use crate::kernels::simd::{ByteTiles, LANES, TILE_BYTES, TILE_ROWS, TileSums};

/// Multiply-adds of one instruction.
const MULTIPLY_ADDS: usize = TILE_ROWS * TILE_BYTES * LANES;

/// What the tile registers look like, as `ldtilecfg` reads it.
#[repr(C, align(64))]
struct TileConfig {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    bytes_a_row: [u16; 16],
    rows: [u8; 16],
}

/// All eight tiles whole.
static WHOLE: TileConfig = TileConfig {
    palette: 1,
    start_row: 0,
    reserved: [0; 14],
    bytes_a_row: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

/// Whether the CPU multiplies tiles of bytes and the system lets this process use them. It is asked
/// once, for all threads; that is known for Linux alone.
#[cfg(not(target_os = "linux"))]
pub(crate) fn granted() -> bool {
    false
}

/// As above.
#[cfg(target_os = "linux")]
pub(crate) fn granted() -> bool {
    use std::arch::x86_64::{__cpuid, __cpuid_count};
    use std::sync::OnceLock;

    static GRANTED: OnceLock<bool> = OnceLock::new();
    /// `ARCH_REQ_XCOMP_PERM` and the number of the tiles' state in Linux's `arch_prctl`.
    const ASK: [libc::c_long; 2] = [0x1023, 18];
    const TILE: u32 = 1 << 24;
    const INT8: u32 = 1 << 25;
    *GRANTED.get_or_init(|| {
        let has = __cpuid(0).eax >= 7 && __cpuid_count(7, 0).edx & (TILE | INT8) == TILE | INT8;
        // SAFETY: the call takes two numbers and touches no memory of ours; where it is not known
        // it returns an error.
        has && unsafe { libc::syscall(libc::SYS_arch_prctl, ASK[0], ASK[1]) == 0 }
    })
}

/// Tile registers ready for use on this thread, until it is dropped.
pub(crate) struct Tiles(());

impl Tiles {
    /// Makes them ready.
    ///
    /// # Safety
    /// [`granted`] must have said yes.
    pub(crate) unsafe fn new() -> Self {
        // SAFETY: the caller has asked; 64 bytes are read from a static of 64 bytes.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const WHOLE, options(nostack, readonly)) };
        Self(())
    }

    /// `n` multiply-adds, to the nearest 65,536 below, on registers alone.
    pub(crate) fn multiply_adds(&self, n: usize) {
        let turns = (n / (4 * MULTIPLY_ADDS)).max(1);
        // SAFETY: a `Tiles` exists only where tiles may be used, and no memory is.
        unsafe {
            asm!(
                "tilezero tmm4",
                "tilezero tmm5",
                "2:",
                "tdpbusd tmm0, tmm4, tmm5",
                "tdpbusd tmm1, tmm4, tmm5",
                "tdpbusd tmm2, tmm4, tmm5",
                "tdpbusd tmm3, tmm4, tmm5",
                "dec {turns}",
                "jnz 2b",
                turns = inout(reg) turns => _,
                out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                out("tmm4") _, out("tmm5") _,
                options(nostack, nomem),
            );
        }
    }
}

impl ByteTiles for Tiles {
    #[inline(always)]
    fn multiply(
        &self,
        rows: [&[u8]; 2],
        stride: usize,
        panels: [&[u8]; 2],
        corrections: [&[i32; LANES]; 2],
        sums: &mut [TileSums; 4],
    ) {
        let k = panels[0].len() / LANES;
        assert!(k > 0 && k.is_multiple_of(TILE_BYTES) && panels[1].len() == panels[0].len());
        assert!(rows.iter().all(|rows| rows.len() >= (TILE_ROWS - 1) * stride + k));
        // SAFETY: a `Tiles` exists only where tiles may be used, and all of them are whole. With
        // each of the k / 64 turns the addresses go on by 64 bytes in sixteen rows, and by sixteen
        // lines in panels: within the slices, as asserted. With a step of 0 between rows, sixteen
        // times the same 64 bytes of a correction are read. 4 · 1,024 bytes are written to an
        // exclusive borrow of as many.
        unsafe {
            asm!(
                "tileloadd tmm0, [{correction_0} + {zero}*1]",
                "tileloadd tmm1, [{correction_1} + {zero}*1]",
                "tileloadd tmm2, [{correction_0} + {zero}*1]",
                "tileloadd tmm3, [{correction_1} + {zero}*1]",
                "2:",
                "tileloadd tmm4, [{rows_0} + {stride}*1]",
                "tileloadd tmm6, [{panel_0} + {line}*1]",
                "tdpbusd tmm0, tmm4, tmm6",
                "tileloadd tmm7, [{panel_1} + {line}*1]",
                "tdpbusd tmm1, tmm4, tmm7",
                "tileloadd tmm5, [{rows_1} + {stride}*1]",
                "tdpbusd tmm2, tmm5, tmm6",
                "tdpbusd tmm3, tmm5, tmm7",
                "add {rows_0}, 64",
                "add {rows_1}, 64",
                "add {panel_0}, 1024",
                "add {panel_1}, 1024",
                "dec {turns}",
                "jnz 2b",
                "tilestored [{sums} + {line}*1], tmm0",
                "tilestored [{sums} + {line}*1 + 1024], tmm1",
                "tilestored [{sums} + {line}*1 + 2048], tmm2",
                "tilestored [{sums} + {line}*1 + 3072], tmm3",
                correction_0 = in(reg) corrections[0].as_ptr(),
                correction_1 = in(reg) corrections[1].as_ptr(),
                zero = in(reg) 0_usize,
                rows_0 = inout(reg) rows[0].as_ptr() => _,
                rows_1 = inout(reg) rows[1].as_ptr() => _,
                stride = in(reg) stride,
                panel_0 = inout(reg) panels[0].as_ptr() => _,
                panel_1 = inout(reg) panels[1].as_ptr() => _,
                line = in(reg) TILE_BYTES,
                turns = inout(reg) k / TILE_BYTES => _,
                sums = in(reg) sums.as_mut_ptr(),
                out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                options(nostack),
            );
        }
    }
}

impl Drop for Tiles {
    fn drop(&mut self) {
        // Tiles in use cost every switch between threads eight kilobytes.
        // SAFETY: a `Tiles` exists only where tiles may be used.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }
}
