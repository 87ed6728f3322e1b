package revenue

import "math"

// The figures below have no value where something under the line is zero or
// below: they return nil, never 0 and never infinity.

func over(a, b float64) *float64 {
	if b <= 0 || math.IsNaN(a) || math.IsInf(a, 0) || math.IsInf(b, 0) || math.IsNaN(b) {
		return nil
	}
	return quotient(a, b)
}

// Annual scales a monthly churn to a year: 1 − (1 − m)^12; never 12·m.
func Annual(monthly float64) float64 { return 1 - math.Pow(1-monthly, 12) }

// QuickRatio is (new + expansion) / (contraction + churn); reactivation is given as
// part of new by those who count it.
func QuickRatio(gained, expansion, contraction, churn float64) *float64 {
	return over(gained+expansion, contraction+churn)
}

// LTV is the margin of an account over its lifetime: arpa·margin / (churn + discount),
// where arpa and churn are of the same period. A discount of 0 leaves it out.
func LTV(arpa, margin, churn, discount float64) *float64 {
	if churn <= 0 {
		return nil
	}
	return over(arpa*margin, churn+discount)
}

// CAC is what an account costs to win: the spending of sales and marketing for new
// logos, lagged by the sales cycle, over the new logos.
func CAC(spending float64, logos int) *float64 { return over(spending, float64(logos)) }

// CACRatio is the spending for a unit of annual revenue won.
func CACRatio(spending, arr float64) *float64 { return over(spending, arr) }

// PaybackMonths is how long the margin of an account takes to pay for its CAC:
// cac / (monthly arpa · margin).
func PaybackMonths(cac, monthlyARPA, margin float64) *float64 { return over(cac, monthlyARPA*margin) }

// ForecastAccuracy is 1 − |forecast − actual| / forecast, and the bias
// (forecast − actual) / actual.
func ForecastAccuracy(forecast, actual float64) (accuracy, bias *float64) {
	if off := over(math.Abs(forecast-actual), forecast); off != nil {
		accuracy = quotient(1-*off, 1)
	}
	return accuracy, over(forecast-actual, actual)
}
