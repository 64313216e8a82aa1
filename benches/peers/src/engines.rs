//! Those who can do the work: dateline, rten, and what runs in Python.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use dateline::Scratch;
use dateline::internals::infer::Encoder;
use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use crate::work::Work;

/// How the threads share the work.
#[derive(Clone, Copy)]
pub struct Way {
    /// Who each take the next batch.
    pub callers: usize,
    /// Threads that each of them has.
    pub threads: usize,
}

/// Does work.
pub type Run<'a> = Box<dyn Fn(&[Work]) + 'a>;

/// An engine with a model loaded.
pub trait Engine {
    /// Makes ready to do `work` in a `way`; the result does it, again and again.
    fn prepare<'a>(&'a self, way: Way) -> Run<'a>;

    /// The hidden states of all real tokens, one after the other.
    fn hidden(&self, work: &[Work]) -> Result<Vec<f32>, Box<dyn Error>>;
}

/// Does all `work`, each caller with the next batch that nobody has. The longest batches go first,
/// so that all callers end at about the same time.
fn share(work: &[Work], callers: usize, run: impl Fn(usize, &Work) + Sync) {
    let next = AtomicUsize::new(0);
    let call = |caller| {
        while let Some(i) = work.len().checked_sub(next.fetch_add(1, Ordering::Relaxed) + 1) {
            run(caller, &work[i]);
        }
    };
    std::thread::scope(|scope| {
        let call = &call;
        (1..callers).for_each(|i| drop(scope.spawn(move || call(i))));
        call(0);
    });
}

impl Engine for Encoder {
    fn prepare<'a>(&'a self, way: Way) -> Run<'a> {
        let scratches: Vec<_> = (0..way.callers).map(|_| Mutex::new(Scratch::default())).collect();
        Box::new(move |work| {
            share(work, way.callers, |caller, work| {
                let mut scratch = scratches[caller].lock().expect("a caller has its own");
                std::hint::black_box(self.hidden(&work.ragged, &mut scratch));
            });
        })
    }

    fn hidden(&self, work: &[Work]) -> Result<Vec<f32>, Box<dyn Error>> {
        let mut scratch = Scratch::default();
        Ok(work.iter().flat_map(|work| self.hidden(&work.ragged, &mut scratch).to_vec()).collect())
    }
}

/// An ONNX file in rten.
pub struct Rten {
    model: Model,
    inputs: [NodeId; 3],
    output: NodeId,
}

impl Rten {
    /// Reads the file.
    ///
    /// # Errors
    /// If rten cannot.
    pub fn open(path: &Path) -> Result<Self, Box<dyn Error>> {
        // Packed once, as our weights are.
        let model = ModelOptions::with_all_ops().prepack_weights(true).load_file(path)?;
        let node = |name| model.node_id(name);
        let inputs = [node("input_ids")?, node("attention_mask")?, node("token_type_ids")?];
        let output = node("last_hidden_state")?;
        Ok(Self { model, inputs, output })
    }

    /// (sentences, longest, D)
    fn run(&self, work: &Work, pool: &Arc<ThreadPool>) -> NdTensor<f32, 3> {
        let inputs = self.inputs.iter().zip(&work.padded).map(|(&id, tensor)| (id, tensor.view().into())).collect();
        let options = RunOptions::default().with_thread_pool(Some(pool.clone()));
        let [hidden] = self.model.run_n(inputs, [self.output], Some(options)).expect("the model takes any shape");
        hidden.try_into().expect("hidden states are f32, of three dimensions")
    }
}

impl Engine for Rten {
    fn prepare<'a>(&'a self, way: Way) -> Run<'a> {
        let pools: Vec<_> = (0..way.callers).map(|_| Arc::new(ThreadPool::with_num_threads(way.threads))).collect();
        Box::new(move |work| {
            share(work, way.callers, |caller, work| drop(std::hint::black_box(self.run(work, &pools[caller]))));
        })
    }

    fn hidden(&self, work: &[Work]) -> Result<Vec<f32>, Box<dyn Error>> {
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        let mut all = Vec::new();
        for work in work {
            let hidden = self.run(work, &pool);
            for (sentence, ids) in work.ids.iter().enumerate() {
                for token in 0..ids.len() {
                    all.extend((0..hidden.size(2)).map(|i| hidden[[sentence, token, i]]));
                }
            }
        }
        Ok(all)
    }
}

/// engines.py, running.
pub struct Python {
    directory: PathBuf,
    pipe: Mutex<(Child, ChildStdin, BufReader<ChildStdout>)>,
}

impl Python {
    /// Starts it on `work`, with files of its own in the model's `directory`.
    ///
    /// # Errors
    /// If a file cannot be written, or there is no such program.
    pub fn start(directory: &Path, work: &[Work]) -> Result<Self, Box<dyn Error>> {
        let batches = directory.join("batches.json");
        let ids: Vec<&Vec<Vec<u32>>> = work.iter().map(|work| &work.ids).collect();
        std::fs::write(&batches, format!("{ids:?}"))?;
        let mut child = Command::new(std::env::var_os("PYTHON").unwrap_or("python3".into()))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("engines.py"))
            .args([directory, &batches])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().ok_or("no pipe")?;
        let output = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        Ok(Self { directory: directory.to_owned(), pipe: Mutex::new((child, input, output)) })
    }

    /// Sends a command and waits until it is done.
    fn command(&self, command: &str) -> Result<(), Box<dyn Error>> {
        let mut pipe = self.pipe.lock().map_err(|_| "a command failed before")?;
        let (_, input, output) = &mut *pipe;
        writeln!(input, "{command}")?;
        input.flush()?;
        let mut answer = String::new();
        output.read_line(&mut answer)?;
        if answer == "done\n" { Ok(()) } else { Err(format!("engines.py failed at: {command}").into()) }
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        if let Ok((child, ..)) = self.pipe.get_mut() {
            // It has no work of its own to lose.
            child.kill().and_then(|()| child.wait()).ok();
        }
    }
}

/// One of its engines.
pub struct InPython {
    /// Who runs it.
    pub python: Arc<Python>,
    /// As engines.py calls it.
    pub name: &'static str,
}

impl Engine for InPython {
    fn prepare<'a>(&'a self, Way { callers, threads }: Way) -> Run<'a> {
        Box::new(move |work| {
            let [from, to] = [work[0].index, work[work.len() - 1].index + 1];
            let command = format!("run {} {threads} {callers} {from} {to}", self.name);
            self.python.command(&command).expect("it has done this work before");
        })
    }

    fn hidden(&self, _: &[Work]) -> Result<Vec<f32>, Box<dyn Error>> {
        let file = self.python.directory.join("hidden.bin");
        self.python.command(&format!("hidden {} {}", self.name, file.display()))?;
        let bytes = std::fs::read(file)?;
        Ok(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }
}
