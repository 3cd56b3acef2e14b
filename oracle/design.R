# Design matrices by R: what formulas, contrasts, poly, bs and ns of the crate `design` must give.
# Rscript oracle/design.R > crates/design/tests/design_by_r.json          (R 4.2.2)
library(splines)
n <- 24
i <- seq_len(n)
d <- data.frame(
  x = round(3 + 2 * sin(i) + i / 10, 2), z = round(exp(cos(2 * i)), 3), y = i %% 5,
  k = c(4, 6, 8)[(i * 7) %% 3 + 1],
  a = factor(c("n", "s", "w")[(i * 5) %% 3 + 1]), b = factor(c("p", "q", "r", "t")[(i * i + i %/% 7) %% 4 + 1]),
  s = factor(c("f", "m")[(i %/% 3) %% 2 + 1]))
# Ours on the left, R's on the right where it is spelled otherwise.
cases <- list(
  c("y ~ x + a"), c("y ~ a*b"), c("y ~ a:b"), c("y ~ a/x"), c("y ~ a/b"), c("y ~ (a + b + s)^2"),
  c("y ~ (x + a + s)^3 - x:a:s"), c("y ~ x + a - 1"), c("y ~ 0 + a:x + b"), c("y ~ a + a:s + a:x - 1"),
  c("y ~ b:a + b"), c("y ~ x*z*s"), c("y ~ s:b + a"), c("y ~ a:s:x + a"), c("y ~ . - k - z"), c("y ~ log(z)*a + I(x^2)"),
  c("y ~ poly(x, 3)"), c("y ~ poly(x, 2):a"), c("y ~ a*poly(x, 2)"), c("y ~ poly(x, 3, raw = 1)", "y ~ poly(x, 3, raw = TRUE)"),
  c("y ~ bs(x, df = 5)"), c("y ~ bs(x, knots = [3, 4.5])", "y ~ bs(x, knots = c(3, 4.5))"), c("y ~ bs(x, df = 4, degree = 2)"),
  c("y ~ ns(x, 4)"), c("y ~ ns(x, knots = [3, 4.5])", "y ~ ns(x, knots = c(3, 4.5))"), c("y ~ ns(log(z), df = 3):s"),
  c("y ~ bs(x, knots = [3, 4], boundary = [2, 5])", "y ~ suppressWarnings(bs(x, knots = c(3, 4), Boundary.knots = c(2, 5)))"),
  c("y ~ ns(x, knots = [3, 4], boundary = [2, 5])", "y ~ ns(x, knots = c(3, 4), Boundary.knots = c(2, 5))"),
  c("y ~ factor(k) + x", "y ~ factor(k) + x"), c("y ~ c(a, base = s) + x", "y ~ C(a, contr.treatment, base = 2) + x"),
  c("y ~ c(b, coding = sum)*x", "y ~ C(b, contr.sum)*x"), c("y ~ c(b, coding = helmert) + a", "y ~ C(b, contr.helmert) + a"),
  c("y ~ c(b, coding = poly):s", "y ~ C(b, contr.poly):s"), c("y ~ c(b, coding = sas)*s", "y ~ C(b, contr.SAS)*s"),
  c("y ~ c(b, coding = sum):a + a", "y ~ C(b, contr.sum):a + a"), c("y ~ c(b, coding = helmert) - 1", "y ~ C(b, contr.helmert) - 1"))
texts <- function(v) paste0("[", paste0('"', v, '"', collapse = ", "), "]")
numbers <- function(v) paste0("[", paste(sprintf("%.17g", v), collapse = ", "), "]")
one <- function(f) {
  X <- model.matrix(as.formula(f[length(f)]), d)
  columns <- vapply(seq_len(ncol(X)), function(j) numbers(X[, j]), "")
  paste0('{"formula": "', f[1], '", "names": ', texts(colnames(X)), ',\n "columns": [', paste(columns, collapse = ",\n  "), "]}")
}
data <- vapply(names(d), function(v) paste0('"', v, '": ', if (is.factor(d[[v]])) texts(d[[v]]) else numbers(d[[v]])), "")
cat('{"data": {', paste(data, collapse = ",\n "), '},\n"cases": [', paste(vapply(cases, one, ""), collapse = ",\n"), "]}\n", sep = "")
