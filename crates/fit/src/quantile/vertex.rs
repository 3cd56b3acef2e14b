//! From near the optimum to the vertex itself: a simplex with long steps, and the proof that it is the best.
//!
//! At a vertex as many rows as columns are met exactly, every other row lies on a known side. The vertex is best when
//! multipliers `d` of the met rows with `sum of slopes x + sum of d x = 0` all lie between their rows' two slopes;
//! otherwise the row that is most off leaves along its edge, past all rows where the loss still falls.
//! Barrodale & Roberts (1973); Koenker & d'Orey (1987), Applied Statistics 36, 383-393.

use super::basis::Basis;
use super::interior::Inside;
use super::programme::Programme;
use loglik_num::Dd;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A residual below this share of its terms is 0.
const MET: f64 = 1e-13;

/// A multiplier this near a bound, as a share of the range, is at it.
const AT_BOUND: f64 = 1e-9;

/// The best vertex.
pub(super) struct Vertex {
    /// Coefficients, to twice the precision                                  `[p]`
    pub(super) beta: Vec<Dd>,
    /// Rows met exactly                                                      `[p]`
    pub(super) met: Vec<usize>,
    /// Whether the multipliers prove that it is best.
    pub(super) proved: bool,
    /// Whether other points are as good.
    pub(super) non_unique: bool,
    /// Pivots made.
    pub(super) pivots: usize,
}

/// A vertex on the way.
struct State<'a> {
    programme: &'a Programme,
    basis: Basis,
    beta: Vec<Dd>,
    residuals: Vec<f64>,
    /// Greatest sizes of columns and response                                `[p + 1]`
    largest: Vec<f64>,
    /// 1 above, -1 below, 0 met                                              `[n]`
    side: Vec<i8>,
}

/// An edge of the vertex.
struct Edge {
    /// Place of the leaving row in the basis.
    k: usize,
    /// The side that the row goes to.
    side: i8,
    /// Change of the objective per unit of the row's residual.
    slope: f64,
}

/// Where a row is met along an edge; the nearest is the greatest.
#[derive(PartialEq)]
struct Bend {
    length: f64,
    row: usize,
}

impl Eq for Bend {}

impl Ord for Bend {
    fn cmp(&self, other: &Self) -> Ordering {
        other.length.total_cmp(&self.length).then(other.row.cmp(&self.row))
    }
}

impl PartialOrd for Bend {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// How far along an edge the loss falls.
struct Ahead {
    /// The row that is met there.
    row: usize,
    /// Rows passed on the way.
    passed: Vec<usize>,
    /// Length of the part that does not rise, in units of the leaving row's residual.
    length: f64,
}

/// Goes from an inner point to the best vertex; `None` where the rows do not determine one.
pub(super) fn best(programme: &Programme, inside: &Inside) -> Option<Vertex> {
    let residuals = programme.residuals(&inside.beta);
    let by_size = |a: &usize, b: &usize| residuals[*a].abs().total_cmp(&residuals[*b].abs()).then(a.cmp(b));
    let mut order: Vec<usize> = (0..programme.n - programme.globs).collect();
    let first = 100 + 20 * programme.p;
    if first < order.len() {
        order.select_nth_unstable_by(first, by_size);
        order[..first].sort_unstable_by(by_size);
    }
    let basis = match Basis::first(programme, &order[..first.min(order.len())]) {
        Some(basis) => basis,
        None => {
            order.sort_unstable_by(by_size);
            Basis::first(programme, &order)?
        }
    };
    let tau = programme.loss.tau();
    let side = (0..programme.n).map(|r| if inside.a[r] > (1.0 - tau) * programme.w[r] { 1 } else { -1 });
    let mut state = State {
        programme,
        basis,
        beta: Vec::new(),
        residuals,
        largest: programme.largest(),
        side: side.collect(),
    };
    state.settle();
    Some(state.walk())
}

impl State<'_> {
    /// Coefficients, residuals and sides at the basis; a row on the vertex keeps its side.
    fn settle(&mut self) {
        let programme = self.programme;
        self.beta = self.basis.solve(programme);
        let plain: Vec<f64> = self.beta.iter().map(|b| b.hi).collect();
        self.residuals = programme.residuals(&plain);
        let (response, columns) = self.largest.split_last().expect("the response has a size");
        let all = columns.iter().zip(&plain).fold(*response, |size, (x, b)| size + x * b.abs());
        for r in 0..programme.n {
            if self.side[r] == 0 {
                self.side[r] = 1;
            }
            let size = self.residuals[r].abs();
            // The size of the row itself is asked only where its residual is small for any row.
            if size > MET * all || size > MET * programme.size(r, &plain) {
                self.side[r] = if self.residuals[r] < 0.0 { -1 } else { 1 };
            } else {
                self.residuals[r] = 0.0;
            }
        }
        for r in &self.basis.rows {
            self.side[*r] = 0;
            self.residuals[*r] = 0.0;
        }
    }

    /// Pivots to the best vertex, then looks for edges on which the loss is level.
    fn walk(mut self) -> Vertex {
        let most = 100 + 50 * self.programme.p + self.programme.n / 4;
        let (mut pivots, mut proved, mut stuck) = (0, false, 0);
        while pivots < most {
            let edges = self.edges();
            let Some(edge) = pick(&edges, stuck > 2 * self.programme.p) else {
                proved = true;
                break;
            };
            let Some(ahead) = self.ahead(edge) else { break };
            stuck = if ahead.length > 0.0 { 0 } else { stuck + 1 };
            let (k, side) = (edge.k, edge.side);
            if !self.pivot(k, side, &ahead) {
                break;
            }
            pivots += 1;
        }
        let (beta, met) = (self.beta.clone(), self.basis.rows.clone());
        let non_unique = proved && self.has_level_edge();
        Vertex { beta, met, proved, non_unique, pivots }
    }

    /// Slopes of both edges of every met row, those that do not clearly rise.
    fn edges(&self) -> Vec<Edge> {
        let programme = self.programme;
        let (p, loss) = (programme.p, programme.loss);
        let mut psi = vec![0.0; programme.stride];
        for r in 0..programme.n {
            psi[r] = programme.w[r]
                * match self.side[r] {
                    0 => 0.0,
                    1 => loss.above,
                    _ => -loss.below,
                };
        }
        let force = programme.transposed(&psi);
        let mut edges = Vec::new();
        for (k, row) in self.basis.rows.iter().enumerate() {
            let d: f64 = -(0..p).map(|i| self.basis.inverse[i * p + k] * force[i]).sum::<f64>();
            let w = programme.w[*row];
            let near = AT_BOUND * w * (loss.above + loss.below);
            for (side, slope) in [(1, w * loss.above - d), (-1, w * loss.below + d)] {
                if slope <= near {
                    edges.push(Edge { k, side, slope: if slope >= -near { 0.0 } else { slope } });
                }
            }
        }
        edges
    }

    /// Where the loss along an edge turns to rise; `None` where it never does.
    fn ahead(&self, edge: &Edge) -> Option<Ahead> {
        let programme = self.programme;
        let mut direction = self.basis.direction(edge.k);
        direction.iter_mut().for_each(|d| *d *= -f64::from(edge.side));
        let eta = programme.times(&direction);
        // Rows that stand for many are larger than any row.
        let rows = &eta[..programme.n - programme.globs];
        let noise = 1e-12 * rows.iter().fold(0.0_f64, |m, e| m.max(e.abs()));
        let bends: Vec<Bend> = (0..programme.n)
            .filter(|r| eta[*r].abs() > noise && f64::from(self.side[*r]) * eta[*r] > 0.0)
            .map(|row| Bend { length: self.residuals[row] / eta[row], row })
            .collect();
        // The nearest few are all that is looked at.
        let mut bends = BinaryHeap::from(bends);
        let mut slope = edge.slope;
        let mut passed = Vec::new();
        while let Some(Bend { length, row }) = bends.pop() {
            let rise = programme.w[row] * (programme.loss.above + programme.loss.below) * eta[row].abs();
            slope += rise;
            if slope > AT_BOUND * rise {
                return Some(Ahead { row, passed, length });
            }
            passed.push(row);
        }
        None
    }

    /// The leaving row goes to its side, passed rows change theirs, the row ahead is met; false where the new basis
    /// would be singular.
    fn pivot(&mut self, k: usize, side: i8, ahead: &Ahead) -> bool {
        let mut rows = self.basis.rows.clone();
        let leaving = std::mem::replace(&mut rows[k], ahead.row);
        let Some(basis) = Basis::new(self.programme, rows) else { return false };
        self.basis = basis;
        self.side[leaving] = side;
        ahead.passed.iter().for_each(|r| self.side[*r] = -self.side[*r]);
        self.settle();
        true
    }

    /// Whether some edge from this point is level for a positive length. Where several rows are met by chance the
    /// edges of other bases of the same point are tried.
    fn has_level_edge(&mut self) -> bool {
        for _ in 0..2 + self.programme.p {
            let mut flat = None;
            for edge in self.edges() {
                let Some(ahead) = self.ahead(&edge) else { continue };
                if ahead.length > 0.0 {
                    return edge.slope == 0.0 || flat.is_some();
                }
                flat.get_or_insert((edge.k, edge.side, ahead));
            }
            let Some((k, side, ahead)) = flat else { return false };
            if !self.pivot(k, side, &ahead) {
                return false;
            }
        }
        false
    }
}

/// The falling edge that falls most, or the first one where steps have long been of no length (Bland's rule).
fn pick(edges: &[Edge], first: bool) -> Option<&Edge> {
    let mut falling = edges.iter().filter(|e| e.slope < 0.0);
    if first { falling.next() } else { falling.min_by(|a, b| a.slope.total_cmp(&b.slope)) }
}
