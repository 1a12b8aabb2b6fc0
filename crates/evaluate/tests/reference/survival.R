# Curves, log-rank tests and Cox models: survival.

source("common.R")
suppressPackageStartupMessages(library(survival))

tight <- coxph.control(eps = 1e-13, iter.max = 50, toler.chol = 1e-15)
curve <- function(fit) {
  kept <- fit$n.event > 0
  list(time = fit$time[kept], at_risk = fit$n.risk[kept], survival = fit$surv[kept],
       se = (fit$surv * fit$std.err)[kept], lower = fit$lower[kept], upper = fit$upper[kept])
}
model <- function(formula, data, ties = "efron", clusters = NULL, weights = rep(1, nrow(data))) {
  # Where `coxph` and what looks at its fit afterwards both find them.
  current <<- cbind(data[setdiff(names(data), "weight")], weight = weights)
  method <<- ties
  fit <- coxph(formula, current, weights = weight, ties = method, control = tight)
  zph <- function(transform) {
    table <- cox.zph(fit, transform, terms = FALSE)$table
    list(chi_square = unname(table[, 1]), p = unname(table[, 3]))
  }
  influence <- residuals(fit, type = "dfbeta", weighted = TRUE)
  robust <- function(by) diagonal(crossprod(rowsum(as.matrix(influence), by)))
  out <- list(coefficients = unname(coef(fit)), se = diagonal(if (is.null(fit$naive.var)) fit$var else fit$naive.var),
              log_likelihood = fit$loglik, robust = robust(seq_len(nrow(data))),
              zph_km = zph("km"), zph_identity = zph("identity"), zph_log = zph("log"))
  if (!is.null(clusters)) out$clustered <- robust(clusters)
  out
}
rank_test <- function(formula, data) {
  fit <- survdiff(formula, data)
  total <- function(x) if (is.matrix(x)) rowSums(x) else x
  list(observed = unname(total(fit$obs)), expected = unname(total(fit$exp)), chi_square = fit$chisq, p = pchisq(fit$chisq, length(fit$n) - 1, lower.tail = FALSE))
}

rossi_formula <- Surv(week, arrest) ~ fin + age + race + wexp + mar + paro + prio
mixed_formula <- Surv(time, event) ~ programme + age + prior + sex
used <- mixed[mixed$weight > 0, ]
fitted_cluster <- coxph(update(mixed_formula, . ~ .), mixed, cluster = officer, control = tight)
check <- model(mixed_formula, mixed, clusters = mixed$officer)
stopifnot(isTRUE(all.equal(check$clustered, diagonal(fitted_cluster$var), tolerance = 1e-10)))

values <- list(
  rossi_efron = model(rossi_formula, rossi),
  rossi_breslow = model(rossi_formula, rossi, "breslow"),
  mixed_efron = check,
  mixed_breslow = model(mixed_formula, mixed, "breslow", mixed$officer),
  mixed_strata = model(update(mixed_formula, . ~ . + strata(district)), mixed, "efron", mixed$officer),
  mixed_weighted = model(mixed_formula, used, "efron", used$officer, weights = used$weight),
  mixed_weighted_breslow = model(mixed_formula, used, "breslow", used$officer, weights = used$weight),
  curve_rossi = curve(survfit(Surv(week, arrest) ~ 1, rossi, conf.type = "log-log")),
  curve_programme = curve(survfit(Surv(time, event) ~ 1, mixed[mixed$programme == 1, ], conf.type = "log-log")),
  curve_weighted = curve(survfit(Surv(time, event) ~ 1, used, weights = weight, conf.type = "log-log", robust = FALSE)),
  rank_fin = rank_test(Surv(week, arrest) ~ fin, rossi),
  rank_race = rank_test(Surv(time, event) ~ race, mixed),
  rank_strata = rank_test(Surv(time, event) ~ programme + strata(district), mixed)
)

finish("survival", "survival", values)
