# Coefficients and covariances of regression models: stats, sandwich, MASS.

source("common.R")
suppressPackageStartupMessages({library(sandwich); library(MASS)})

fitted_model <- function(fit, cluster = NULL) {
  out <- list(coefficients = unname(coef(fit)), se = diagonal(vcov(fit)), log_likelihood = as.numeric(logLik(fit)),
              hc0 = diagonal(vcovHC(fit, type = "HC0")), hc1 = diagonal(vcovHC(fit, type = "HC1")))
  if (!is.null(cluster)) {
    out$cr_none <- diagonal(vcovCL(fit, cluster, type = "HC0", cadjust = FALSE))
    out$cr_groups <- diagonal(vcovCL(fit, cluster, type = "HC0"))
    out$cr_degrees <- diagonal(vcovCL(fit, cluster, type = "HC1"))
  }
  out
}

score <- programme ~ age + prior + sex + factor(race) + housing_1 + housing_2 + housing_missing + income_filled + income_missing
used <- mixed[mixed$weight > 0, ]

values <- list(
  logistic_mixed = fitted_model(glm(score, binomial, mixed, control = exact), mixed$officer),
  logistic_lalonde = fitted_model(glm(treat ~ age + educ + factor(race) + married + nodegree + re74 + re75, binomial, lalonde, control = exact)),
  logistic_weighted = suppressWarnings({
    fit <- glm(rearrested ~ programme + prior, binomial, used, weights = weight, control = exact)
    c(fitted_model(fit, used$officer), list(note = "rows of weight 0 left out"))
  }),
  poisson = fitted_model(glm(felony ~ programme + age + prior + offset(log(days / 365)), poisson, mixed, control = exact), mixed$officer),
  poisson_weighted = suppressWarnings(
    fitted_model(glm(felony ~ programme + prior + offset(log(days / 365)), poisson, used, weights = weight, control = exact), used$officer)),
  linear_lalonde = fitted_model(lm(re78 ~ treat + age + educ + factor(race) + married + nodegree + re74 + re75, lalonde)),
  linear_weighted = fitted_model(lm(felony ~ programme + prior, used, weights = weight), used$officer)
)

turns <- function(fit) {
  # `glm.nb` stops at 1e-8; a few more turns of what it does.
  for (turn in 1:30) {
    fit <- glm(formula(fit), family = negative.binomial(fit$theta), data = mixed, control = exact, start = coef(fit))
    theta <- theta.ml(fit$y, fitted(fit), limit = 200, eps = 1e-14)
    fit$theta <- as.numeric(theta)
  }
  list(coefficients = unname(coef(fit)), se = unname(sqrt(diag(summary(fit, dispersion = 1)$cov.scaled))),
       theta = fit$theta, theta_se = attr(theta, "SE"))
}
first <- glm.nb(felony ~ programme + age + prior + offset(log(days / 365)), mixed, control = glm.control(epsilon = 1e-14, maxit = 200))
values$negative_binomial <- c(turns(first), list(log_likelihood = as.numeric(logLik(first)),
  cr_degrees = diagonal(vcovCL(first, mixed$officer, type = "HC1"))))

finish("regression", c("sandwich", "MASS"), values)
