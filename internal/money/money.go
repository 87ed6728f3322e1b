// Package money holds amounts as whole minor units (cents) with their currency,
// so that sums are exact and currencies are never added by accident.
package money

import (
	"math"
	"math/big"
	"strings"

	"kept/internal/fault"
)

// Currency is an ISO 4217 code in capitals, such as "USD".
type Currency string

// Amount is a sum of money in minor units of its currency.
type Amount struct {
	Minor    int64    `json:"minor"`
	Currency Currency `json:"currency"`
}

// exponents lists the currencies whose minor unit is not a hundredth (ISO 4217).
var exponents = map[Currency]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

// ParseCurrency checks the form of a currency code and returns it in capitals.
func ParseCurrency(field, s string) (Currency, error) {
	c := strings.ToUpper(strings.TrimSpace(s))
	if len(c) != 3 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", fault.At(field, "%q is not a currency: use a three-letter ISO 4217 code such as USD", s)
	}
	return Currency(c), nil
}

// Exponent returns the number of decimal places of the currency's minor unit.
func (c Currency) Exponent() int {
	if e, ok := exponents[c]; ok {
		return e
	}
	return 2
}

// Parse reads a decimal such as "1,234.50", "-3" or "1e3" as an amount of the
// currency, half a minor unit rounding away from zero. A comma counts as a
// thousands separator only when a point or a group of three digits follows it.
func Parse(field, s string, c Currency) (Amount, error) {
	clean := strings.TrimSpace(s)
	clean = strings.TrimPrefix(clean, "$")
	if i := strings.LastIndexByte(clean, ','); i >= 0 {
		if rest := clean[i+1:]; strings.Contains(rest, ".") || len(rest) == 3 {
			clean = strings.ReplaceAll(clean, ",", "")
		}
	}
	// An exponent of many digits would make big.Rat build a number of that size.
	_, exponent, _ := strings.Cut(strings.ToLower(clean), "e")
	if len(clean) > 40 || len(exponent) > 3 {
		return Amount{}, fault.At(field, "%.40q is not an amount of money: it is too long", s)
	}
	r, ok := new(big.Rat).SetString(clean)
	if !ok || strings.ContainsAny(clean, "/xXpP_") {
		return Amount{}, fault.At(field, "%q is not an amount of money: use digits with a decimal point, such as 1234.50", s)
	}
	return FromRat(field, r, c)
}

// FromRat rounds an exact number of major units to minor units, half away from
// zero.
func FromRat(field string, r *big.Rat, c Currency) (Amount, error) {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.Exponent())), nil)
	r = new(big.Rat).Mul(r, new(big.Rat).SetInt(scale))
	num := new(big.Int).Mul(new(big.Int).Abs(r.Num()), big.NewInt(2))
	num.Add(num, r.Denom())
	q := num.Quo(num, new(big.Int).Mul(r.Denom(), big.NewInt(2)))
	if r.Sign() < 0 {
		q.Neg(q)
	}
	if !q.IsInt64() {
		return Amount{}, fault.At(field, "the amount is larger than Kept can hold")
	}
	return Amount{Minor: q.Int64(), Currency: c}, nil
}

// Major returns the amount in major units, for metrics and charts; never sum
// these.
func (a Amount) Major() float64 {
	return float64(a.Minor) / math.Pow10(a.Currency.Exponent())
}
