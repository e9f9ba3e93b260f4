//! What the system says of this process and of its disk.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Ticks of processor time in a second: what Linux tells programs, whatever the kernel counts in.
const TICKS: u64 = 100;

/// What `/proc/self` says; what cannot be read is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Process {
    pub memory_bytes: Option<u64>,
    pub cpu_seconds: Option<u64>,
    pub open_files: Option<u64>,
}

impl Process {
    pub(super) fn read() -> Self {
        let text = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).ok();
        Self {
            memory_bytes: text("status").as_deref().and_then(memory),
            cpu_seconds: text("stat").as_deref().and_then(cpu),
            open_files: std::fs::read_dir("/proc/self/fd")
                .ok()
                .map(|entries| entries.count() as u64),
        }
    }
}

/// `VmRSS` of `/proc/self/status`, in bytes.
fn memory(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1_024)
}

/// User and system time of `/proc/self/stat`, the 14th and 15th field, in whole seconds. The second field is a name that may hold blanks.
fn cpu(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

/// Free and all bytes of the disk that a folder lies on.
pub(crate) fn disk(folder: &Path) -> Option<(u64, u64)> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some((
        found.f_bavail.saturating_mul(found.f_frsize),
        found.f_blocks.saturating_mul(found.f_frsize),
    ))
}

/// Seconds since 1970 by the system's clock.
pub(super) fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_processor_time_are_read_as_linux_writes_them() {
        let status = "Name:\thornada\nVmPeak:\t  900 kB\nVmRSS:\t     512 kB\n";
        assert_eq!(memory(status), Some(524_288));
        let stat = "4711 (a (strange) name) S 1 4711 4711 0 -1 4194304 1 2 3 4 250 150 0 0 20 0";
        assert_eq!(cpu(stat), Some(4));
        assert_eq!(memory("nothing"), None);
        assert_eq!(cpu("nothing"), None);
    }

    #[test]
    fn a_folder_that_is_there_lies_on_a_disk() {
        let (free, all) = disk(&std::env::temp_dir()).unwrap();
        assert!(all > 0 && free <= all);
        assert_eq!(disk(Path::new("/no/such/folder")), None);
    }
}
