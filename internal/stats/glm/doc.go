// Package glm fits models of a yes/no outcome: logistic and complementary
// log-log regression with priors, bounds, penalties and bias reduction, the
// average over prior widths behind Kept's learned weights, a detector of
// separation, and person-period rows for discrete-time hazards.
//
// A design is flat and row-major, n rows of p columns, without an intercept
// column: the intercept is added by the fit and stands first in every coefficient
// vector. Coefficients are log-odds (or log-hazards) per unit of the column.
package glm
