//! Dense matrices of a few columns.
//!
//! Takes rows of numbers, gives sums of products, solutions and inverses of positive definite matrices, refuses a
//! column that follows from those before it. Written out in plain loops on purpose: `faer` and `nalgebra` choose
//! kernels and fused operations by the CPU, so that the same input would give other last bits on another machine;
//! and the matrices here have as many columns as a study has covariates.

/// Smallest share of a column, as sum of squares, that those before it must leave unexplained.
pub(crate) const PIVOT_MIN: f64 = 1e-10;

/// Rows of numbers, row after row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// All zero.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, values: vec![0.0; rows * columns] }
    }

    /// How many rows.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns.
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// One row, to be written.
    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// One value.
    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.columns + column]
    }

    /// One value, to be written.
    pub(crate) fn at_mut(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.values[row * self.columns + column]
    }

    /// A column as a list.
    pub(crate) fn column(&self, column: usize) -> Vec<f64> {
        (0..self.rows).map(|row| self.at(row, column)).collect()
    }

    /// The diagonal as a list.
    pub fn diagonal(&self) -> Vec<f64> {
        (0..self.rows.min(self.columns)).map(|place| self.at(place, place)).collect()
    }

    /// Adds `weight * x x'`; the matrix must be square, as wide as `x`. Only the lower half is written.
    pub(crate) fn add_outer(&mut self, weight: f64, x: &[f64]) {
        for (place, &value) in x.iter().enumerate() {
            let scaled = weight * value;
            // Dummies are mostly zero.
            if scaled != 0.0 {
                let row = &mut self.row_mut(place)[..=place];
                row.iter_mut().zip(x).for_each(|(sum, &other)| *sum += scaled * other);
            }
        }
    }

    /// Writes the upper half from the lower.
    pub(crate) fn mirror(&mut self) {
        for row in 0..self.rows {
            for column in 0..row {
                *self.at_mut(column, row) = self.at(row, column);
            }
        }
    }

    /// `self * x`.
    pub(crate) fn times(&self, x: &[f64]) -> Vec<f64> {
        (0..self.rows).map(|row| dot(self.row(row), x)).collect()
    }

    /// `self * other`.
    pub(crate) fn product(&self, other: &Self) -> Self {
        let mut out = Self::zeros(self.rows, other.columns);
        for row in 0..self.rows {
            for (inner, &value) in self.row(row).iter().enumerate() {
                let from = other.row(inner);
                out.row_mut(row).iter_mut().zip(from).for_each(|(sum, &x)| *sum += value * x);
            }
        }
        out
    }

    /// `bread * self * bread`, both symmetric.
    pub(crate) fn sandwiched(&self, bread: &Self) -> Self {
        bread.product(self).product(bread)
    }

    /// All values times a factor.
    pub(crate) fn scaled(mut self, factor: f64) -> Self {
        self.values.iter_mut().for_each(|value| *value *= factor);
        self
    }
}

/// Sum of products.
pub(crate) fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(x, y)| x * y).sum()
}

/// Cholesky factor of a symmetric positive definite matrix, scaled to a unit diagonal first.
#[derive(Clone, Debug)]
pub(crate) struct Cholesky {
    lower: Matrix,
    scale: Vec<f64>,
}

impl Cholesky {
    /// The factor. Only the lower half of `symmetric` is read. `Err` is the first column that follows from those
    /// before it, or is zero.
    pub(crate) fn of(symmetric: &Matrix) -> Result<Self, usize> {
        let size = symmetric.rows;
        let mut scale = Vec::with_capacity(size);
        for (place, value) in symmetric.diagonal().into_iter().enumerate() {
            if !(value > 0.0 && value.is_finite()) {
                return Err(place);
            }
            scale.push(value.sqrt());
        }
        let mut lower = Matrix::zeros(size, size);
        for row in 0..size {
            for column in 0..=row {
                let scaled = symmetric.at(row, column) / (scale[row] * scale[column]);
                let left = scaled - dot(&lower.row(row)[..column], &lower.row(column)[..column]);
                *lower.at_mut(row, column) = if row == column {
                    // What is not a number has no factor either.
                    if left.is_nan() || left < PIVOT_MIN {
                        return Err(row);
                    }
                    left.sqrt()
                } else {
                    left / lower.at(column, column)
                };
            }
        }
        Ok(Self { lower, scale })
    }

    /// The solution of `symmetric * x = right`.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let size = self.scale.len();
        let mut x: Vec<f64> = right.iter().zip(&self.scale).map(|(r, s)| r / s).collect();
        for row in 0..size {
            let known = dot(&self.lower.row(row)[..row], &x[..row]);
            x[row] = (x[row] - known) / self.lower.at(row, row);
        }
        for row in (0..size).rev() {
            let known: f64 =
                (row + 1..size).map(|below| self.lower.at(below, row) * x[below]).sum();
            x[row] = (x[row] - known) / self.lower.at(row, row);
        }
        x.iter_mut().zip(&self.scale).for_each(|(value, scale)| *value /= scale);
        x
    }

    /// The inverse, symmetric to the bit.
    pub(crate) fn inverse(&self) -> Matrix {
        let size = self.scale.len();
        let mut inverse = Matrix::zeros(size, size);
        for place in 0..size {
            let mut unit = vec![0.0; size];
            unit[place] = 1.0;
            let column = self.solve(&unit);
            for (row, value) in column.into_iter().enumerate().skip(place) {
                *inverse.at_mut(row, place) = value;
            }
        }
        inverse.mirror();
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gram(rows: &[&[f64]]) -> Matrix {
        let mut sum = Matrix::zeros(rows[0].len(), rows[0].len());
        rows.iter().for_each(|row| sum.add_outer(1.0, row));
        sum.mirror();
        sum
    }

    #[test]
    fn an_inverse_times_its_matrix_is_one() {
        let matrix = gram(&[&[1.0, 2000.0], &[1.0, 2003.0], &[1.0, 2009.0]]);
        let inverse = Cholesky::of(&matrix).unwrap().inverse();
        let one = matrix.product(&inverse);
        for row in 0..2 {
            for column in 0..2 {
                let wanted = f64::from(u8::from(row == column));
                assert!((one.at(row, column) - wanted).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn a_column_that_follows_from_others_is_named() {
        let matrix = gram(&[&[1.0, 3.0, 5.0], &[1.0, 4.0, 6.0], &[1.0, 9.0, 11.0]]);
        assert_eq!(Cholesky::of(&matrix).unwrap_err(), 2);
        assert_eq!(Cholesky::of(&gram(&[&[1.0, 0.0], &[1.0, 0.0]])).unwrap_err(), 1);
    }
}
