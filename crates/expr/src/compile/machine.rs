//! Runs a plan over columns, a tile of rows at a time: each step is one loop over lanes, all registers in cache. Steps that
//! give the same number in all rows run once, for eight of them.

use std::ops::Range;

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
    /// Whether every common input has one value in all these rows.
    pub(crate) once: bool,
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
        let given = Given { data: self.data, inputs: self.inputs, constants };
        let (first, each) = self.plan.steps.split_at(if self.once { self.plan.common } else { 0 });
        // One call for both, as all operations are compiled into it.
        for turn in 0..=n.div_ceil(tile.max(LANE)) {
            let (here, steps) = match turn {
                0 => (0..LANE.min(n), first),
                _ => (tile * (turn - 1)..n.min(tile * turn), each),
            };
            Tile { here, registers, planes: self.planes }.run(steps, given);
            if turn == 0 && self.once {
                for register in &self.plan.shared {
                    let value = registers[*register][0];
                    registers[*register][..tile].fill(value);
                }
            }
        }
    }
}

/// What steps read and never write.
#[derive(Clone, Copy)]
struct Given<'r> {
    data: &'r [&'r [f64]],
    inputs: &'r [&'r [f64]],
    constants: &'r [Vec<f64>],
}

/// The rows in work and where their numbers are.
struct Tile<'t, 'p> {
    here: Range<usize>,
    registers: &'t mut [Vec<f64>],
    planes: &'t mut [&'p mut [f64]],
}

/// A register or plane while it is written.
enum Taken<'p> {
    Register(usize, Vec<f64>),
    Plane(usize, &'p mut [f64]),
}

impl Taken<'_> {
    /// The rows to be written.
    #[inline(always)]
    fn rows(&mut self, here: &Range<usize>) -> &mut [f64] {
        match self {
            Taken::Register(_, register) => &mut register[..here.len()],
            Taken::Plane(_, plane) => &mut plane[here.clone()],
        }
    }
}

impl<'p> Tile<'_, 'p> {
    /// Runs some steps over these rows.
    #[inline(always)]
    fn run(&mut self, steps: &[Step], given: Given<'_>) {
        for step in steps {
            // What is written is taken out, so that the rest can be read; a step never reads what it writes.
            match *step {
                Step::Compute { op, args, to } => {
                    let mut out = self.take(to);
                    let of = |place| self.read(place, given);
                    op.run(args.map(of), out.rows(&self.here));
                    self.put(out);
                }
                Step::Together { family, args, to } => {
                    let mut outs = to.map(|to| to.map(|to| self.take(to)));
                    let of = |place| self.read(place, given);
                    family.run(args.map(of), outs.each_mut().map(|out| Some(out.as_mut()?.rows(&self.here))));
                    outs.into_iter().flatten().for_each(|out| self.put(out));
                }
                Step::Store { from, output } => {
                    let mut out = self.take(Place::Plane(output));
                    let from = self.read(from, given);
                    out.rows(&self.here).copy_from_slice(from);
                    self.put(out);
                }
            }
        }
    }

    #[inline(always)]
    fn take(&mut self, place: Place) -> Taken<'p> {
        match place {
            Place::Register(r) => Taken::Register(r, std::mem::take(&mut self.registers[r])),
            Place::Plane(p) => Taken::Plane(p, std::mem::take(&mut self.planes[p])),
            Place::Data(_) | Place::Input(_) | Place::Constant(_) => {
                unreachable!("results go to registers and planes")
            }
        }
    }

    #[inline(always)]
    fn put(&mut self, taken: Taken<'p>) {
        match taken {
            Taken::Register(r, register) => self.registers[r] = register,
            Taken::Plane(p, plane) => self.planes[p] = plane,
        }
    }

    #[inline(always)]
    fn read<'a>(&'a self, place: Place, given: Given<'a>) -> &'a [f64] {
        match place {
            Place::Register(r) => &self.registers[r][..self.here.len()],
            Place::Plane(p) => &self.planes[p][self.here.clone()],
            Place::Data(c) => &given.data[c][self.here.clone()],
            Place::Input(i) => &given.inputs[i][self.here.clone()],
            Place::Constant(c) => &given.constants[c][..self.here.len()],
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
