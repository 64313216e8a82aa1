//! `dateline doctor`: what this CPU can do, whether the kernels are right on it, and how fast it
//! will be.

use std::process::ExitCode;
use std::time::Instant;

use dateline::internals::infer::libtorch::{Device, VERSION};
use dateline::internals::infer::{Batch, Precision, Scratch};
use dateline::internals::kernels::Kernels;
use dateline::model::{Engine, Model};
use dateline::tagger::BATCH_TOKENS;

use crate::arguments::{ThreadArguments, WhichModel};
use crate::stop::Stop;
use crate::terminal::{self, counted, grouped};

#[derive(clap::Args)]
#[command(after_help = "Exit code: 0 all well, 1 a kernel gives wrong results on this CPU, 2 wrong usage.")]
pub struct Arguments {
    #[command(flatten)]
    which: WhichModel,

    #[command(flatten)]
    threads: ThreadArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let say = |line: String| terminal::page(&format!("{line}\n"));
    let open = |precision| arguments.which.open(Engine::Ours(Kernels::best(), precision));
    let model = open(None)?;
    let best = Kernels::best();
    let threads = arguments.threads.count();
    say(format!(
        "dateline {} on {}, {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::ARCH,
        counted(threads as u64, "thread")
    ));
    say(format!("  CPU features  {}", features().join(" ")));
    say(format!("  model         {}", model.id()));
    let reason = if model.recipe().int8 { "the recipe says that it may" } else { "the recipe does not allow int8" };
    say(format!("  precision     {} ({reason})", model.precision().name()));
    say(format!("  kernels       {}", best.name()));
    say(format!("  libtorch      {}", libtorch()));

    say("\nself-check, against the naive definitions".to_owned());
    let mut wrong = Vec::new();
    for kernels in Kernels::all() {
        let found = kernels.self_check();
        let shown: Vec<String> =
            found.iter().map(|(name, right)| format!("{name} {}", if *right { "ok" } else { "WRONG" })).collect();
        say(format!("  {:<12}  {}", kernels.name(), shown.join(", ")));
        wrong.extend(found.iter().filter(|(_, right)| !right).map(|(name, _)| format!("{name} on {}", kernels.name())));
    }

    say(format!("\nexpected speed of the encoder, windows of {}", counted(model.limit().max_tokens as u64, "token")));
    for precision in [Precision::Int8, Precision::Bf16, Precision::F32] {
        let speed = tokens_a_second(&open(Some(precision))?);
        let all = grouped((speed * threads as f64) as u64);
        say(format!(
            "  {:<12}  {} tokens/s on one thread, {all} on {threads}",
            precision.name(),
            grouped(speed as u64)
        ));
    }
    if wrong.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let hint = "what dateline finds on this machine cannot be trusted: please report the CPU and this output";
    Err(Stop::fatal(format!("wrong results: {}", wrong.join(", ")), Some(hint.to_owned())))
}

/// Which libtorch there is, and the devices that it sees.
fn libtorch() -> String {
    let devices: Vec<String> = Device::all().iter().map(Device::to_string).collect();
    match VERSION {
        Some(version) => format!("{version}, with the devices {}", devices.join(", ")),
        None => "not in this build".to_owned(),
    }
}

/// Those of the features that the kernels use which this CPU has.
fn features() -> Vec<&'static str> {
    #[cfg(target_arch = "x86_64")]
    let known = [
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("f16c", is_x86_feature_detected!("f16c")),
        ("avxvnni", is_x86_feature_detected!("avxvnni")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512vnni", is_x86_feature_detected!("avx512vnni")),
        ("avx512bf16", is_x86_feature_detected!("avx512bf16")),
        ("amx", Kernels::best().name() == "avx512-amx"),
    ];
    #[cfg(target_arch = "aarch64")]
    let known = [
        ("neon", std::arch::is_aarch64_feature_detected!("neon")),
        ("dotprod", std::arch::is_aarch64_feature_detected!("dotprod")),
    ];
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let known = [("none that the kernels use", true)];
    known.into_iter().filter(|(_, present)| *present).map(|(name, _)| name).collect()
}

/// Tokens that the model reads in a second, from the shortest of a few rounds over a full batch.
fn tokens_a_second(model: &Model) -> f64 {
    let mut batch = Batch::new();
    let length = model.limit().max_tokens;
    // Which words they are makes no difference to the time; low ids are in every vocabulary.
    while batch.len() < BATCH_TOKENS {
        batch.push((0..length as u32).map(|i| (i % 4, 0)));
    }
    let mut scratch = Scratch::default();
    let seconds = (0..6).map(|_| {
        let start = Instant::now();
        model.backend().infer(&batch, &mut scratch);
        start.elapsed().as_secs_f64()
    });
    batch.len() as f64 / seconds.fold(f64::INFINITY, f64::min)
}
