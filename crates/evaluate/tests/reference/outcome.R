# Differences, ratios, differences in differences and event studies: stats, sandwich, MASS; matched sets by MatchIt.

source("common.R")
suppressPackageStartupMessages({library(sandwich); library(MASS); library(MatchIt)})
stopifnot(packageVersion("MatchIt") >= "4.5.3")

lalonde$race <- factor(lalonde$race)
matched <- function(ratio, caliper) {
  fit <- suppressWarnings(matchit(treat ~ age + educ + race + married + nodegree + re74 + re75, lalonde, link = "linear.logit",
    epsilon = 1e-15, maxit = 200, ratio = ratio, caliper = caliper))
  match.data(fit)
}
one <- matched(1, 0.2)
three <- suppressWarnings(matchit(treat ~ age + educ + race + married + nodegree + re74 + re75, lalonde, link = "linear.logit",
  epsilon = 1e-15, maxit = 200, ratio = 3, m.order = "smallest"))
three <- match.data(three)

told <- function(fit, covariance, place = 2, df = Inf) {
  b <- unname(coef(fit)[place])
  se <- unname(sqrt(covariance[place, place]))
  half <- qt(0.975, df) * se
  c(b, se, b - half, b + half, 2 * pt(-abs(b / se), df))
}
pairs <- with(one[order(one$subclass, -one$treat), ], t.test(re78[treat == 1], re78[treat == 0], paired = TRUE))

difference <- lm(re78 ~ treat, one, weights = weights)
difference_three <- lm(re78 ~ treat, three, weights = weights)
adjusted <- lm(re78 ~ treat + age + educ, three, weights = weights)
three$some <- as.integer(three$re78 > 0)
odds <- suppressWarnings(glm(some ~ treat, binomial, three, weights = weights, control = exact))
rate <- glm(felony ~ programme + offset(log(days)), poisson, mixed, control = exact)
long <- rbind(data.frame(id = mixed$id, officer = mixed$officer, programme = mixed$programme, after = 0, y = mixed$before, days = 365),
              data.frame(id = mixed$id, officer = mixed$officer, programme = mixed$programme, after = 1, y = mixed$felony, days = mixed$days))
did <- lm(y ~ programme * after, long)
did_rate <- glm(y ~ programme * after + offset(log(days)), poisson, long, control = exact)
months$month <- relevel(factor(months$month), "-1")
study <- lm(arrests ~ programme * month, months)
effects <- grep(":", names(coef(study)))
covariance <- vcovCL(study, months$person, type = "HC1")
before <- effects[1:5]

values <- list(
  paired = unname(c(pairs$estimate, pairs$stderr, pairs$conf.int, pairs$p.value)),
  difference = told(difference, vcovCL(difference, one$subclass, type = "HC1"), df = difference$df.residual),
  difference_three = told(difference_three, vcovCL(difference_three, three$subclass, type = "HC1"), df = difference_three$df.residual),
  difference_rows = told(difference_three, vcovHC(difference_three, type = "HC1"), df = difference_three$df.residual),
  adjusted = told(adjusted, vcovCL(adjusted, three$subclass, type = "HC1"), df = adjusted$df.residual),
  odds = told(odds, vcovCL(odds, three$subclass, type = "HC1")),
  rate = told(rate, vcovCL(rate, mixed$officer, type = "HC1")),
  did = told(did, vcovCL(did, long$id, type = "HC1"), 4, did$df.residual),
  did_officer = told(did, vcovCL(did, long$officer, type = "HC1"), 4, did$df.residual),
  did_rate = told(did_rate, vcovCL(did_rate, long$id, type = "HC1"), 4),
  months = list(effects = unname(coef(study)[effects]), se = unname(sqrt(diag(covariance)[effects])),
                before = pchisq(drop(coef(study)[before] %*% solve(covariance[before, before], coef(study)[before])), 5, lower.tail = FALSE))
)

finish("outcome", c("sandwich", "MASS", "MatchIt"), values)
