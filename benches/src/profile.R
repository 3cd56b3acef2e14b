suppressMessages(library(MASS))
words <- commandArgs(trailingOnly = TRUE)
columns <- as.integer(words[2])
values <- readBin(words[1], "double", file.size(words[1]) / 8, endian = "little")
data <- as.data.frame(matrix(values, ncol = columns))
names(data) <- c(paste0("x", seq_len(columns - 1)), "y")
fit_seconds <- system.time(fit <- glm(y ~ ., binomial, data))[["elapsed"]]
seconds <- system.time(ends <- suppressMessages(confint(fit)))[["elapsed"]]
cat(sprintf(
  '\n{"version": "%s, MASS %s", "fit_seconds": %.3f, "confint_seconds": %.3f, "ends": [%s]}\n',
  R.version.string, packageVersion("MASS"), fit_seconds, seconds,
  paste(sprintf("%.17g", ends), collapse = ", ")
))
