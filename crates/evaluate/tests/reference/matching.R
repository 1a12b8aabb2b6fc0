# Matched sets, weights and balance: MatchIt 4.5.3. Version 4.5.1, which Debian 12 has, does not match nearest neighbours:
# it takes absolute distances as whole numbers (`abs` for `std::abs`, mended in 4.5.3), prefers the left neighbour
# always, and lets pairs pass a caliper below 1.

source("common.R")
suppressPackageStartupMessages(library(MatchIt))
stopifnot(packageVersion("MatchIt") >= "4.5.3")

settings <- list(
  plain = list(ratio = 1),
  caliper = list(ratio = 1, caliper = 0.2),
  replace = list(ratio = 1, replace = TRUE),
  replace_caliper = list(ratio = 2, replace = TRUE, caliper = 0.2),
  three_smallest = list(ratio = 3, m.order = "smallest"),
  two_exact = list(ratio = 2, caliper = 0.5, m.order = "data", exact = TRUE),
  support = list(ratio = 1, caliper = 0.25, discard = "both")
)

columns <- function(table) {
  out <- lapply(seq_len(nrow(table)), function(row) unname(table[row, c(1, 2, 3, 4, 6)]))
  list(names = rownames(table), means_programme = unname(table[, 1]), means_comparison = unname(table[, 2]),
       difference = unname(table[, 3]), ratio = unname(ifelse(is.na(table[, 4]), -1, table[, 4])), ks = unname(table[, 6]))
}

matched <- function(formula, data, stratum, setting) {
  if (isTRUE(setting$exact)) setting$exact <- stratum
  fit <- suppressWarnings(do.call(matchit, c(list(formula, data = data, method = "nearest", distance = "glm",
    link = "linear.logit", epsilon = 1e-15, maxit = 200), setting)))
  sets <- matrix(match(fit$match.matrix, rownames(data)) - 1L, nrow(fit$match.matrix))
  sets[is.na(sets)] <- -1L
  balance <- summary(fit, standardize = TRUE)
  # The strata's column is listed too where the score does not have it.
  keep <- !rownames(balance$sum.all) %in% c("distance", setdiff(all.vars(stratum), all.vars(formula)))
  list(sets = sets, weights = unname(fit$weights), before = columns(balance$sum.all[keep, ]), after = columns(balance$sum.matched[keep, ]))
}

with_levels <- function(data) within(data, race <- factor(race))
studies <- list(
  lalonde = list(treat ~ age + educ + race + married + nodegree + re74 + re75, with_levels(lalonde), ~ married),
  mixed = list(programme ~ age + prior + sex + race + district, with_levels(mixed[, c("programme", "age", "prior", "sex", "race", "district")]), ~ district),
  coarse = list(programme ~ age + prior + sex + race, with_levels(coarse[, c("programme", "age", "prior", "sex", "race", "district")]), ~ district),
  crowded = list(programme ~ age + prior + sex + race, with_levels(crowded[, c("programme", "age", "prior", "sex", "race", "district")]), ~ district)
)

values <- lapply(studies, function(study) {
  out <- lapply(settings, function(setting) matched(study[[1]], study[[2]], study[[3]], setting))
  # With all digits: some persons are equally near but for rounding, and only equal bits choose equally.
  fit <- glm(study[[1]], quasibinomial, study[[2]], epsilon = 1e-15, maxit = 200)
  c(out, list(scores = sprintf("%.17g", predict(fit, type = "link"))))
})

# Weights by the score, and their pooled balance, by formula.
score <- glm(treat ~ age + educ + factor(race) + married + nodegree + re74 + re75, binomial, lalonde, control = exact)
e <- unname(fitted(score))
t <- lalonde$treat
effective <- function(w) sum(w)^2 / sum(w^2)
by_score <- list(everyone = ifelse(t == 1, 1 / e, 1 / (1 - e)), programme = ifelse(t == 1, 1, e / (1 - e)), overlap = ifelse(t == 1, 1 - e, e))
values$weights <- lapply(by_score, function(w) list(
  weights = w, effective = effective(w[t == 0]), age_mean_comparison = weighted.mean(lalonde$age[t == 0], w[t == 0]),
  age_pooled = (weighted.mean(lalonde$age[t == 1], w[t == 1]) - weighted.mean(lalonde$age[t == 0], w[t == 0])) /
    sqrt((var(lalonde$age[t == 1]) + var(lalonde$age[t == 0])) / 2)))

finish("matching", "MatchIt", values)
