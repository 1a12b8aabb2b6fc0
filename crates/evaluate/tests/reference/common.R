# What the scripts share: the tables, and values written with all digits. `Rscript X.R` writes X.json, `Rscript X.R --check`
# compares with what is committed.

suppressPackageStartupMessages(library(jsonlite))

options(digits = 17, warn = 1)
mixed <- read.csv("mixed.csv")
coarse <- read.csv("coarse.csv")
crowded <- read.csv("crowded.csv")
lalonde <- read.csv("lalonde.csv")
nsw <- read.csv("nsw.csv")
rossi <- read.csv("rossi.csv")
months <- read.csv("months.csv")

# Missing numbers filled with the mean of those known, and an indicator; missing levels as a level of their own.
mixed$income_missing <- as.integer(is.na(mixed$income))
mixed$income_filled <- ifelse(is.na(mixed$income), mean(mixed$income, na.rm = TRUE), mixed$income)
mixed$housing_1 <- as.integer(!is.na(mixed$housing) & mixed$housing == 1)
mixed$housing_2 <- as.integer(!is.na(mixed$housing) & mixed$housing == 2)
mixed$housing_missing <- as.integer(is.na(mixed$housing))
# Weights with zeros, the same in the tests.
mixed$weight <- (mixed$id %% 4) / 2

exact <- glm.control(epsilon = 1e-15, maxit = 200)
diagonal <- function(covariance) unname(sqrt(diag(covariance)))

finish <- function(name, packages, values) {
  versions <- c(R = as.character(getRversion()), sapply(packages, function(p) as.character(packageVersion(p))))
  out <- toJSON(list(versions = as.list(versions), values = values), digits = I(17), auto_unbox = TRUE, pretty = TRUE)
  path <- paste0(name, ".json")
  if ("--check" %in% commandArgs(TRUE)) {
    if (!isTRUE(all.equal(fromJSON(out), fromJSON(path), tolerance = 1e-9))) stop("not as committed: ", path)
  } else {
    writeLines(out, path)
  }
}
