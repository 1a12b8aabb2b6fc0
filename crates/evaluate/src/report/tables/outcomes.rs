//! Tables of balance, outcomes, first arrests and costs.

use tallystick_chart::numbers;

use crate::error::Error;
use crate::outcome::Means;
use crate::report::figures::balance_rows;
use crate::report::gate::{Gate, HIDDEN};
use crate::report::sheet::Sheet;
use crate::report::told::{Told, left_out};
use crate::report::words::{NONE, clusters, confidence, estimate, label, p_text, p_value};
use crate::study::Evaluation;
use crate::study::estimates::OutcomeEstimates;
use crate::study::people::Linkage;

fn mean(means: &Result<Means, Error>, arm: usize, digits: usize) -> String {
    means.as_ref().map_or_else(
        |_| NONE.to_owned(),
        |it| numbers::decimals(if arm == 1 { it.programme } else { it.comparison }, digits),
    )
}

fn hidden(name: [String; 2], columns: usize) -> Vec<String> {
    name.into_iter().chain(std::iter::repeat_n(HIDDEN.to_owned(), columns - 2)).collect()
}

/// Persons with an event of an arm.
fn with_event(it: &OutcomeEstimates, arm: usize) -> String {
    let (some, all) = (it.with_event[arm], it.persons[arm]);
    format!("{} ({})", numbers::count(some), numbers::percent_of(some, all))
}

/// Counts of both arms, difference, and change from before.
pub(super) fn outcomes(it: &Evaluation) -> Sheet {
    let gate = Gate::of(it);
    let told = Told::of(it);
    let columns = [
        "Outcome",
        "Days",
        "With an event, programme",
        "With an event, comparison",
        "Mean, programme",
        "Mean, comparison",
        "Difference of means",
    ];
    let rows: Vec<Vec<String>> = told
        .main(it)
        .map(|(one, of)| {
            let name = [label(it, &one.count), it.days(&one.window)];
            if !gate.shows(one) {
                return hidden(name, columns.len());
            }
            let some = |arm| if of.events { with_event(one, arm) } else { HIDDEN.to_owned() };
            let mut row = name.to_vec();
            row.extend([some(1), some(0), mean(&one.means, 1, 3), mean(&one.means, 0, 3)]);
            row.push(estimate(&one.difference, 3));
            row
        })
        .collect();
    let note = format!(
        "Matched persons, main linkage. A mean is the number of events for each person in the window. A difference is programme less \
         comparison, with its {} interval; below 0 the programme\u{2019}s persons had fewer.",
        confidence(it)
    );
    Sheet::new("outcomes", "Outcomes of matched persons", &columns).noted(note).filled(rows)
}

/// Ratios of the main linkage.
pub(super) fn ratios(it: &Evaluation) -> Sheet {
    let gate = Gate::of(it);
    let columns = ["Outcome", "Days", "Rate ratio", "p", "p (Holm)", "Odds ratio of any event"];
    let row = |one: &OutcomeEstimates| {
        let name = [label(it, &one.count), it.days(&one.window)];
        if !gate.shows(one) {
            return hidden(name, columns.len());
        }
        let mut row = name.to_vec();
        row.extend([estimate(&one.rate_ratio, 2), p_value(&one.rate_ratio)]);
        let holm = it.adjusted.iter().find(|(name, _)| *name == one.count);
        let is_family = Some(&one.window) == it.plan.outcomes.windows.first();
        row.push(holm.filter(|_| is_family).map_or_else(|| NONE.to_owned(), |(_, p)| p_text(*p)));
        row.push(estimate(&one.odds_ratio, 2));
        row
    };
    let note = format!(
        "Matched persons, main linkage; programme over comparison with {} intervals. Below 1: fewer events in the programme. p (Holm) is \
         adjusted for all outcomes of the main window.",
        confidence(it)
    );
    Sheet::new("ratios", "Ratios of matched persons", &columns)
        .noted(note)
        .filled(it.main().map(row))
}

/// Changes from the window before.
pub(super) fn changes(it: &Evaluation) -> Option<Sheet> {
    let gate = Gate::of(it);
    let before = it.plan.outcomes.before.as_ref()?;
    let columns =
        ["Outcome", "Days", "Difference in differences", "p", "Ratio of changes", "p of the ratio"];
    let row = |one: &OutcomeEstimates| {
        let name = [label(it, &one.count), it.days(&one.window)];
        let Some(changed) = gate.changed(one) else { return hidden(name, columns.len()) };
        let mut row = name.to_vec();
        row.extend([estimate(&changed.difference, 3), p_value(&changed.difference)]);
        row.extend([estimate(&changed.ratio, 2), p_value(&changed.ratio)]);
        row
    };
    let note = format!(
        "Matched persons, main linkage: how much more the programme\u{2019}s persons changed from {} than the comparison\u{2019}s, as a \
         difference of counts and as a ratio of rate ratios, with {} intervals. Read the difference only of a window that is as long as the \
         one before.",
        it.window(before),
        confidence(it)
    );
    let sheet = Sheet::new("changes", "Changes from before, compared", &columns).noted(note);
    Some(sheet.filled(it.main().map(row)))
}

/// Rate ratios of all outcomes under each linkage.
pub(super) fn variants(it: &Evaluation) -> Sheet {
    let gate = Gate::of(it);
    let found = |linkage, main: &OutcomeEstimates| {
        let mut all = it.estimates.iter();
        let same = all.find(|one| {
            one.linkage == linkage && one.count == main.count && one.window == main.window
        });
        match same {
            None => NONE.to_owned(),
            Some(one) if gate.shows(one) => estimate(&one.rate_ratio, 2),
            Some(_) => HIDDEN.to_owned(),
        }
    };
    let row = |one: &OutcomeEstimates| {
        let name = [label(it, &one.count), it.days(&one.window)];
        name.into_iter().chain(Linkage::ALL.map(|linkage| found(linkage, one))).collect()
    };
    let columns = ["Outcome", "Days", "Strict", "Main", "Loose"];
    Sheet::new("variants", "Rate ratios of all outcomes under each linkage", &columns)
        .noted("The same matched persons; strict counts the events of sure links only, loose those of doubtful links too.")
        .filled(it.main().map(row))
}

/// Everybody as they are, without matching.
pub(super) fn unadjusted(it: &Evaluation) -> Sheet {
    let gate = Gate::of(it);
    let told = Told::of(it);
    let columns = [
        "Outcome",
        "Days",
        "With an event, programme",
        "With an event, comparison",
        "Mean, programme",
        "Mean, comparison",
        "Rate ratio, not adjusted",
    ];
    let rows: Vec<Vec<String>> = told
        .unadjusted(it)
        .map(|(one, of)| {
            let name = [label(it, &one.count), it.days(&one.window)];
            if !gate.shows_all(it, one) {
                return hidden(name, columns.len());
            }
            let some = |arm| if of.events { with_event(one, arm) } else { HIDDEN.to_owned() };
            let mut row = name.to_vec();
            row.extend([some(1), some(0), mean(&one.means, 1, 3), mean(&one.means, 0, 3)]);
            row.push(estimate(&one.rate_ratio, 2));
            row
        })
        .collect();
    let mut note = "These say how the arms differ as they are, not what the programme did: its persons differ from the others in what the score \
                    holds, and perhaps in more."
        .to_owned();
    if left_out(it).is_some() {
        note += " Those who have no score are among them.";
    }
    Sheet::new("unadjusted", "Everybody in both arms, before matching", &columns)
        .noted(note)
        .filled(rows)
}

/// Balance before and after matching.
pub(super) fn balance(it: &Evaluation) -> Sheet {
    let columns = [
        "Covariate",
        "Standardised difference before",
        "Standardised difference after",
        "Variance ratio after",
        "Kolmogorov-Smirnov after",
    ];
    let number = |value: Option<f64>| {
        value.map_or_else(|| NONE.to_owned(), |value| numbers::decimals(value, 3))
    };
    let rows = balance_rows(it).into_iter().map(|row| {
        let ks = numbers::decimals(row.ks, 3);
        vec![row.name, number(row.before), number(row.after), number(row.variance_ratio), ks]
    });
    let mut note = "Standardised difference: difference of means in standard deviations of the programme\u{2019}s persons; below 0.1 is \
                    usually called small. Levels of too few persons are not shown."
        .to_owned();
    if left_out(it).is_some() {
        note += " Differences before are of everybody, those who have no score among them; their levels have no row.";
    }
    Sheet::new("balance", "Balance of covariates", &columns).noted(note).filled(rows)
}

/// Time to the first arrest.
pub(super) fn first_arrest(it: &Evaluation) -> Option<Sheet> {
    let gate = Gate::of(it);
    let Some(Ok(found)) = &it.first_arrest else { return None };
    let shows = gate.splits(found.persons, found.with_event);
    let tells = Told::of(it).first_arrest.events;
    let median = |arm: usize| {
        let median = found.curves[arm].as_ref().ok().and_then(crate::survival::Curve::median);
        median.filter(|_| shows).map_or_else(|| "not reached".to_owned(), |day| format!("{day:.0}"))
    };
    let some = |arm: usize| {
        if !tells {
            return HIDDEN.to_owned();
        }
        let (some, all) = (found.with_event[arm], found.persons[arm]);
        format!("{} of {}", numbers::count(some), numbers::count(all))
    };
    let both = |of: &dyn Fn(usize) -> String| [of(1), of(0)];
    let row = |name: &str, cells: [String; 2]| {
        let [programme, comparison] = cells;
        vec![name.to_owned(), programme, comparison]
    };
    let whole = |name: &str, cell: String| vec![name.to_owned(), cell, NONE.to_owned()];
    let ratio = if shows { estimate(&found.hazard_ratio, 2) } else { HIDDEN.to_owned() };
    let test = found.proportional.filter(|_| shows);
    let rows = [
        row("Persons with an arrest in time", both(&some)),
        row("Median days to it", if shows { both(&median) } else { both(&|_| HIDDEN.to_owned()) }),
        whole("Hazard ratio, programme over comparison", ratio),
        whole("p that the ratio changes with time", test.map_or_else(|| NONE.to_owned(), p_text)),
    ];
    let title = format!("First new arrest within {} days", it.plan.first_arrest_days);
    let note = format!(
        "Matched persons, arrests of any severity that count as outcomes. Cox regression, Efron\u{2019}s ties, errors clustered by {}. \
         Days in custody are not taken off.",
        clusters(it)
    );
    let columns = ["Measure", "Programme", "Comparison"];
    Some(Sheet::new("first_arrest", title, &columns).noted(note).filled(rows))
}

/// Costs a person-month.
pub(super) fn spending(it: &Evaluation) -> Option<Sheet> {
    let (found, table) = (it.spending.as_ref()?, it.plan.costs.as_ref()?);
    let shows = Gate::of(it).shows_costs(it);
    let cells = if shows {
        [mean(&found.means, 1, 2), mean(&found.means, 0, 2), estimate(&found.difference, 2)]
    } else {
        std::array::from_fn(|_| HIDDEN.to_owned())
    };
    let mut row = vec![table.currency.clone()];
    row.extend(cells);
    let unit =
        |(name, cost): (&String, &f64)| format!("{} {}", label(it, name), numbers::plain(*cost));
    let units: Vec<String> = table.unit.iter().map(unit).collect();
    let columns = ["A person-month in", "Programme", "Comparison", "Difference"];
    Some(
        Sheet::new("costs", "Costs a person-month in the main window", &columns)
            .noted(format!(
                "Unit costs of the plan: {}. Costs of the programme itself are not in it.",
                units.join("; ")
            ))
            .filled([row]),
    )
}
