//! Costs of persons.
//!
//! Takes how many units of each kind a person had (arrests, days in jail, contacts) and what a unit costs, gives costs
//! per person-month, to be compared like any outcome. Refuses costs that are negative or no number, and persons
//! without a month. Collins, Lonczak, Clifasefi (2019), doi:10.1007/s11292-019-09352-7, had them so for LEAD.

use crate::error::{Error, finite, not_negative, same_length};

/// Units of one kind and what one costs.
#[derive(Clone, Copy, Debug)]
pub struct UnitCost<'a> {
    /// Units of each person, not negative.
    pub units: &'a [f64],
    /// Cost of one, in the currency of the report.
    pub cost: f64,
}

/// Costs per month of each person over `months` observed.
pub fn costs(kinds: &[UnitCost<'_>], months: &[f64]) -> Result<Vec<f64>, Error> {
    finite("months", months)?;
    if let Some(row) = months.iter().position(|months| *months <= 0.0) {
        return Err(Error::OutOfRange { what: "months", row });
    }
    let mut sums = vec![0.0; months.len()];
    for kind in kinds {
        same_length("units", months.len(), kind.units.len())?;
        not_negative("units", kind.units)?;
        if !(kind.cost >= 0.0 && kind.cost.is_finite()) {
            return Err(Error::Setting { name: "cost" });
        }
        sums.iter_mut().zip(kind.units).for_each(|(sum, units)| *sum += units * kind.cost);
    }
    Ok(sums.into_iter().zip(months).map(|(sum, months)| sum / months).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_add_up_by_month() {
        let arrests = UnitCost { units: &[2.0, 0.0], cost: 300.0 };
        let days = UnitCost { units: &[10.0, 1.0], cost: 150.0 };
        assert_eq!(costs(&[arrests, days], &[6.0, 12.0]).unwrap(), [350.0, 12.5]);
        assert!(costs(&[arrests], &[6.0, 0.0]).is_err());
    }
}
