//! A trained model as a folder: `manifest.json`, one safetensors file per member, `trees.json`, and in `judged/` the same
//! again of the model that was judged.

use crate::ForecastError;
use crate::backtest::BacktestReport;
use crate::blend::Blend;
use crate::calibration::Calibration;
use crate::companion::Companion;
use crate::config::TrainConfig;
use crate::covariates::{ALIGNED, FUTURE, HISTORY, STATICS, hex, schema_hash};
use crate::dataset::{IdMaps, Scaler};
use crate::gate::GateDecision;
use crate::model::{Net, NetShape};
use crate::weights::Weights;
use burn::store::{ModuleSnapshot, SafetensorsStore};
use burn::tensor::Device;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Layout of the artifact folder. Another number is refused.
pub const FORMAT_VERSION: u32 = 2;

const MANIFEST: &str = "manifest.json";
const TREES: &str = "trees.json";
const JUDGED: &str = "judged";

/// Names of the covariates, in the order in which the network reads them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Covariates {
    pub history: Vec<String>,
    pub future: Vec<String>,
    pub aligned: Vec<String>,
    pub statics: Vec<String>,
}

impl Covariates {
    pub(crate) fn current() -> Self {
        let names = |list: &[&str]| list.iter().map(|n| (*n).to_owned()).collect();
        Self {
            history: names(&HISTORY),
            future: names(&FUTURE),
            aligned: names(&ALIGNED),
            statics: names(&STATICS),
        }
    }
}

/// Everything about a model except its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT_VERSION`] at the time of writing.
    pub format_version: u32,
    /// Version of this crate.
    pub code_version: String,
    /// Fingerprint of the covariates.
    pub schema_hash: String,
    pub covariates: Covariates,
    /// As used; `steps` holds the number taken.
    pub config: TrainConfig,
    /// Networks that are averaged.
    pub members: usize,
    /// Parameters of each.
    pub parameters: usize,
    /// Last day whose sales the model has seen.
    pub cutoff: NaiveDate,
    /// The cutoff when it was last trained from scratch.
    pub cold_cutoff: NaiveDate,
    /// Fingerprint of the panel it was trained on.
    pub data_version: String,
    /// Whether it was told the season; a first year has none.
    #[serde(default)]
    pub seasonal: bool,
    /// Series with enough history to learn from.
    pub series: usize,
    /// Mean of the members' last training losses.
    pub loss: f64,
    pub scaler: Scaler,
    pub shape: NetShape,
    pub ids: IdMaps,
    pub blend: Blend,
    pub calibration: Calibration,
    /// How its challenger did on held-out windows, when it was judged.
    pub report: Option<BacktestReport>,
    pub decision: Option<GateDecision>,
    /// Of each member's weights file.
    pub weights_sha256: Vec<String>,
    /// Of the file of the trees.
    pub trees_sha256: String,
    /// Of the manifest of the model that was judged, which names its files in turn.
    #[serde(default)]
    pub judged_sha256: Option<String>,
}

/// A trained model, in memory. Cheap to share between threads.
#[derive(Clone, Debug, PartialEq)]
pub struct Artifact {
    pub(crate) manifest: Manifest,
    pub(crate) weights: Vec<Weights>,
    pub(crate) companion: Companion,
    /// The model as it was judged, before it learned the held-out days: only that can be compared fairly with a later
    /// challenger.
    pub(crate) judged: Option<Box<Artifact>>,
}

impl Artifact {
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The model as it was judged, before it learned the days it was judged on.
    pub fn judged(&self) -> Option<&Artifact> {
        self.judged.as_deref()
    }

    /// Writes the folder `dir`: first in full beside it, then renamed into place, so that a reader never sees half an
    /// artifact. An artifact already there is replaced. From then on the manifest names the files by their hashes.
    ///
    /// # Errors
    /// [`ForecastError::Io`] with the path.
    pub fn save(&mut self, dir: &Path) -> Result<(), ForecastError> {
        let parent = dir
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(|e| ForecastError::io(parent, e))?;
        let fresh = beside(dir, "new");
        let mut written = self.clone();
        match written.write(&fresh).and_then(|_| replace(&fresh, dir)) {
            Ok(()) => {
                *self = written;
                Ok(())
            }
            Err(error) => {
                // The error at hand says more than a failed clean-up would.
                let _ = fs::remove_dir_all(&fresh);
                Err(error)
            }
        }
    }

    /// Writes every file and, last, the manifest that names them; returns the hash of that.
    fn write(&mut self, dir: &Path) -> Result<String, ForecastError> {
        fs::create_dir_all(dir).map_err(|e| ForecastError::io(dir, e))?;
        let judged = self.judged.as_mut().map(|j| j.write(&dir.join(JUDGED)));
        self.manifest.judged_sha256 = judged.transpose()?;
        let mut hashes = Vec::with_capacity(self.weights.len());
        for (member, weights) in self.weights.iter().enumerate() {
            let path = dir.join(weights_file(member));
            let bytes = self.encode(weights, &path)?;
            hashes.push(hex(&Sha256::digest(&bytes)));
            write_synced(&path, &bytes)?;
        }
        self.manifest.weights_sha256 = hashes;
        let path = dir.join(TREES);
        let unwritable = |e: serde_json::Error| ForecastError::Artifact {
            path: dir.to_path_buf(),
            reason: e.to_string(),
        };
        let trees = serde_json::to_vec(&self.companion).map_err(unwritable)?;
        self.manifest.trees_sha256 = hex(&Sha256::digest(&trees));
        write_synced(&path, &trees)?;
        let json = serde_json::to_vec_pretty(&self.manifest).map_err(unwritable)?;
        write_synced(&dir.join(MANIFEST), &json)?;
        Ok(hex(&Sha256::digest(&json)))
    }

    fn encode(&self, weights: &Weights, path: &Path) -> Result<Vec<u8>, ForecastError> {
        let damaged = |reason: String| ForecastError::Artifact {
            path: path.to_path_buf(),
            reason,
        };
        let net = weights
            .build(&self.manifest.shape, &Device::flex())
            .ok_or_else(|| damaged("the weights do not fit the network".to_owned()))?;
        // Metadata are written in any order: without them the same weights are the same bytes and the same hash.
        let mut store = SafetensorsStore::from_bytes(None).clear_metadata();
        net.save_into(&mut store)
            .map_err(|e| damaged(e.to_string()))?;
        store.get_bytes().map_err(|e| damaged(e.to_string()))
    }

    /// Reads the folder `dir`.
    ///
    /// # Errors
    /// [`ForecastError::Format`] and [`ForecastError::Schema`] for an artifact of another time,
    /// [`ForecastError::Artifact`] for a damaged one, [`ForecastError::Io`] where it cannot be read.
    pub fn load(dir: &Path) -> Result<Self, ForecastError> {
        Self::read(dir, None)
    }

    /// `expected`: hash of the manifest, where another one names it.
    fn read(dir: &Path, expected: Option<&str>) -> Result<Self, ForecastError> {
        let path = dir.join(MANIFEST);
        let json = fs::read(&path).map_err(|e| ForecastError::io(&path, e))?;
        let damaged = |reason: String| ForecastError::Artifact {
            path: dir.to_path_buf(),
            reason,
        };
        if expected.is_some_and(|e| e != hex(&Sha256::digest(&json))) {
            return Err(damaged(format!(
                "{MANIFEST} is not the file the model around it names"
            )));
        }
        // The format is read before anything else is believed.
        let head: Head =
            serde_json::from_slice(&json).map_err(|e| damaged(format!("{MANIFEST}: {e}")))?;
        if head.format_version != FORMAT_VERSION {
            return Err(ForecastError::Format {
                found: head.format_version,
                expected: FORMAT_VERSION,
            });
        }
        if head.schema_hash != schema_hash() {
            return Err(ForecastError::Schema {
                found: head.schema_hash,
                expected: schema_hash(),
            });
        }
        let manifest: Manifest =
            serde_json::from_slice(&json).map_err(|e| damaged(format!("{MANIFEST}: {e}")))?;
        if manifest.members == 0 || manifest.weights_sha256.len() != manifest.members {
            return Err(damaged(
                "the manifest does not name the weights of every member".to_owned(),
            ));
        }
        let mut weights = Vec::with_capacity(manifest.members);
        for (member, expected) in manifest.weights_sha256.iter().enumerate() {
            let path = dir.join(weights_file(member));
            let bytes = fs::read(&path).map_err(|e| ForecastError::io(&path, e))?;
            let found = hex(&Sha256::digest(&bytes));
            if found != *expected {
                return Err(damaged(format!(
                    "{} is not the file the manifest names",
                    weights_file(member)
                )));
            }
            let mut net = Net::new(&manifest.shape, 0, &Device::flex());
            let mut store = SafetensorsStore::from_bytes(Some(bytes));
            net.load_from(&mut store)
                .map_err(|e| damaged(format!("{}: {e}", weights_file(member))))?;
            weights.push(Weights::of(&net));
        }
        let path = dir.join(TREES);
        let bytes = fs::read(&path).map_err(|e| ForecastError::io(&path, e))?;
        if hex(&Sha256::digest(&bytes)) != manifest.trees_sha256 {
            return Err(damaged(format!(
                "{TREES} is not the file the manifest names"
            )));
        }
        let companion: Companion =
            serde_json::from_slice(&bytes).map_err(|e| damaged(format!("{TREES}: {e}")))?;
        if !companion.fits() {
            return Err(damaged(format!("{TREES} asks about what is not there")));
        }
        let judged = manifest.judged_sha256.as_deref();
        let judged = judged.map(|hash| Self::read(&dir.join(JUDGED), Some(hash)));
        Ok(Self {
            judged: judged.transpose()?.map(Box::new),
            manifest,
            weights,
            companion,
        })
    }
}

#[derive(Deserialize)]
struct Head {
    format_version: u32,
    schema_hash: String,
}

fn weights_file(member: usize) -> String {
    format!("weights-{member}.safetensors")
}

/// A name beside `dir` that nobody else uses.
fn beside(dir: &Path, purpose: &str) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut name = std::ffi::OsString::from(".");
    name.push(dir.file_name().unwrap_or_default());
    name.push(format!(
        ".{purpose}-{}-{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    ));
    dir.with_file_name(name)
}

fn replace(fresh: &Path, dir: &Path) -> Result<(), ForecastError> {
    if !dir.exists() {
        return fs::rename(fresh, dir).map_err(|e| ForecastError::io(dir, e));
    }
    let old = beside(dir, "old");
    fs::rename(dir, &old).map_err(|e| ForecastError::io(dir, e))?;
    if let Err(e) = fs::rename(fresh, dir) {
        // Put the former artifact back; the first error is the one to report.
        let _ = fs::rename(&old, dir);
        return Err(ForecastError::io(dir, e));
    }
    fs::remove_dir_all(&old).map_err(|e| ForecastError::io(&old, e))
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), ForecastError> {
    let write = || {
        let mut file = fs::File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|e| ForecastError::io(path, e))
}
