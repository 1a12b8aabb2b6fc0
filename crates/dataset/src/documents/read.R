# Reads every table of the bundle into a data frame of its name, and all of them into the list `release`.
# Unpack the bundle and type: source("r/read.R"), from anywhere if the whole path is given, or
# run: Rscript r/read.R
#
# Columns of codes are factors with their words as levels; the codes stand in the attribute "codes".
# Every column has its words in the attribute "label". A missing cell is NA. Where cells of a column are
# missing for a reason, a factor beside it, <name>_missing, says which:
#   .a not collected, .b not in coverage, .c suppressed, .d not linked, .e consent withheld

tally_folder <- local({
  script <- NULL
  for (frame in sys.frames()) {
    if (!is.null(frame$ofile)) script <- frame$ofile
  }
  if (is.null(script)) {
    script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
  }
  folders <- c(if (length(script) == 1) dirname(dirname(normalizePath(script))), getwd())
  found <- folders[file.exists(file.path(folders, "datapackage.json"))]
  if (length(found) == 0) stop("change to the folder of the unpacked bundle, where README.txt is")
  found[1]
})

tally_kinds <- c(
  .a = "not collected", .b = "not in coverage", .c = "suppressed",
  .d = "not linked", .e = "consent withheld"
)

# The cells of one column: the column, and its kinds of missing if there are any.
tally_column <- function(cells, column) {
  kind <- match(cells, names(tally_kinds))
  cells[!is.na(kind) | cells == ""] <- NA
  value <- switch(column$kind,
    days = as.integer(cells),
    # Whole numbers past 2^31 need a double.
    integer = as.numeric(cells),
    flag = cells == "1",
    decimal = as.numeric(cells),
    text = cells
  )
  if (!is.null(column$levels) && column$kind != "flag") {
    # Two codes may have the same words.
    words <- make.unique(column$words, sep = " ")
    value <- factor(cells, levels = column$levels, labels = words)
    attr(value, "codes") <- column$levels
  } else if (!is.null(column$words)) {
    codes <- if (is.null(column$codes)) column$levels else column$codes
    attr(value, "labels") <- stats::setNames(codes, column$words)
  }
  attr(value, "label") <- column$label
  if (all(is.na(kind))) return(list(value = value))
  list(value = value, missing = factor(kind, levels = seq_along(tally_kinds), labels = tally_kinds))
}

tally_table <- function(path, label, key, columns) {
  file <- file.path(tally_folder, path)
  raw <- utils::read.csv(
    file, colClasses = "character", na.strings = character(), check.names = FALSE,
    strip.white = FALSE, encoding = "UTF-8", blank.lines.skip = FALSE
  )
  stopifnot(identical(names(raw), names(columns)))
  table <- list()
  for (name in names(columns)) {
    read <- tally_column(raw[[name]], columns[[name]])
    table[[name]] <- read$value
    if (!is.null(read$missing)) table[[paste0(name, "_missing")]] <- read$missing
    raw[[name]] <- NULL
  }
  table <- structure(table, class = "data.frame", row.names = .set_row_names(length(table[[1]])))
  if (length(key) > 0) stopifnot(!anyDuplicated(table[key]))
  attr(table, "label") <- label
  table
}
