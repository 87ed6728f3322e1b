package revenue

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/money"
)

// Rate is what one major unit of Currency is worth in the base currency from an
// instant on, until the next one of the same currency.
type Rate struct {
	Currency money.Currency `json:"currency"`
	From     time.Time      `json:"from"`
	// Value is a decimal such as "1.0834", with up to nine places.
	Value string `json:"value"`
}

// Rates converts amounts to one currency. It is safe for concurrent use.
type Rates struct {
	base money.Currency
	of   map[money.Currency][]quote
}

// quote multiplies minor units by num/den.
type quote struct {
	from     time.Time
	num, den uint64
}

// NewRates checks a table of rates to a base currency. Errors carry the place,
// such as "rates[2].value".
func NewRates(base money.Currency, rates []Rate) (*Rates, error) {
	r := &Rates{base: base, of: map[money.Currency][]quote{base: {{num: 1, den: 1}}}}
	var errs fault.List
	for i, x := range rates {
		at := func(key string) string { return fmt.Sprintf("rates[%d].%s", i, key) }
		if x.Currency == base {
			errs.Add(at("currency"), "%s is the base currency: its rate is 1", base)
			continue
		}
		q, why := parseQuote(x, base)
		if why != "" {
			errs.Add(at("value"), "%q %s: use a positive decimal such as 1.0834, below a million and with up to nine places", x.Value, why)
			continue
		}
		if slices.ContainsFunc(r.of[x.Currency], func(y quote) bool { return y.from.Equal(x.From) }) {
			errs.Add(at("from"), "%s has another rate from %s on", x.Currency, x.From.Format(time.DateOnly))
			continue
		}
		r.of[x.Currency] = append(r.of[x.Currency], q)
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	for _, list := range r.of {
		slices.SortFunc(list, func(a, b quote) int { return a.from.Compare(b.from) })
	}
	return r, nil
}

func parseQuote(x Rate, base money.Currency) (quote, string) {
	if len(x.Value) > 20 {
		return quote{}, "is too long"
	}
	v, ok := new(big.Rat).SetString(x.Value)
	if !ok {
		return quote{}, "is not a number"
	}
	if v.Sign() <= 0 || v.Cmp(big.NewRat(1_000_000, 1)) >= 0 {
		return quote{}, "is out of range"
	}
	// Minor units of the one per minor unit of the other.
	places := base.Exponent() - x.Currency.Exponent()
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(places, -places))), nil)
	if places > 0 {
		v.Mul(v, new(big.Rat).SetInt(power))
	} else {
		v.Quo(v, new(big.Rat).SetInt(power))
	}
	if !v.Num().IsUint64() || !v.Denom().IsUint64() || v.Denom().Cmp(big.NewInt(1_000_000_000_000)) > 0 {
		return quote{}, "has too many places"
	}
	return quote{from: x.From, num: v.Num().Uint64(), den: v.Denom().Uint64()}, ""
}

// at returns the rate of a currency in force at an instant; the first one holds
// for the time before it too, since a missing rate would drop revenue in silence.
func (r *Rates) at(c money.Currency, t time.Time) (quote, bool) {
	list := r.of[c]
	if len(list) == 0 {
		return quote{}, false
	}
	i, found := slices.BinarySearchFunc(list, t, func(q quote, t time.Time) int { return q.from.Compare(t) })
	if !found {
		i = max(i-1, 0)
	}
	return list[i], true
}

// apply converts minor units, half away from zero; false when they do not fit.
func (q quote) apply(minor int64) (int64, bool) {
	if q.num == q.den {
		return minor, true
	}
	size := uint64(minor)
	if minor < 0 {
		size = -size
	}
	hi, lo := bits.Mul64(size, q.num)
	lo, carry := bits.Add64(lo, q.den/2, 0)
	hi += carry
	if hi >= q.den {
		return 0, false
	}
	out, _ := bits.Div64(hi, lo, q.den)
	if out > math.MaxInt64 {
		return 0, false
	}
	if minor < 0 {
		return -int64(out), true
	}
	return int64(out), true
}

// Currencies lists those that have a rate, ascending.
func (r *Rates) Currencies() []money.Currency {
	out := make([]money.Currency, 0, len(r.of))
	for c := range r.of {
		out = append(out, c)
	}
	slices.SortFunc(out, cmp.Compare)
	return out
}
