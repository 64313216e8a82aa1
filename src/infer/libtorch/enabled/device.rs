//! Where libtorch computes.

use std::fmt;
use std::str::FromStr;

use crate::infer::libtorch::error::LibtorchError;

/// Where libtorch computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Device {
    /// The CPU, all cores together.
    Cpu,
    /// A CUDA device by its number.
    Cuda(usize),
}

impl FromStr for Device {
    type Err = LibtorchError;

    /// `cpu`, `cuda`, which is `cuda:0`, or `cuda:N`.
    fn from_str(text: &str) -> Result<Self, LibtorchError> {
        let number = match text {
            "cpu" => return Ok(Self::Cpu),
            "cuda" => "0",
            _ => text.strip_prefix("cuda:").unwrap_or_default(),
        };
        number.parse().map(Self::Cuda).map_err(|_| LibtorchError::DeviceName)
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(n) => write!(f, "cuda:{n}"),
        }
    }
}

impl Device {
    /// Every device that there is here.
    pub fn all() -> Vec<Self> {
        std::iter::once(Self::Cpu).chain((0..n_cuda()).map(Self::Cuda)).collect()
    }

    /// Whether it is a GPU.
    pub fn is_gpu(self) -> bool {
        matches!(self, Self::Cuda(_))
    }

    /// Refuses a device that is not there.
    pub(super) fn check(self) -> Result<(), LibtorchError> {
        let found = Self::all();
        if found.contains(&self) {
            return Ok(());
        }
        let found: Vec<String> = found.iter().map(Self::to_string).collect();
        Err(LibtorchError::NoDevice { wanted: self.to_string(), found: found.join(", ") })
    }

    /// As the crate `tch` names it.
    pub(super) fn of_torch(self) -> tch::Device {
        match self {
            Self::Cpu => tch::Device::Cpu,
            Self::Cuda(n) => tch::Device::Cuda(n),
        }
    }
}

fn n_cuda() -> usize {
    if tch::Cuda::is_available() { usize::try_from(tch::Cuda::device_count()).unwrap_or(0) } else { 0 }
}
