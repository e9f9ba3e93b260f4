//! Sorting more records than fit into memory: sorted runs in one temporary file, merged while reading.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How much is sorted in memory before a run is written.
const RUN_BYTES: usize = 16 * 1024 * 1024;

/// How much of each run is held while merging.
const BLOCK_BYTES: usize = 64 * 1024;

/// Collects records of `N` bytes, which are ordered as byte strings.
#[derive(Debug)]
pub struct Sorter<const N: usize> {
    directory: PathBuf,
    pending: Vec<[u8; N]>,
    capacity: usize,
    /// Removed by the system when it is closed, also after a crash.
    file: Option<File>,
    /// First and last byte of each run.
    runs: Vec<(u64, u64)>,
}

impl<const N: usize> Sorter<N> {
    /// A sorter that writes its runs into a directory when memory is not enough.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self::with_run_bytes(directory, RUN_BYTES)
    }

    fn with_run_bytes(directory: &Path, bytes: usize) -> Self {
        Self {
            directory: directory.to_owned(),
            pending: Vec::new(),
            capacity: (bytes / N).max(1),
            file: None,
            runs: Vec::new(),
        }
    }

    /// Adds a record.
    ///
    /// # Errors
    /// When a full run cannot be written.
    pub fn push(&mut self, record: [u8; N]) -> io::Result<()> {
        self.pending.push(record);
        if self.pending.len() >= self.capacity {
            self.write_run()
        } else {
            Ok(())
        }
    }

    fn write_run(&mut self) -> io::Result<()> {
        self.pending.sort_unstable();
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&self.directory)?),
        };
        let start = file.stream_position()?;
        file.write_all(self.pending.as_flattened())?;
        self.runs
            .push((start, start + (self.pending.len() * N) as u64));
        self.pending.clear();
        Ok(())
    }

    /// All records, ascending.
    ///
    /// # Errors
    /// When the last run cannot be written or the runs cannot be read.
    pub fn finish(mut self) -> io::Result<Sorted<N>> {
        if self.file.is_some() && !self.pending.is_empty() {
            self.write_run()?;
        }
        self.pending.sort_unstable();
        let mut sorted = Sorted {
            memory: self.pending.into_iter(),
            file: self.file,
            runs: Vec::new(),
            heap: BinaryHeap::new(),
        };
        for (index, (start, end)) in self.runs.into_iter().enumerate() {
            sorted.runs.push(Run {
                next: start,
                end,
                block: Vec::new(),
                at: 0,
            });
            sorted.refill(index)?;
        }
        Ok(sorted)
    }
}

#[derive(Debug)]
struct Run {
    next: u64,
    end: u64,
    block: Vec<u8>,
    at: usize,
}

/// Records in ascending order.
#[derive(Debug)]
pub struct Sorted<const N: usize> {
    memory: std::vec::IntoIter<[u8; N]>,
    file: Option<File>,
    runs: Vec<Run>,
    heap: BinaryHeap<Reverse<([u8; N], usize)>>,
}

impl<const N: usize> Sorted<N> {
    /// Puts the next record of a run into the heap, reading its next block where needed.
    fn refill(&mut self, index: usize) -> io::Result<()> {
        let run = &mut self.runs[index];
        if run.at == run.block.len() {
            if run.next == run.end {
                run.block = Vec::new();
                run.at = 0;
                return Ok(());
            }
            let whole = (BLOCK_BYTES / N).max(1) * N;
            let length = usize::try_from(run.end - run.next).map_or(whole, |left| left.min(whole));
            run.block.resize(length, 0);
            let file = self.file.as_mut().expect("runs lie in a file");
            file.seek(SeekFrom::Start(run.next))?;
            file.read_exact(&mut run.block)?;
            run.next += length as u64;
            run.at = 0;
        }
        let mut record = [0; N];
        record.copy_from_slice(&run.block[run.at..run.at + N]);
        run.at += N;
        self.heap.push(Reverse((record, index)));
        Ok(())
    }

    /// The next record.
    ///
    /// # Errors
    /// When a run cannot be read.
    pub fn next_record(&mut self) -> io::Result<Option<[u8; N]>> {
        if self.runs.is_empty() {
            return Ok(self.memory.next());
        }
        let Some(Reverse((record, run))) = self.heap.pop() else {
            return Ok(None);
        };
        self.refill(run)?;
        Ok(Some(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn records_come_out_sorted_whether_memory_suffices_or_not(
            records in proptest::collection::vec(any::<[u8; 5]>(), 0..400),
            run_bytes in 5_usize..500,
        ) {
            let directory = tempfile::tempdir().unwrap();
            let mut sorter = Sorter::with_run_bytes(directory.path(), run_bytes);
            for r in &records {
                sorter.push(*r).unwrap();
            }
            let mut sorted = sorter.finish().unwrap();
            let mut out = Vec::new();
            while let Some(r) = sorted.next_record().unwrap() {
                out.push(r);
            }
            let mut expected = records;
            expected.sort_unstable();
            prop_assert_eq!(out, expected);
        }
    }
}
