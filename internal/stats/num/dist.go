package num

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// NormQuantile returns z with P(N(0,1) ≤ z) = p.
func NormQuantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }

// NormCDF returns P(N(0,1) ≤ z).
func NormCDF(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

// NormTwoSided returns P(|N(0,1)| ≥ |z|), exact in the far tail.
func NormTwoSided(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// ZFor returns the two-sided normal multiplier of a confidence level, 1.96 for 0.95.
func ZFor(level float64) float64 { return NormQuantile(0.5 + level/2) }

// TQuantile returns the p-quantile of Student's t with df degrees of freedom.
func TQuantile(p, df float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(p)
}

// TTwoSided returns P(|t_df| ≥ |t|) through the incomplete beta function, which
// keeps its relative precision in the tail.
func TTwoSided(t, df float64) float64 {
	if math.IsInf(t, 0) {
		return 0
	}
	return mathext.RegIncBeta(df/2, 0.5, df/(df+t*t))
}

// ChiSqTail returns P(χ²_df ≥ x).
func ChiSqTail(x, df float64) float64 {
	if !(x > 0) {
		return 1
	}
	return mathext.GammaIncRegComp(df/2, x/2)
}

// ChiSqQuantile returns the p-quantile of χ² with df degrees of freedom.
func ChiSqQuantile(p, df float64) float64 { return distuv.ChiSquared{K: df}.Quantile(p) }

// FTail returns P(F_{d1,d2} ≥ f).
func FTail(f, d1, d2 float64) float64 {
	if !(f > 0) {
		return 1
	}
	return mathext.RegIncBeta(d2/2, d1/2, d2/(d2+d1*f))
}

// BetaQuantile returns the p-quantile of Beta(a, b).
func BetaQuantile(p, a, b float64) float64 { return distuv.Beta{Alpha: a, Beta: b}.Quantile(p) }

// BetaCDF returns P(Beta(a, b) ≤ x).
func BetaCDF(x, a, b float64) float64 { return mathext.RegIncBeta(a, b, min(max(x, 0), 1)) }

// LogBeta returns log B(a, b).
func LogBeta(a, b float64) float64 { return mathext.Lbeta(a, b) }

// Expit returns 1/(1+e^−x) without overflow.
func Expit(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

// Logit returns log(p/(1−p)).
func Logit(p float64) float64 { return math.Log(p) - math.Log1p(-p) }

// Log1pExp returns log(1+e^x) without overflow.
func Log1pExp(x float64) float64 {
	if x > 0 {
		return x + math.Log1p(math.Exp(-x))
	}
	return math.Log1p(math.Exp(x))
}
