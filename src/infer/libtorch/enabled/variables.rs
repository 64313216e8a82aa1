//! Numbers of ours as tensors of libtorch, and back.

use tch::{Kind, Tensor, nn};

use crate::infer::libtorch::enabled::device::Device;
use crate::infer::libtorch::error::LibtorchError;
use crate::infer::tensors::Tensors;

impl From<tch::TchError> for LibtorchError {
    fn from(error: tch::TchError) -> Self {
        // What follows the first line is a trace of C++ calls.
        Self::Torch(error.to_string().lines().next().unwrap_or_default().to_owned())
    }
}

/// Gives every variable of the model the tensor of its name.
pub(super) fn fill(
    store: &nn::VarStore,
    tensors: &mut Tensors<'_>,
    prefix: &str,
    pooler: bool,
) -> Result<(), LibtorchError> {
    let mut variables: Vec<(String, Tensor)> = store.variables().into_iter().collect();
    variables.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, mut variable) in variables {
        // Poolers serve the classification of texts; rust-bert makes some of them for that of
        // tokens too.
        let bare = name.strip_prefix(prefix).unwrap_or(&name);
        if !pooler && bare.starts_with("pooler") {
            continue;
        }
        let name = if tensors.has(&name) { name.as_str() } else { bare };
        let dimensions = variable.size();
        let expected: Vec<usize> = dimensions.iter().map(|&n| usize::try_from(n).unwrap_or_default()).collect();
        let values = tensors.take(name, &expected)?;
        tch::no_grad(|| variable.f_copy_(&Tensor::f_from_slice(&values)?.f_view(dimensions.as_slice())?))?;
    }
    for unused in ["pooler.dense.weight", "pooler.dense.bias", "pooler.weight", "pooler.bias", "mask_emb"] {
        tensors.ignore(&[&format!("{prefix}{unused}"), unused]);
    }
    for ids in ["embeddings.position_ids", "embeddings.token_type_ids"] {
        tensors.ignore(&[&format!("{prefix}{ids}"), ids]);
    }
    Ok(())
}

/// Rows of whole numbers, filled up to `longest`.
pub(super) fn padded(rows: &[Vec<i64>], longest: usize, fill: i64, device: Device) -> Tensor {
    let mut numbers = vec![fill; rows.len() * longest];
    for (padded, row) in numbers.chunks_mut(longest.max(1)).zip(rows) {
        padded[..row.len()].copy_from_slice(row);
    }
    Tensor::from_slice(&numbers).view([rows.len() as i64, longest as i64]).to_device(device.of_torch())
}

/// All numbers of a tensor, row by row.
pub(super) fn numbers(tensor: &Tensor) -> Vec<f32> {
    let flat = tensor.to_device(tch::Device::Cpu).to_kind(Kind::Float).contiguous().view([-1]);
    Vec::try_from(flat).unwrap_or_else(|error| panic!("libtorch: {error}"))
}
