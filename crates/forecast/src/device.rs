//! Where networks are trained.

use crate::ForecastError;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What does the arithmetic of training. Forecasting always takes the processor: it is done in well under a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compute {
    #[default]
    Cpu,
    /// A graphics card over Vulkan; only in programs built with the feature `gpu`.
    Gpu,
}

impl fmt::Display for Compute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
        })
    }
}

impl FromStr for Compute {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu),
            _ => Err("there are cpu and gpu".to_owned()),
        }
    }
}

impl Compute {
    /// Finds the device and tries it.
    ///
    /// # Errors
    /// [`ForecastError::NoDevice`] when the program was built without it or the machine has none.
    pub(crate) fn device(self) -> Result<Device, ForecastError> {
        match self {
            Self::Cpu => Ok(Device::flex()),
            Self::Gpu => graphics_card(),
        }
    }

    /// Whether training could start here.
    ///
    /// # Errors
    /// [`ForecastError::NoDevice`].
    pub fn check(self) -> Result<(), ForecastError> {
        self.device().map(|_| ())
    }
}

#[cfg(feature = "gpu")]
fn graphics_card() -> Result<Device, ForecastError> {
    use burn::tensor::{DeviceKind, Tensor};
    // Kernels in WGSL. Those that Burn's Vulkan backend writes in SPIR-V itself trained to another, much worse quality on SwiftShader, a
    // Vulkan driver in software, and brought Mesa's down; these train there to the processor's.
    // The library panics where there is no driver or no card.
    std::panic::catch_unwind(|| {
        let device = Device::wgpu(DeviceKind::DefaultDevice);
        let one = Tensor::<1>::ones([1], &device).into_data_as::<f32>();
        (one.as_slice::<f32>().ok() == Some(&[1.0])).then_some(device)
    })
    .ok()
    .flatten()
    .ok_or_else(|| ForecastError::NoDevice {
        reason: "no graphics card answers over Vulkan: is a driver installed?".to_owned(),
    })
}

#[cfg(not(feature = "gpu"))]
fn graphics_card() -> Result<Device, ForecastError> {
    Err(ForecastError::NoDevice {
        reason: "this program was built without it: build it with `--features gpu`".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_always_there_and_what_is_missing_is_said() {
        assert!(Compute::Cpu.check().is_ok());
        assert_eq!("gpu".parse(), Ok(Compute::Gpu));
        assert!("tpu".parse::<Compute>().is_err());
        if !cfg!(feature = "gpu") {
            let error = Compute::Gpu.check().unwrap_err().to_string();
            assert!(error.contains("--features gpu"), "{error}");
        }
    }
}
