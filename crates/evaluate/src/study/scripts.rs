//! Code that repeats the main estimate elsewhere, from the bundle as it is unpacked.

use super::estimates::has_exposure;
use super::{Evaluation, Plan};

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// Whether persons of levels that one arm alone has were left out; without any the code has no steps for them.
fn has_left_out(evaluation: &Evaluation) -> bool {
    evaluation.matched.as_ref().is_ok_and(|matched| !matched.common.left_out.is_empty())
}

/// For R with the packages MatchIt and sandwich.
#[must_use]
pub fn r(evaluation: &Evaluation) -> String {
    r_code(&evaluation.plan, has_left_out(evaluation))
}

fn r_code(plan: &Plan, has_left_out: bool) -> String {
    let window = plan.outcomes.windows.first().map_or("", String::as_str);
    let caliper = if plan.matching.caliper_sd > 0.0 {
        format!("{}", plan.matching.caliper_sd)
    } else {
        "NULL".to_owned()
    };
    let exact = if plan.score.exact.is_empty() {
        "NULL".to_owned()
    } else {
        let strata: Vec<String> =
            plan.score.exact.iter().map(|name| format!("{name}_stratum")).collect();
        format!("~ {}", strata.join(" + "))
    };
    R_CODE
        .replace("{common}", if has_left_out { R_COMMON } else { "" })
        .replace("{programme}", &plan.programme)
        .replace("{comparison}", &plan.comparison)
        .replace("{categories}", &quoted(&plan.score.categories))
        .replace("{numbers}", &quoted(&plan.score.numbers))
        .replace("{ratio}", &plan.matching.ratio.to_string())
        .replace("{replace}", if plan.matching.replace { "TRUE" } else { "FALSE" })
        .replace("{discard}", if plan.matching.common_support { "both" } else { "none" })
        .replace("{strata}", &quoted(&plan.score.exact))
        .replace("{exact}", &exact)
        .replace("{caliper}", &caliper)
        .replace("{window}", window)
        .replace("{main}", &plan.outcomes.main)
        .replace("{days}", if has_exposure(&plan.outcomes.main) { R_DAYS } else { R_NO_DAYS })
        .replace("{confidence}", &plan.confidence.to_string())
}

const R_DAYS: &str = "both$days <- as.numeric(window$days_at_risk[at])
if (all(is.na(both$days))) both$days <- 1";
/// Days in custody have no days at risk.
const R_NO_DAYS: &str = "both$days <- 1";

/// Leaves out whoever is of a level of one arm alone.
const R_COMMON: &str = r#"# Persons of a level that nobody of the other arm has, missing among them, are left out, until there is no such level.
repeat {
  before <- nrow(both)
  for (name in c({categories})) {
    level <- as.character(both[[name]])
    level[is.na(level)] <- "(missing)"
    of_both <- intersect(level[both$treated == 1], level[both$treated == 0])
    both <- both[level %in% of_both, ]
  }
  for (name in c({numbers})) {
    gap <- is.na(both[[name]])
    if (length(unique(both$treated[gap])) == 1) both <- both[!gap, ]
  }
  if (nrow(both) == before) break
}
rownames(both) <- seq_len(nrow(both))
"#;

const R_CODE: &str = r#"# Repeats the main rate ratio. Run in the folder of README.txt of the unpacked bundle.
library(MatchIt)
library(sandwich)
# Older versions take distances as whole numbers, so that neighbours are not the nearest and calipers hold nobody off.
if (packageVersion("MatchIt") < "4.5.3") stop("MatchIt 4.5.3 or later is needed")
source("r/read.R")

both <- person[as.character(person$arm) %in% c("{programme}", "{comparison}"), ]
both <- both[order(as.character(both$study_id), method = "radix"), ]
rownames(both) <- seq_len(nrow(both))
both$treated <- as.integer(as.character(both$arm) == "{programme}")
{common}terms <- c()
for (name in c({categories})) {
  level <- as.character(both[[name]])
  level[is.na(level)] <- "(missing)"
  both[[name]] <- factor(level)
  if (nlevels(both[[name]]) > 1) terms <- c(terms, name)
}
seen <- list()
for (name in c({numbers})) {
  value <- as.numeric(both[[name]])
  gap <- is.na(value)
  if (length(unique(value)) < 2) next
  value[gap] <- mean(value, na.rm = TRUE)
  both[[name]] <- value
  terms <- c(terms, name)
  # One indicator for all that are missing for the same persons.
  if (any(gap) && !any(vapply(seen, identical, TRUE, gap))) {
    seen[[name]] <- gap
    both[[paste0(name, "_gap")]] <- as.integer(gap)
    terms <- c(terms, paste0(name, "_gap"))
  }
}
for (name in c({strata})) {
  level <- as.character(both[[name]])
  level[is.na(level)] <- "(missing)"
  both[[paste0(name, "_stratum")]] <- level
}
window <- person_window[as.character(person_window$window) == "{window}", ]
at <- match(as.character(both$study_id), as.character(window$study_id))
both$outcome <- as.numeric(window${main}[at])
{days}

m <- matchit(reformulate(terms, "treated"), data = both, method = "nearest", distance = "glm",
             link = "linear.logit", epsilon = 1e-15, maxit = 200, ratio = {ratio}, replace = {replace},
             discard = "{discard}", exact = {exact}, m.order = "largest", caliper = {caliper},
             std.caliper = TRUE)

# Sets in which somebody was not observed are left out whole.
sets <- cbind(rownames(m$match.matrix), m$match.matrix)
unseen <- is.na(both$outcome) | is.na(both$days)
is_out <- apply(sets, 1, function(set) any(unseen[match(set[!is.na(set)], rownames(both))]))
# Weights are of the sets that stay.
both$weight <- 0
for (at in which(!is_out)) {
  set <- match(sets[at, !is.na(sets[at, ])], rownames(both))
  if (length(set) < 2) next
  both$weight[set[1]] <- 1
  both$weight[set[-1]] <- both$weight[set[-1]] + 1 / (length(set) - 1)
}
both$set <- if (is.null(m$subclass)) seq_len(nrow(both)) else as.integer(m$subclass)
used <- both[both$weight > 0 & both$days > 0, ]

fit <- glm(outcome ~ treated + offset(log(pmax(days, 1))), family = poisson, weights = weight, data = used)
v <- vcovCL(fit, cluster = used$set, type = "HC1")
b <- coef(fit)["treated"]
s <- sqrt(v["treated", "treated"])
z <- qnorm(1 - (1 - {confidence}) / 2)
cat(sprintf("rate ratio %.6f (%.6f to %.6f), %d persons\n", exp(b), exp(b - z * s), exp(b + z * s), nrow(used)))
"#;

/// For Stata with the package psmatch2. Ties and the caliper are dealt with otherwise there, and sets in which somebody was not
/// observed are not left out whole: estimates are near, not equal. It was never run. Of plans that psmatch2 cannot follow there
/// is a comment, and no estimate.
#[must_use]
pub fn stata(evaluation: &Evaluation) -> String {
    stata_of(&evaluation.plan, has_left_out(evaluation))
}

fn stata_of(plan: &Plan, has_left_out: bool) -> String {
    let (score, matching) = (&plan.score, &plan.matching);
    let cannot = [
        (!score.exact.is_empty(), "sets that agree exactly in columns (score.exact)"),
        (matching.common_support, "the range of both arms' scores (matching.common_support)"),
        (matching.ratio > 1 && !matching.replace, "several persons to a set without replacement"),
    ];
    let cannot: Vec<&str> = cannot.into_iter().filter(|it| it.0).map(|it| it.1).collect();
    if cannot.is_empty() {
        return stata_code(plan, has_left_out);
    }
    format!(
        "* psmatch2 does not match as this plan asks for: {}.\n* There is no estimate in Stata; reproduce.R makes it.\n",
        cannot.join("; ")
    )
}

fn stata_code(plan: &Plan, has_left_out: bool) -> String {
    let window = plan.outcomes.windows.first().map_or("", String::as_str);
    let caliper = if plan.matching.caliper_sd > 0.0 {
        format!(
            " caliper(`caliper')\n* The caliper in units of the logit.\n* {} of its standard deviation",
            plan.matching.caliper_sd
        )
    } else {
        String::new()
    };
    let categories: Vec<String> =
        plan.score.categories.iter().map(|name| format!("i.{name}_n")).collect();
    let is_rate = has_exposure(&plan.outcomes.main);
    let encode: String = plan
        .score
        .categories
        .iter()
        .map(|name| format!("replace {name} = \"(missing)\" if {name} == \"\"\nencode {name}, generate({name}_n)\n"))
        .collect();
    let gaps: String = plan
        .score
        .numbers
        .iter()
        .map(|name| {
            format!(
                "generate byte {name}_g = missing({name})\nsummarize {name}, meanonly\nreplace {name} = r(mean) if missing({name})\n"
            )
        })
        .collect();
    let numbers: Vec<String> =
        plan.score.numbers.iter().map(|name| format!("{name} {name}_g")).collect();
    format!(
        "* Repeats the main rate ratio. Run in the folder of README.txt of the unpacked bundle.\n\
         do stata/read.do\n\
         use person, clear\n\
         keep if inlist(arm, \"{programme}\", \"{comparison}\")\n\
         generate byte treated = arm == \"{programme}\"\n\
         {encode}{gaps}{common}\
         logit treated {categories} {numbers}\n\
         predict double score, xb\n\
         summarize score\n\
         local caliper = {sd} * r(sd)\n\
         psmatch2 treated, pscore(score) neighbor({ratio}){replace}{caliper}\n\
         keep if _weight < .\n\
         merge 1:m study_id using person_window, keep(match) nogenerate\n\
         keep if window == \"{window}\"\n\
         {days}poisson {main} treated [pweight = _weight],{exposure} irr vce(cluster study_id)\n",
        common = if has_left_out { stata_common(plan) } else { String::new() },
        programme = plan.programme,
        comparison = plan.comparison,
        categories = categories.join(" "),
        numbers = numbers.join(" "),
        sd = plan.matching.caliper_sd,
        ratio = plan.matching.ratio,
        replace = if plan.matching.replace { "" } else { " noreplacement" },
        main = plan.outcomes.main,
        days = if is_rate { STATA_DAYS } else { "" },
        exposure = if is_rate { " exposure(days_at_risk)" } else { "" },
    )
}

/// Leaves out whoever is of a level of one arm alone, until there is no such level.
fn stata_common(plan: &Plan) -> String {
    let drop = |(column, of_level): (String, String)| {
        format!(
            "  egen double share_treated = mean(treated), by({column})\n  drop if inlist(share_treated, 0, 1){of_level}\n  drop share_treated\n"
        )
    };
    let categories = plan.score.categories.iter().map(|name| (format!("{name}_n"), String::new()));
    let numbers = plan.score.numbers.iter();
    let numbers = numbers.map(|name| (format!("{name}_g"), format!(" & {name}_g == 1")));
    let drops: String = categories.chain(numbers).map(drop).collect();
    format!(
        "* Persons of a level that nobody of the other arm has, missing among them, are left out, until there is no such level.\n\
         local before = 0\nwhile _N != `before' {{\n  local before = _N\n{drops}}}\n"
    )
}

/// Whoever has no day at risk, or of whom custody was not observed, tells nothing of a rate; where it was of nobody, the window
/// is as long for all.
const STATA_DAYS: &str = "count if !missing(days_at_risk)\n\
                          if r(N) == 0 replace days_at_risk = 1\n\
                          drop if missing(days_at_risk) | days_at_risk <= 0\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(more: &str) -> Plan {
        let text = format!(
            "programme = \"A\"\ncomparison = \"B\"\n{more}[score]\ncategories = [\"sex\"]\n[outcomes]\nwindows = [\"POST\"]\n"
        );
        Plan::parse(&text).unwrap()
    }

    #[test]
    fn stata_has_no_estimate_of_what_it_cannot_match() {
        let can = ["", "matching = { ratio = 2, replace = true }\n"];
        assert!(can.iter().all(|it| stata_of(&plan(it), false).contains("poisson n_fel_arr")));
        for cannot in ["common_support = true", "ratio = 2"] {
            let code = stata_of(&plan(&format!("matching = {{ {cannot} }}\n")), false);
            assert!(code.lines().all(|line| line.starts_with("* ")), "{code}");
        }
        let mut exact = plan("");
        exact.score.exact = vec!["district".to_owned()];
        assert!(!stata_of(&exact, false).contains("poisson"));
    }

    #[test]
    fn levels_of_one_arm_are_left_out_only_where_there_are_any() {
        let plan = plan("");
        for code in [r_code(&plan, false), stata_of(&plan, false)] {
            assert!(!code.contains("nobody of the other arm has") && !code.contains("{common}"));
        }
        let code = r_code(&plan, true);
        assert!(code.contains("repeat {\n") && code.contains("for (name in c(\"sex\")) {\n"));
        assert!(stata_of(&plan, true).contains("mean(treated), by(sex_n)\n"));
    }

    #[test]
    fn days_at_risk_that_are_missing_of_some_are_not_one() {
        let code = stata_of(&plan(""), false);
        assert!(
            code.contains("if r(N) == 0 replace days_at_risk = 1\ndrop if missing(days_at_risk)")
        );
    }
}
