//! Models whose weights are changed.

use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::Dir;

/// A tensor that can be changed.
pub struct Tensor {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    pub data: Vec<u8>,
}

/// Changes the tensors of `model` in `dir`.
pub fn edit_tensors(dir: &Dir, change: impl FnOnce(&mut BTreeMap<String, Tensor>)) {
    edit_tensors_of(dir, "model", change);
}

/// Changes the tensors of the model called `name` in `dir`.
pub fn edit_tensors_of(dir: &Dir, name: &str, change: impl FnOnce(&mut BTreeMap<String, Tensor>)) {
    let path = format!("{name}/model.safetensors");
    let file = dir.read(&path);
    let tensors = SafeTensors::deserialize(&file).expect("a good model's tensors can be read");
    let owned = |view: &TensorView<'_>| Tensor {
        dtype: view.dtype(),
        shape: view.shape().to_vec(),
        data: view.data().to_vec(),
    };
    let mut tensors = tensors.tensors().iter().map(|(name, view)| (name.clone(), owned(view))).collect();
    change(&mut tensors);
    let views = tensors.iter().map(|(name, tensor)| {
        let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.data);
        (name, view.expect("shape and data fit together"))
    });
    dir.write(&path, safetensors::serialize(views, None).expect("the tensors are consistent"));
}
