//! Runs a plan over columns, a tile of rows at a time: each step is one loop over lanes, all registers in cache.

use loglik_num::{Kernel, LANE};

use super::schedule::{Place, Plan, Step};

/// Numbers that the registers of one tile may hold together: 24 KiB, most of a first-level cache.
const TILE_NUMBERS: usize = 3072;

/// Buffers of a run, reused from chunk to chunk; one a thread.
#[derive(Debug, Default)]
pub struct Scratch {
    registers: Vec<Vec<f64>>,
    constants: Vec<Vec<f64>>,
}

/// One run of a plan.
pub(crate) struct Run<'r> {
    pub(crate) plan: &'r Plan,
    pub(crate) data: &'r [&'r [f64]],
    pub(crate) inputs: &'r [&'r [f64]],
    pub(crate) scratch: &'r mut Scratch,
    /// One plane a root, each of n rows, n a multiple of the lane.
    pub(crate) planes: &'r mut [&'r mut [f64]],
}

impl Kernel for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let n = self.planes.first().map_or(0, |plane| plane.len());
        let tile = tile_rows(self.plan).min(n);
        prepare(self.scratch, self.plan, tile);
        let Scratch { registers, constants } = self.scratch;
        for at in (0..n).step_by(tile.max(LANE)) {
            let rows = tile.min(n - at);
            for step in &self.plan.steps {
                match *step {
                    Step::Compute { op, args, to } => {
                        let mut out = std::mem::take(&mut registers[to]);
                        let of = |place: Place| match place {
                            Place::Register(r) => &registers[r][..rows],
                            Place::Data(c) => &self.data[c][at..at + rows],
                            Place::Input(i) => &self.inputs[i][at..at + rows],
                            Place::Constant(c) => &constants[c][..rows],
                        };
                        op.run([of(args[0]), of(args[1]), of(args[2])], &mut out[..rows]);
                        registers[to] = out;
                    }
                    Step::Store { from, output } => {
                        let from = match from {
                            Place::Register(r) => &registers[r][..rows],
                            Place::Data(c) => &self.data[c][at..at + rows],
                            Place::Input(i) => &self.inputs[i][at..at + rows],
                            Place::Constant(c) => &constants[c][..rows],
                        };
                        self.planes[output][at..at + rows].copy_from_slice(from);
                    }
                }
            }
        }
    }
}

/// Rows of a tile, a multiple of the lane.
fn tile_rows(plan: &Plan) -> usize {
    let registers = plan.registers + plan.constants.len();
    (TILE_NUMBERS / registers.max(1) / LANE * LANE).clamp(4 * LANE, 64 * LANE)
}

/// Room for a tile in every register; constants in every row of theirs.
fn prepare(scratch: &mut Scratch, plan: &Plan, rows: usize) {
    let registers = scratch.registers.len().max(plan.registers);
    scratch.registers.resize_with(registers, Vec::new);
    for register in &mut scratch.registers[..plan.registers] {
        if register.len() < rows {
            register.resize(rows, 0.0);
        }
    }
    scratch.constants.resize_with(plan.constants.len(), Vec::new);
    for (column, value) in scratch.constants.iter_mut().zip(&plan.constants) {
        column.clear();
        column.resize(rows, *value);
    }
}
