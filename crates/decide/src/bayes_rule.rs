//! Several classes: the prediction of least expected cost under a cost matrix.
//!
//! cost(j) = sum_k p_k `cost[k][j]`; the smallest wins, the earlier class at a tie. With cost 1 for every wrong class
//! this is the largest probability.

use crate::DecideError;

/// Cost of predicting class j when class k is true, `[k][j]`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CostMatrix {
    cost: Vec<Vec<f64>>,
}

impl CostMatrix {
    /// A square matrix of finite costs.
    ///
    /// # Errors
    /// `Length` if it is not square, `BadOption` for a cost that is not finite.
    pub fn new(cost: Vec<Vec<f64>>) -> Result<Self, DecideError> {
        let k = cost.len();
        for row in &cost {
            if row.len() != k {
                return Err(DecideError::Length { what: "cost matrix", got: row.len(), want: k });
            }
            if let Some(&value) = row.iter().find(|c| !c.is_finite()) {
                return Err(DecideError::BadOption { option: "cost", value, wanted: "finite" });
            }
        }
        Ok(Self { cost })
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.cost.len()
    }

    /// Whether it is square and finite, which a matrix that was read need not be.
    pub fn is_sound(&self) -> bool {
        self.cost.iter().all(|row| row.len() == self.cost.len() && row.iter().all(|c| c.is_finite()))
    }

    /// Cost of predicting class `predicted` where class `truth` is true.
    pub fn cost(&self, truth: usize, predicted: usize) -> f64 {
        self.cost[truth][predicted]
    }

    /// Expected cost of each prediction for probabilities `p` `[k]`.
    pub fn expected(&self, p: &[f64]) -> Vec<f64> {
        (0..self.cost.len()).map(|j| p.iter().zip(&self.cost).map(|(p, row)| p * row[j]).sum()).collect()
    }

    /// The cheapest class for probabilities `p` `[k]`.
    ///
    /// # Errors
    /// `Length` unless there is one probability a class.
    pub fn decide(&self, p: &[f64]) -> Result<usize, DecideError> {
        if p.len() != self.cost.len() {
            return Err(DecideError::Length { what: "probabilities", got: p.len(), want: self.cost.len() });
        }
        let costs = self.expected(p);
        Ok((1..costs.len()).fold(0, |best, j| if costs[j] < costs[best] { j } else { best }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dear_miss_is_predicted_though_it_is_less_likely() {
        let plain = CostMatrix::new(vec![vec![0.0, 1.0, 1.0], vec![1.0, 0.0, 1.0], vec![1.0, 1.0, 0.0]]);
        let dear = CostMatrix::new(vec![vec![0.0, 1.0, 1.0], vec![1.0, 0.0, 1.0], vec![9.0, 9.0, 0.0]]);
        let p = [0.5, 0.3, 0.2];
        assert_eq!(plain.expect("square").decide(&p), Ok(0));
        assert_eq!(dear.expect("square").decide(&p), Ok(2));
    }

    #[test]
    fn two_classes_have_the_threshold_of_the_costs() {
        let matrix = CostMatrix::new(vec![vec![0.0, 1.0], vec![5.0, 0.0]]).expect("square");
        let t = crate::cost::Costs::new(5.0, 1.0).threshold(None).expect("legal");
        for p in [t - 1e-9, t + 1e-9] {
            assert_eq!(matrix.decide(&[1.0 - p, p]), Ok(usize::from(p > t)));
        }
    }
}
